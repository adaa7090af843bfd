#pragma once
// Whether PostgreSQL holds what the store holds: every table of the connector, every row, every column. The store's own
// records are the truth; which member a column comes from is read off the table files, how its value reads is worked
// out here, apart from the decoder.

#include "tests/sample_store/sample_store.hpp"

#include <set>
#include <string>

namespace sluice {

struct Comparison {
  std::set<std::string> compared;  // tables
  std::string differences;         // the first of each table, a line each; empty when all agree
};

Comparison compare_catalogue(sample_store::SampleStore& store, const std::string& url, const std::string& integration,
                             const std::string& account);

}  // namespace sluice
