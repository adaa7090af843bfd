#pragma once
// The statements that bring staged rows into a destination table, as text. Pure.

#include "storage/destination.hpp"

#include <string>

namespace sluice {

/// What a merge works on: names as SQL, quoted.
struct MergeShape {
  std::string target;
  std::string stage;
  std::vector<std::string> columns;  // the data, in the order of the staged rows
  std::vector<std::string> types;
  std::vector<std::string> key;
};

MergeShape merge_shape(const DestinationTable& table, std::size_t lane);

enum class Repeats { none, possible };  // of a key among the staged rows; the newest wins

std::string create_stage_sql(const MergeShape& shape);
std::string copy_to_stage_sql(const MergeShape& shape);

/// $1: job. Adds the staged rows whose keys the table does not have; the stage repeats no key. A plain insert costs
/// three quarters of one that must be ready for a conflict, and the fence keeps other writers out.
std::string add_new_sql(const MergeShape& shape);

/// $1: job. One row: inserted, updated, rows that became live, distinct staged rows. Rows are compared before they are
/// offered to `on conflict`, which locks, and so writes, each row it meets, be it different or not.
std::string merge_sql(const MergeShape& shape, Repeats repeats);

/// $1: job, $2: parents. Marks live rows of these parents that are not staged. `parent` is a quoted column.
std::string mark_orphans_sql(const MergeShape& shape, const std::string& parent);

/// $1: job. Marks live rows whose parent in the table `parents` is marked. Names are quoted.
std::string follow_parents_sql(const MergeShape& shape, const std::string& parent, const std::string& parents,
                               const std::string& parents_key);

/// Removes the rows that are marked, but for those that live rows of a following table still refer to.
std::string purge_sql(const MergeShape& shape, const DestinationTable& table);

/// Condition on rows `t` that a pass which shows what changed at `from` or later could have shown; "": all of them.
/// Rows that say when they changed are judged by it; those that do not are not judged at all.
std::string shown_since(const Table& table, const std::optional<Time>& from);
/// One row: live rows within the condition.
std::string count_live_sql(const MergeShape& shape, const std::string& within);

// A complete pass: the keys it has shown, and what it has not. `seen` is a table's name as SQL; `within` a condition
// on rows `t` that the pass could have shown, or "".
std::string create_seen_sql(const MergeShape& shape, const std::string& seen);
std::string note_seen_sql(const MergeShape& shape, const std::string& seen);
/// One row: live rows, those of them not seen, whether anything was seen.
std::string count_unseen_sql(const MergeShape& shape, const std::string& seen, const std::string& within);
/// $1: job.
std::string mark_unseen_sql(const MergeShape& shape, const std::string& seen, const std::string& within);

}  // namespace sluice
