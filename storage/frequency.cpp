#include "storage/frequency.hpp"

namespace sluice {

Json to_json(const Frequency& frequency) {
  if (frequency.cron) return {{"cron", frequency.cron->expression}, {"time_zone", frequency.cron->time_zone}};
  return to_string(frequency);
}

std::optional<Frequency> read_frequency(const Json& value, const std::string& pointer, std::vector<Problem>& problems) {
  if (value.is_string()) {
    auto read = parse_frequency(value.get_ref<const std::string&>());
    if (!read) problems.push_back({pointer, "bad_form", "must be one of the offered intervals, manual, or a cron"});
    return read;
  }
  const Cron cron{value.value("cron", ""), value.value("time_zone", "UTC")};
  auto found = problems_of(cron, shortest_interval, pointer);
  if (found.empty()) return Frequency{.interval = {}, .cron = cron};
  problems.insert(problems.end(), found.begin(), found.end());
  return std::nullopt;
}

}  // namespace sluice
