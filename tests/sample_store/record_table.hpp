#pragma once
// Rows of one table as rendered JSON, found by id and by the time of their last change. Both orders are kept sorted, so
// a page that begins at an id or at a time costs a binary search.

#include "tests/sample_store/json_text.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::sample_store {

/// Seconds since 1970, the granularity of every date in these tables.
using Seconds = std::int64_t;

/// What an `include` adds to a record: a member and its value's text.
struct Part {
  std::string_view name;  // of static storage
  std::string text;
};

/// A line item: its id, and where its text lies in the order's embedded consignments.
struct LineItem {
  std::int64_t id = 0;
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
};

struct Record {
  std::int64_t id = 0;
  Seconds created = 0;
  Seconds modified = 0;  // 0 in a table without such a date
  int status = 0;        // of an order
  bool archived = false;
  Seconds refunded = 0;  // when an order was first refunded; 0: never
  std::string body{};    // without the closing brace, so that includes can be appended
  std::vector<Part> parts{};
  std::vector<LineItem> items{};

  std::string_view part(std::string_view name) const;
};

using Rows = std::vector<Record*>;

class RecordTable {
 public:
  /// Takes rows in any order; all at once is cheaper than one by one.
  void add(std::vector<Record> records);
  void remove(std::span<const std::int64_t> ids);
  /// Moves rows to their new place in the order of changes and sets `modified`.
  void retime(std::span<Record* const> records, Seconds modified);

  Record* find(std::int64_t id) const;
  std::int64_t next_id() const { return next_id_; }
  std::size_t size() const { return by_id_.size(); }
  const Rows& by_id() const { return by_id_; }
  const Rows& by_modified() const { return by_modified_; }

 private:
  std::vector<std::unique_ptr<Record>> owned_;  // in the order of by_id_
  Rows by_id_;
  Rows by_modified_;
  std::int64_t next_id_ = 1;
};

bool changed_before(const Record* a, const Record* b);

}  // namespace sluice::sample_store
