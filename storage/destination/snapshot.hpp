#pragma once
// What a complete pass over a list has shown, kept at the destination in the same transactions as the rows, so that a
// pass can be interrupted anywhere. At its end, live rows that it did not show are gone from the source.

#include "storage/destination/bookkeeping.hpp"
#include "storage/destination/merge_sql.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace sluice {

class SnapshotPass {
 public:
  /// `is_guarded`: an implausible number of deletes is refused. Rows that follow their parents are not guarded: the
  /// guard of the parents' table speaks for them. `from`: the pass shows only records that changed then or later.
  SnapshotPass(PgConnection& connection, const DestinationTable& table, const MergeShape& shape,
               std::int64_t registration, bool is_guarded, const std::optional<Time>& from);

  void begin();
  /// Whether all that this pass has shown was noted.
  bool is_under_way();
  static void forget(PgConnection& connection, std::int64_t registration);
  /// The keys of the staged rows.
  void note();
  /// Marks what was not seen as deleted and forgets the keys. `began_with`: live rows when the pass began.
  /// Throws Error{data, "destination.too_many_deletes"}.
  struct Ending {
    std::int64_t deleted = 0;
    std::int64_t live = 0;  // counted, not reckoned
  };
  Ending end(std::int64_t began_with, const JobId& job);

 private:
  PgConnection& connection_;
  const DestinationTable& table_;
  const MergeShape& shape_;
  std::string seen_;
  std::string within_;  // condition on the rows that the pass could have shown
  bool is_guarded_;
};

/// Pure: whether `unseen` of `live` rows may go. Nothing seen while rows live is a failure of the source, not an empty
/// list.
bool are_deletes_plausible(std::int64_t live, std::int64_t began_with, std::int64_t unseen, bool saw_any);

}  // namespace sluice
