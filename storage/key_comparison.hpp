#pragma once
// The rows of a destination table against the keys that its source shows, on one connection to the destination, in
// tables that go with it. A source is looked at twice: what seems to differ at the first look is only believed when the
// second one shows it again. Everything here blocks.

#include "core/clock.hpp"
#include "storage/destination.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// Which live rows a look at the source could have shown.
enum class JudgedRows { all, changed_since_start, of_shown_parents };

/// What is compared, and by which columns.
struct ComparisonPlan {
  DestinationTable table;
  std::vector<const Field*> fields = {};  // of the table, in this order: the key and the columns named below
  std::string asked_by = {};              // a bigint column with the key of the list's record; "": none
  std::string parent = {};                // column with the key of the parent; "": it has none
  std::string changed = {};               // column that says when the record changed; "": its parent's counts
  std::optional<Lane> parents = {};       // key and date of the parents, where their date counts
  JudgedRows judged = JudgedRows::all;
  std::optional<Time> start = {};   // of changed_since_start
  std::optional<Time> cursor = {};  // what changed later is for the next load to bring

  bool has_dates() const { return cursor && (!changed.empty() || parents); }
};

struct KeyDifferences {
  std::int64_t source_rows = 0;       // keys that the source showed
  std::int64_t destination_rows = 0;  // live rows
  std::int64_t not_judged = 0;        // of these, what the source's list could not have shown
  std::int64_t missing = 0;           // in the source, not live at the destination
  std::int64_t surplus = 0;           // live at the destination, not in the source
  std::int64_t newer = 0;             // left out of both: the next load brings it
};

class KeyComparison {
 public:
  static std::unique_ptr<KeyComparison> make(DestinationConnection& connection, ComparisonPlan plan);
  virtual ~KeyComparison() = default;

  // Take what a read shows, in lanes of the plan; nothing at the destination changes. One at a time.
  virtual std::unique_ptr<BatchWriter> first_look() = 0;                    // fields
  virtual std::unique_ptr<BatchWriter> second_look(bool with_parents) = 0;  // parents if `with_parents`, then fields
  virtual std::unique_ptr<BatchWriter> parents_look() = 0;                  // parents

  /// After the first look.
  virtual KeyDifferences compare() = 0;
  /// After the others: what is left of the differences.
  virtual KeyDifferences judge() = 0;
  /// Values of `asked_by` among all that differs, or the missing only; none when there are more than `most`.
  virtual std::optional<std::vector<std::int64_t>> keys_to_ask(bool only_missing, std::size_t most) = 0;
  /// Up to so many keys, each as an object of its columns.
  virtual Json missing_keys(std::size_t most) = 0;
  virtual Json surplus_keys(std::size_t most) = 0;

  /// Treats the surplus rows as the table's deletes say and counts the live rows, in one transaction behind the fence;
  /// the position stays. Throws like BatchWriter::commit.
  virtual BatchWriter::Result settle(const JobId& job, std::int64_t epoch, const Json& position,
                                     bool removes_surplus) = 0;
  /// How many of both differ no more.
  struct Repaired {
    std::int64_t missing = 0;
    std::int64_t surplus = 0;
  };
  virtual Repaired repaired() = 0;
};

}  // namespace sluice
