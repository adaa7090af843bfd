#pragma once
// The body of a list answer, put together from rendered rows.

#include "tests/sample_store/list_query.hpp"
#include "tests/sample_store/store_data.hpp"

#include <string>

namespace sluice::sample_store {

std::string render_page(const StoreData& data, const ListRule& rule, const ListQuery& query,
                        const Selection& selection);
/// One row as the list shows it.
void append_row(std::string& out, const StoreData& data, const ListRule& rule, const ListQuery& query,
                const Record& record);

}  // namespace sluice::sample_store
