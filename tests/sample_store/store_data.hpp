#pragma once
// All tables of the store, and every way in which their rows come, change and go.

#include "core/json.hpp"
#include "tests/sample_store/options.hpp"
#include "tests/sample_store/shop.hpp"

#include <array>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluice::sample_store {

/// What is special about a table's rows. `modified` is empty where rows carry no date of their last change.
struct TableTraits {
  enum class DateForm { rfc2822, iso_offset, iso_zulu };
  std::string_view name;
  std::string_view key;
  std::string_view modified;
  DateForm form = DateForm::rfc2822;
};
std::span<const TableTraits> table_traits();

class StoreData {
 public:
  explicit StoreData(const SampleStoreOptions& options);

  /// nullptr for an unknown name. The line items of orders are no table of their own; see orders' records.
  RecordTable* table(std::string_view name);
  const RecordTable* table(std::string_view name) const;
  const TableTraits* traits(std::string_view name) const;
  const Shop& shop() const { return shop_; }
  std::span<const std::int64_t> variants_of(std::int64_t product) const;
  /// Rows that a complete read of the table meets; order_products counts too.
  std::size_t count(std::string_view name) const;
  /// Grows with every change.
  std::uint64_t version() const { return version_; }
  /// What the store was made with; later changes do not move it.
  std::int64_t initial_count(std::string_view name) const;
  std::int64_t initial_id(std::string_view name, std::int64_t n) const;

  /// New rows, dated now. Throws Error{config} for a table that cannot grow.
  std::vector<std::int64_t> add(std::string_view name, std::size_t count, Seconds now);
  /// Sets members and the date of the last change; no members: the date alone. Throws Error{config}.
  void modify(std::string_view name, std::span<const std::int64_t> ids, const Json& set, Seconds now);
  void modify_line_items(std::span<const std::int64_t> ids, const Json& set, Seconds now);
  void remove(std::string_view name, std::span<const std::int64_t> ids);
  /// What DELETE does to an order: it stays, marked.
  void archive_orders(std::span<const std::int64_t> ids, Seconds now);
  void change_order_status(std::span<Record* const> orders, int status, Seconds now);
  /// Sets one member, or what an include adds, and no date.
  void put(std::string_view name, std::int64_t id, std::string_view member, const Json& value);
  /// The order that a line item belongs to, and the item's place in it.
  std::pair<Record*, std::size_t> find_line_item(std::int64_t id) const;

 private:
  void fill(const SampleStoreOptions& options);
  void fill_orders(std::int64_t count);
  Record make(std::string_view name, std::int64_t id, Seconds created, Seconds modified);
  void add_variants(const Goods& goods);
  void stamp(RecordTable& rows, const TableTraits& traits, std::span<Record* const> records, Seconds now);

  Shop shop_;
  std::map<std::string, RecordTable, std::less<>> tables_;
  std::unordered_map<std::int64_t, std::vector<std::int64_t>> variants_;
  std::int64_t next_item_id_ = 1;
  std::uint64_t version_ = 0;
  std::map<std::string, std::vector<std::int64_t>, std::less<>> initial_ids_;
};

}  // namespace sluice::sample_store
