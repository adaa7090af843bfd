#include "storage/destination/snapshot.hpp"

#include <algorithm>

namespace sluice {
namespace {

constexpr std::int64_t fewest_rows_to_guard = 20;
constexpr std::int64_t largest_part = 10;  // a tenth

}  // namespace

bool are_deletes_plausible(std::int64_t live, std::int64_t began_with, std::int64_t unseen, bool saw_any) {
  if (unseen == 0) return true;
  if (!saw_any) return live == 0;
  // Rows that the pass itself brought must not hide how many of the old ones are gone.
  const std::int64_t before = began_with > 0 ? std::min(live, began_with) : live;
  return before < fewest_rows_to_guard || unseen * largest_part <= before;
}

SnapshotPass::SnapshotPass(PgConnection& connection, const DestinationTable& table, const MergeShape& shape,
                           std::int64_t registration, bool is_guarded, const std::optional<Time>& from)
    : connection_(connection),
      table_(table),
      shape_(shape),
      seen_(seen_table_name(registration)),
      within_(shown_since(*table.table, from)),
      is_guarded_(is_guarded) {}

void SnapshotPass::begin() { connection_.exec(create_seen_sql(shape_, seen_)); }

bool SnapshotPass::is_under_way() {
  return connection_.exec("select to_regclass($1) is not null", {seen_}).is_true(0, 0);
}

void SnapshotPass::forget(PgConnection& connection, std::int64_t registration) {
  connection.exec("drop table if exists " + seen_table_name(registration));
}

void SnapshotPass::note() { connection_.exec(note_seen_sql(shape_, seen_)); }

SnapshotPass::Ending SnapshotPass::end(std::int64_t began_with, const JobId& job) {
  // Here a scan of everything is right, and the planner should know how much there is.
  connection_.exec("set local enable_seqscan = on; analyze " + seen_);
  const PgRows counts = connection_.exec(count_unseen_sql(shape_, seen_, within_));
  const std::int64_t live = counts.number(0, 0);
  const std::int64_t unseen = counts.number(0, 1);
  if (is_guarded_ && !are_deletes_plausible(live, began_with, unseen, counts.is_true(0, 2))) {
    throw Error(ErrorKind::data, "destination.too_many_deletes",
                "a complete read of " + table_.table->name + " did not show " + std::to_string(unseen) + " of " +
                    std::to_string(live) + " live rows of " + table_.schema.str() + "." + table_.name.str() +
                    ", which looks like a fault of the source: nothing was deleted. If those rows are really gone, "
                    "reload the table "
                    "with mode swap, which asks no more; otherwise check the source and read the table again");
  }
  if (unseen > 0) connection_.exec(mark_unseen_sql(shape_, seen_, within_), {job.str()});
  connection_.exec("drop table " + seen_ + "; set local enable_seqscan = off");
  return {unseen, live - unseen};
}

}  // namespace sluice
