#pragma once
// How a list is walked, without any I/O: which page to ask for at a position, and which position is true once that page
// is durable. Rows move while a list is read; each walk is made so that none slips through unseen.

#include "connectors/record.hpp"
#include "connectors/rest/position.hpp"
#include "connectors/table.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace sluice {

class Walk {
 public:
  /// `since`: only records that changed then or later, `until`: and not later than that; they have no effect on a table
  /// without increments.
  Walk(const Table& table, std::optional<Time> since, std::optional<Time> until = std::nullopt);

  /// One range over the whole list, in the way its paging says.
  RangePosition whole() const;
  /// One range over the list in the order of change; only where the list can be sorted so (see can_follow_changes).
  RangePosition changes() const;
  bool can_follow_changes() const;

  /// True when one call can tell how far the keys go, so that the list can be read from several places at once.
  bool can_split() const;
  /// Asks for the one record with the largest key.
  QueryParameters largest_key_query() const;
  /// Ranges that hold every key once; the last one has no upper end, because rows are added meanwhile.
  std::vector<RangePosition> split(std::int64_t largest_key, std::size_t limit) const;

  /// Parameters that ask for the page at `range`.
  QueryParameters query(const RangePosition& range) const;
  /// What of them says which records there are at `range`, without order and pages: for a count of these.
  QueryParameters filter(const RangePosition& range) const;
  /// The position behind the page that was asked for at `range`. `largest_page`: the most records that this list has
  /// put on one page so far. Throws Error{data, "source.bad_order"} when the answer is not in the order that was asked
  /// for.
  RangePosition advance(const RangePosition& range, const PageFacts& page, std::size_t largest_page) const;

 private:
  struct Asking;
  struct Advancing;

  const Table& table_;
  std::optional<Time> since_;
  std::optional<Time> until_;
};

}  // namespace sluice
