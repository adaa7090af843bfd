#pragma once
// A frequency as JSON: "6h", "manual", or {"cron":"0 6 * * *","time_zone":"America/Chicago"}.

#include "core/json.hpp"
#include "storage/model.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sluice {

Json to_json(const Frequency& frequency);
/// Without time_zone: UTC. None, with what is wrong added (bad_form, bad_cron, too_often, unknown_time_zone).
std::optional<Frequency> read_frequency(const Json& value, const std::string& pointer, std::vector<Problem>& problems);

}  // namespace sluice
