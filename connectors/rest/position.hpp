#pragma once
// Where the reading of one list stands, as values and as the small versioned JSON that a checkpoint keeps. A place says
// what is still to be asked; everything before it is durable once the position is.

#include "core/clock.hpp"
#include "core/json.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sluice {

/// Keys from `next` on, up to and including `to`.
struct KeysetPlace {
  std::int64_t from = 1;
  std::optional<std::int64_t> to;
  std::int64_t next = 1;
};

/// The page of that number of the list as the source numbers it.
struct NumberedPlace {
  int page = 1;
  std::optional<std::int64_t> total;  // what the list held when it was last looked at
  int steps_back = 0;                 // how often the total moved, so that pages were read again
};

/// The page that the source calls by that name; the first one has none.
struct CursorPlace {
  std::string cursor;
};

/// Records that changed at `at` or later, in the order of change; pages are counted only inside one `step`.
struct TimePlace {
  Time at{};
  int page = 1;
  Duration step = std::chrono::seconds(1);
};

/// A list that comes in one piece.
struct WholePlace {};

using Place = std::variant<KeysetPlace, NumberedPlace, CursorPlace, TimePlace, WholePlace>;

struct RangePosition {
  Place place;
  bool done = false;
  bool torn = false;       // rows moved more often than could be made up for: not everything may have been seen
  std::int64_t shown = 0;  // records on its pages so far
};

Json to_json(const RangePosition& range);
/// For an error message: "page 12", "ids from 2501".
std::string describe(const RangePosition& range);

enum class PassMode {
  initial,      // the first read of a table
  incremental,  // what changed since the cursor
  snapshot,     // the whole list again: what it does not show is gone
  reload,       // the same, in ranges as the first read
  reread,       // the whole list again for what the last read did not show; nothing is gone by it
  backfill      // what changed within a window, of a table that was read before
};

/// From which date on a table's changes have been read; none: all of them.
struct ReadFrom {
  std::optional<Time> date;
  bool operator==(const ReadFrom&) const = default;
};

/// A backfill that stands still while other passes run.
struct WaitingBackfill {
  std::vector<RangePosition> ranges;
  std::optional<Time> since;
  Time until{};
  Time started_at{};
};

/// By how many records a read of a whole list stayed behind the source's own count.
struct Shortfall {
  std::int64_t records = 0;
  bool is_settled = false;  // two reads in a row lacked as many: this source counts more than it shows
  bool operator==(const Shortfall&) const = default;
};

struct PassPosition {
  PassMode mode = PassMode::initial;
  std::vector<RangePosition> ranges;  // empty between passes
  Time started_at{};                  // the source's clock when the pass began
  std::optional<Time> since;          // only records that changed then or later
  std::optional<Time> until;          // and before then
  std::optional<Time> cursor;         // up to here everything that changed has been read
  std::optional<Time> swept_at;       // when the last pass began that looked at everything
  bool is_sweep = false;              // this one does
  std::optional<std::int64_t> total;  // records when the pass began, by the source's count
  std::size_t largest_page = 0;       // the most records that this list has ever put on one page
  std::optional<ReadFrom> read_from;  // none: not known, or nothing that a date cuts
  std::optional<WaitingBackfill> waiting;
  std::optional<Shortfall> shortfall;  // of the last read that showed everything and was counted
};

/// What is true between passes, whatever pass is under way.
PassPosition between_passes(const PassPosition& position);

Json to_json(const PassPosition& pass);
/// nullopt for null: never read. Throws Error{config, "source.bad_position"} on anything that to_json did not write.
std::optional<PassPosition> parse_pass_position(const Json& position);

}  // namespace sluice
