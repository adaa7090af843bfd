#pragma once
// Commands of /_control about described tables. Rows are named by "id", "ids", "key" or "keys" (a value, or an array
// for a key of several members), or any "count" of them; "parent" narrows it to one parent's children, with the keys
// that its path has: 100, or [100, 200] two levels down.

#include "core/json.hpp"
#include "tests/sample_store/described_rows.hpp"

#include <functional>

namespace sluice::sample_store {

class DescribedControl {
 public:
  explicit DescribedControl(DescribedRows& rows) : rows_(rows) {}

  // Answer {"modified": [keys]} and so on. Throw Error{config}.
  Json modify(const TableDescription& table, const Json& body, Seconds now);
  Json add(const TableDescription& table, const Json& body, Seconds now);
  Json remove(const TableDescription& table, const Json& body, Seconds now);

  std::size_t count(const TableDescription& table) const;
  /// Every row as the list shows it with these includes, from the first ordinal above `after`.
  void for_each(const TableDescription& table, std::int64_t after, const std::vector<std::string>& includes,
                const std::function<bool(RowRef row, const Json& json)>& visit) const;
  /// {"order_id": 100}: what the path of the row's list has in its holes.
  Json parent_of(const TableDescription& table, RowRef row) const;

 private:
  std::optional<std::int64_t> parent_in(const TableDescription& table, const Json& body) const;
  RowRefs pick(const TableDescription& table, const Json& body);
  Json name_of(const TableDescription& table, RowRef row) const;

  DescribedRows& rows_;
  Dice dice_{1, "described-control", 0};
};

}  // namespace sluice::sample_store
