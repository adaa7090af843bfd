#pragma once
// One answer of a source -> rows of one or more tables in binary COPY format, in a single pass over the text.
// Pure and synchronous; runs on the blocking pool.

#include "connectors/table.hpp"
#include "core/copy_rows.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// What could not be stored, with its reason: a record, or one field of it. The rest of its page is not affected.
struct Reject {
  std::string key;    // key values joined by commas, "" when even they could not be read
  std::string field;  // "" when the record as a whole is at fault
  std::string reason;
  std::string raw;        // JSON text of the record, or of the field when the row was kept; cut to 64 KiB
  bool row_kept = false;  // the row was stored, with null in this field
};

/// A member that the table's file does not know.
struct NewField {
  std::string name;
  std::string sample;                  // JSON text of one value that was not null, cut
  ColumnType type = ColumnType::text;  // the narrowest that holds the sample
};

/// The rows of one table from one page.
struct RowBatch {
  CopyRows rows;
  std::vector<std::uint64_t> key_hashes;  // one per row: equal keys have equal hashes
  std::vector<std::int64_t> parents;  // embedded tables: keys of the parent records seen, also of those without rows
  /// Embedded tables: parents whose list showed fewer rows than they say they have.
  std::vector<std::int64_t> cut_parents;
  std::vector<Reject> rejects;
  std::vector<NewField> new_fields;  // each name once
};

/// What a walk needs to know of a page to name the next one.
struct PageFacts {
  std::size_t records = 0;                // of the carrier, good or rejected
  std::optional<std::int64_t> first_key;  // of paging.key_field, in the order of the page
  std::optional<std::int64_t> last_key;
  std::optional<Time> first_modified;  // of increment.field
  std::optional<Time> last_modified;
  std::optional<std::int64_t> total;  // meta.pagination
  std::optional<std::int64_t> total_pages;
  std::optional<std::string> next_cursor;
};

struct DecodedPage {
  PageFacts facts;
  std::vector<RowBatch> batches;  // one per lane, in the order of the plan
  /// Per record of the carrier, the JSON text of each captured member; "null" where it is not there.
  std::vector<std::vector<std::string>> captured;
};

/// One table to fill from a page: which of its fields, in this order, as columns.
struct Lane {
  const Table* table = nullptr;
  std::vector<const Field*> fields;
};

using MemberPath = std::vector<std::string>;

/// The narrowest column type that holds this value.
ColumnType guess_type(std::string_view json);

/// Compiled once per read. `carrier` is the table whose list is read; lanes are itself and tables embedded in it.
class PageDecoder {
 public:
  /// `captures`: members of the carrier's record to keep as text, beside all rows.
  PageDecoder(const Table& carrier, std::vector<Lane> lanes, std::vector<MemberPath> captures = {});
  ~PageDecoder();

  /// What the rows take from outside the answer, marks in front: {@, account}, {^, id}.
  const std::vector<MemberPath>& given() const;

  /// `given`: JSON text of each value of given(), in that order; those behind its end are null. Thread-safe (each call
  /// uses a parser of its thread). Throws Error{transient, "source.bad_json"} when the text is no complete JSON or the
  /// records are not where the table says: a cut or wrong answer, worth a retry.
  DecodedPage decode(std::string body, std::span<const std::string> given = {}) const;

 private:
  struct Plan;
  std::unique_ptr<const Plan> plan_;
};

}  // namespace sluice
