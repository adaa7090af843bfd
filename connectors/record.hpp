#pragma once
// One answer of a source -> rows of one or more tables in binary COPY format, in a single pass over the text.
// Pure and synchronous; runs on the blocking pool.

#include "connectors/table.hpp"
#include "core/copy_rows.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// A record that could not be stored, with its reason. The rest of its page is not affected.
struct Reject {
  std::string key;    // key values joined by commas, "" when even they could not be read
  std::string field;  // "" when the record as a whole is at fault
  std::string reason;
  std::string raw;  // JSON text of the record, cut to 64 KiB
};

/// The rows of one table from one page.
struct RowBatch {
  CopyRows rows;
  std::vector<std::uint64_t> key_hashes;  // one per row: equal keys have equal hashes
  std::vector<std::int64_t> parents;  // embedded tables: keys of the parent records seen, also of those without rows
  std::vector<Reject> rejects;
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
};

/// One table to fill from a page: which of its fields, in this order, as columns.
struct Lane {
  const Table* table = nullptr;
  std::vector<const Field*> fields;
};

/// Compiled once per read. `carrier` is the table whose list is read; lanes are itself and tables embedded in it.
class PageDecoder {
 public:
  PageDecoder(const Table& carrier, std::vector<Lane> lanes);
  ~PageDecoder();

  /// Thread-safe (each call uses a parser of its thread). Throws Error{transient, "source.bad_json"} when the text
  /// is no complete JSON or the records are not where the table says: a cut or wrong answer, worth a retry.
  DecodedPage decode(std::string_view body) const;

 private:
  struct Plan;
  std::unique_ptr<const Plan> plan_;
};

}  // namespace sluice
