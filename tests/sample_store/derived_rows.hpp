#pragma once
// Rows that follow from other tables' rows in a way that no template says: counts, trees, and the two directions of
// segments and shoppers.

#include "tests/sample_store/described_rows.hpp"

namespace sluice::sample_store {

/// The rows of one parent, or of the table.
std::vector<Json> derived_rows(const DescribedRows& rows, const TableDescription& table, std::int64_t parent);

}  // namespace sluice::sample_store
