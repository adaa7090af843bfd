#include "storage/due_time.hpp"

#include <algorithm>

namespace sluice {
namespace {

DueTime out_of_quiet(const DueTime& due, const QuietHours& quiet) {
  if (!due.at) return due;
  const auto end = end_of_quiet(*due.at, quiet);
  return end ? postponed(due, *end) : due;
}

}  // namespace

DueTime postponed(const DueTime& due, Time until) {
  return {until, due.share + std::chrono::duration_cast<Duration>(until - *due.at)};
}

DueTime first_due(const Frequency& frequency, const QuietHours& quiet, Time now) {
  return out_of_quiet({next_after(now, frequency), Duration(0)}, quiet);
}

DueTime due_after_run(const DueTime& before, const Frequency& frequency, const QuietHours& quiet, Time now,
                      const Spread& spread) {
  if (!before.at || !frequency.interval) return first_due(frequency, quiet, now);
  const Duration interval = *frequency.interval;
  const auto room = static_cast<double>(std::min(spread.most, interval / 10).count());
  const Duration share(static_cast<Duration::rep>(room * spread.place));
  const Time anchor = *before.at - before.share;
  const auto passed = (now - anchor - share) / interval + 1;
  return out_of_quiet({anchor + std::max<Duration::rep>(passed, 1) * interval + share, share}, quiet);
}

DueTime due_after_change(const DueTime& before, const Frequency& frequency, const QuietHours& quiet, Time now) {
  if (frequency.is_manual()) return {};
  if (before.is_due(now)) return {before.at, Duration(0)};
  DueTime due{next_after(now, frequency), Duration(0)};
  if (frequency.interval && before.at) due.at = std::min(*due.at, *before.at);
  return out_of_quiet(due, quiet);
}

DueTime due_after_quiet_change(const DueTime& before, const QuietHours& quiet, Time now) {
  if (!before.at) return before;
  const DueTime own{*before.at - before.share, Duration(0)};
  return own.is_due(now) ? own : out_of_quiet(own, quiet);
}

std::optional<DueTime> due_after_setback(const DueTime& before, const Frequency& frequency, const QuietHours& quiet,
                                         Time now, Duration most_spread) {
  if (!before.at) return std::nullopt;
  DueTime latest{next_after(now, frequency), Duration(0)};
  if (latest.at && frequency.interval) *latest.at += std::min(most_spread, *frequency.interval / 10);
  latest = out_of_quiet(latest, quiet);
  if (!latest.at || *before.at <= *latest.at) return std::nullopt;
  return first_due(frequency, quiet, now);
}

}  // namespace sluice
