#pragma once
// The statements that compare keys, as text. Pure.

#include "storage/destination/merge_sql.hpp"
#include "storage/key_comparison.hpp"

#include <string>
#include <vector>

namespace sluice {

// Where the looks are kept, and what differs.
inline constexpr const char* shown_keys = "pg_temp.sluice_shown";
inline constexpr const char* shown_again_keys = "pg_temp.sluice_shown_again";
inline constexpr const char* shown_parents = "pg_temp.sluice_shown_parents";  // with whatever rows
inline constexpr const char* parent_dates = "pg_temp.sluice_parent_dates";
inline constexpr const char* missing_rows = "pg_temp.sluice_missing";
inline constexpr const char* surplus_rows = "pg_temp.sluice_surplus";

std::string create_keys_sql(const std::string& name, const std::vector<const Field*>& fields);
std::string copy_keys_sql(const std::string& name, const std::vector<const Field*>& fields);

/// Fills missing_rows and surplus_rows.
std::string find_missing_sql(const ComparisonPlan& plan, const MergeShape& shape);
std::string find_surplus_sql(const ComparisonPlan& plan, const MergeShape& shape);
/// One row: keys shown, live rows, those of them that are judged.
std::string count_keys_sql(const ComparisonPlan& plan, const MergeShape& shape);

/// Takes from what seemed to differ what the second look does not bear out.
std::string drop_unconfirmed_sql(const MergeShape& shape);
/// Takes out what changed after the cursor; "" where nothing can.
std::string drop_newer_missing_sql(const ComparisonPlan& plan, const MergeShape& shape);
std::string drop_newer_surplus_sql(const ComparisonPlan& plan);

/// One row: an array of objects.
std::string list_keys_sql(const std::string& name, const MergeShape& shape, std::size_t most);
/// $1: job. Marks the surplus rows that are live.
std::string mark_surplus_sql(const MergeShape& shape);
/// One row: live rows, surplus rows that are live, whether the source showed anything.
std::string count_surplus_sql(const MergeShape& shape);
/// One row: missing keys that are live by now, surplus ones that are not.
std::string count_repaired_sql(const MergeShape& shape);

}  // namespace sluice
