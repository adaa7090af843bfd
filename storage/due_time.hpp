#pragma once
// When something runs next. Pure: the caller says what time it is. An interval keeps to a grid, a cron to its clock;
// both make way for quiet hours.

#include "storage/model.hpp"

#include <optional>

namespace sluice {

struct DueTime {
  std::optional<Time> at;
  Duration share{0};  // what `at` has beyond the schedule's own time: of the spread, or until quiet hours end

  bool is_due(Time now) const { return at && *at <= now; }
};

/// How far intervals may stand behind their grid, a tenth of them at most, and where in that this one stands (0 to 1).
struct Spread {
  Duration most{0};
  double place = 0;
};

/// Of a schedule that begins now.
DueTime first_due(const Frequency& frequency, const QuietHours& quiet, Time now);
/// After a run for what was due. Time that passed while nothing ran is skipped, not made up for.
DueTime due_after_run(const DueTime& before, const Frequency& frequency, const QuietHours& quiet, Time now,
                      const Spread& spread);
/// A shorter interval begins now, a longer one after the run that is planned already. What is due already stays due.
DueTime due_after_change(const DueTime& before, const Frequency& frequency, const QuietHours& quiet, Time now);
/// The same schedule with other quiet hours.
DueTime due_after_quiet_change(const DueTime& before, const QuietHours& quiet, Time now);
/// None: as planned. A time further ahead than `now` would plan was planned by a clock that has been set back since.
std::optional<DueTime> due_after_setback(const DueTime& before, const Frequency& frequency, const QuietHours& quiet,
                                         Time now, Duration most_spread);
/// Put off to a later time that is not the schedule's own.
DueTime postponed(const DueTime& due, Time until);

}  // namespace sluice
