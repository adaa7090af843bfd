#pragma once
// Whether PostgreSQL holds what the store holds: counts and contents, by a few telling columns of each table.

#include "tests/sample_store/sample_store.hpp"

#include <map>
#include <string>
#include <vector>

namespace sluice {

/// Rows of a query, each as its columns joined by '|' (null is empty).
std::vector<std::string> query(const std::string& url, const std::string& sql);
std::string query_one(const std::string& url, const std::string& sql);

/// Every table of the store, with its live rows at the destination; empty when all agree, otherwise what differs.
std::string count_differences(sample_store::SampleStore& store, const std::string& url, const std::string& integration);

/// Compares keys and telling columns of orders, order_products, products and customers, row by row.
std::string content_differences(sample_store::SampleStore& store, const std::string& url,
                                const std::string& integration);

}  // namespace sluice
