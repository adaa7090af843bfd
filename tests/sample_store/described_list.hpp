#pragma once
// What a described table answers: its page of rows in its own form.

#include "tests/sample_store/described_rows.hpp"
#include "tests/sample_store/list_query.hpp"
#include "tests/sample_store/replies.hpp"

namespace sluice::sample_store {

/// `parent` is the row that the path names; nullopt for a list that belongs to no single parent.
HttpResponse answer_described(const DescribedRows& rows, const TableDescription& table,
                              std::optional<std::int64_t> parent, const ListQuery& query);
/// One row as the list shows it.
Json described_row(const DescribedRows& rows, const TableDescription& table, RowRef row, const ListQuery& query);

}  // namespace sluice::sample_store
