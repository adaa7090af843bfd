#pragma once
// The rows of described tables, made from the seed whenever they are asked for: only what /_control changed is kept.
// A row is known by its ordinal, unique in its table: the parent's ordinal times the table's width and a number.

#include "tests/sample_store/store_data.hpp"
#include "tests/sample_store/table_description.hpp"

#include <map>
#include <optional>
#include <unordered_map>

namespace sluice::sample_store {

struct RowRef {
  std::int64_t ordinal = 0;
  std::int64_t parent = 0;  // 0: none
  std::int64_t n = 0;
};
using RowRefs = std::vector<RowRef>;

class DescribedRows {
 public:
  explicit DescribedRows(StoreData& data) : data_(data) {}

  RowRefs of_parent(const TableDescription& table, std::int64_t parent) const;
  /// Of all parents, in the order of ids.
  const RowRefs& all(const TableDescription& table) const;
  Json record(const TableDescription& table, RowRef row) const;
  Json member(const TableDescription& table, RowRef row, std::string_view name) const;
  /// What an include adds.
  Json included(const TableDescription& table, RowRef row, std::string_view parameter) const;
  Json key(const TableDescription& table, RowRef row) const;
  /// The row itself, its number in its parent's array, or the array's single value.
  Json element(const TableDescription& table, RowRef row) const;
  Seconds created(const TableDescription& table, RowRef row) const;
  Seconds modified(const TableDescription& table, RowRef row) const;

  RowRef row_of(const TableDescription& table, std::int64_t ordinal) const;

  // Of any table, rendered ones too.
  RowRefs rows(std::string_view table) const;
  std::optional<RowRef> find(std::string_view table, std::optional<std::int64_t> parent, std::string_view key) const;
  Json record(std::string_view table, std::int64_t ordinal) const;
  /// "billing_address.email"; null when it is not there.
  Json value(std::string_view table, std::int64_t ordinal, std::string_view path) const;
  std::int64_t initial_count(std::string_view table) const;
  std::int64_t initial_id(std::string_view table, std::int64_t n) const;

  RowRef add(const TableDescription& table, std::int64_t parent, const Json& set, Seconds now);
  void modify(const TableDescription& table, RowRef row, const Json& set, Seconds now);
  void remove(const TableDescription& table, RowRef row, Seconds now);

  const Shop& shop() const { return data_.shop(); }
  StoreData& data() const { return data_; }

 private:
  struct Change {
    bool gone = false;
    Seconds created = 0;
    Seconds modified = 0;
    Json set = Json::object();
  };
  struct Changes {
    std::unordered_map<std::int64_t, Change> rows;
    std::map<std::int64_t, RowRefs> added;  // by parent
    std::int64_t next = 0;
  };
  struct Index {
    std::uint64_t version = 0;
    RowRefs rows;
  };

  const Json& pattern(const TableDescription& table, RowRef row) const;
  std::string_view text_of(std::string_view table, std::int64_t ordinal, std::string_view path) const;
  std::int64_t count_of(const TableDescription& table, std::int64_t parent) const;
  bool holds(const Json& conditions, std::string_view table, std::int64_t parent) const;
  const Change* change_of(const TableDescription& table, RowRef row) const;
  /// Whether the list shows the member only when it is asked to include it.
  bool is_included(const TableDescription& table, const std::string& name) const;
  bool is_stored_by_parent(const TableDescription& table) const;
  std::int64_t new_ordinal(const TableDescription& table);
  RowRef add_to_parent(const TableDescription& table, std::int64_t parent, const Json& set, Seconds now);
  void put(std::string_view table, std::int64_t ordinal, std::string_view member, const Json& value);
  void touch_parent(const TableDescription& table, std::int64_t parent, Seconds now);
  std::uint64_t version() const { return data_.version() + changed_; }

  StoreData& data_;
  std::unordered_map<std::string_view, Changes> changes_;
  std::uint64_t changed_ = 1;
  mutable std::unordered_map<std::string_view, Index> indexes_;
};

}  // namespace sluice::sample_store
