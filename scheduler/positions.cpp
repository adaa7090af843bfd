#include "scheduler/positions.hpp"

#include "core/time.hpp"

namespace sluice {

bool begins_pass(const Json& position) {
  // A backfill waits while another pass runs.
  return !position.is_object() || !position.contains("ranges") || position.value("mode", "") == "backfill";
}

bool is_first_load(const Json& position) {
  return position.is_null() || (!begins_pass(position) && position.value("mode", "") == "initial");
}

namespace {

std::optional<Time> time_in(const Json& position, const char* member) {
  const auto found = position.find(member);
  if (found == position.end() || !found->is_string()) return std::nullopt;
  return parse_iso8601(found->get<std::string>());
}

}  // namespace

std::optional<Time> shown_from(const Json& position, const std::optional<Time>& start_date) {
  return begins_pass(position) ? start_date : time_in(position, "since");
}

std::int64_t records_looked_for(const Json& position) {
  const Json shortfall = position.is_object() ? position.value("shortfall", Json()) : Json();
  return !shortfall.is_object() || shortfall.value("settled", false) ? 0 : shortfall.value("records", std::int64_t{0});
}

std::optional<Time> replicated_until(const Json& position) { return time_in(position, "cursor"); }

}  // namespace sluice
