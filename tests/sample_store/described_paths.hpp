#pragma once
// Which described table a path asks for, and which parent it names.

#include "tests/sample_store/described_rows.hpp"

namespace sluice::sample_store {

struct DescribedPath {
  const TableDescription* table = nullptr;
  std::vector<std::string> keys;  // what stands in the path's holes
};

/// nullopt when no described table has such a path.
std::optional<DescribedPath> described_path(std::string_view path);
/// The row that the keys lead to, from the outermost parent inwards; nullopt when one of them is not there.
std::optional<RowRef> parent_in_path(const DescribedRows& rows, const TableDescription& table,
                                     std::span<const std::string> keys);
/// The names of the path's holes: order_id, shipping_address_id.
std::vector<std::string> holes_of(const TableDescription& table);

}  // namespace sluice::sample_store
