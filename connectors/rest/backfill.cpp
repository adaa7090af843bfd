#include "connectors/rest/backfill.hpp"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

bool is_of(const WaitingBackfill& waiting, const DateWindow& window) {
  return waiting.since == window.from && waiting.until == window.until;
}

}  // namespace

bool is_backfill(const PassPosition& position) {
  return position.mode == PassMode::backfill && !position.ranges.empty() && position.until.has_value();
}

PassPosition set_aside(PassPosition backfill) {
  PassPosition between = between_passes(backfill);
  between.waiting = WaitingBackfill{std::move(backfill.ranges), backfill.since, *backfill.until, backfill.started_at};
  return between;
}

PassPosition begin_backfill(PassPosition between, const DateWindow& window) {
  PassPosition pass = between_passes(between);
  pass.mode = PassMode::backfill;
  pass.since = window.from;
  pass.until = window.until;
  const auto waiting = std::exchange(pass.waiting, std::nullopt);
  if (!waiting || !is_of(*waiting, window)) return pass;
  pass.ranges = waiting->ranges;
  pass.started_at = waiting->started_at;
  return pass;
}

PassPosition end_backfill(const PassPosition& backfill) {
  PassPosition between = between_passes(backfill);
  between.read_from = ReadFrom{backfill.since};
  return between;
}

ReadFrom reaching_back(const std::optional<ReadFrom>& before, const std::optional<Time>& since) {
  if (!since || (before && !before->date)) return {};
  return {before ? std::min(*before->date, *since) : *since};
}

}  // namespace sluice
