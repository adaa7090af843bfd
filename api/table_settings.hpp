#pragma once
// What a body says about one table's settings, and what an answer shows of them. Pure.

#include "api/shape.hpp"
#include "core/json.hpp"
#include "storage/model.hpp"

#include <vector>

namespace sluice::api {

/// The members, all optional, of a body that sets them.
std::vector<Member> table_settings_members();
/// `settings` with the members of `body` (JSON merge patch: null takes a setting back). The body fits its shape.
/// What is wrong with a frequency is added to `problems`.
TableSettings merge_table_settings(TableSettings settings, const Json& body, const std::string& pointer,
                                   std::vector<Problem>& problems);
/// Those that differ from the defaults, as merge_table_settings reads them.
Json given_settings(const TableSettings& settings);
/// As they count; what is not set shows what the integration or the connector says.
Json show_table_settings(const TableSettings& settings, const Integration& integration);
std::vector<Member> shown_table_settings();

}  // namespace sluice::api
