#pragma once
// What a first load will cost, from the counts that the login saw. Pure.

#include "connectors/catalogue.hpp"
#include "core/json.hpp"
#include "storage/model.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::api {

struct TableEstimate {
  std::string table;
  std::optional<std::int64_t> rows;   // none: the source does not say before it is read
  std::optional<std::int64_t> calls;  // none: as rows. One list read for several tables is counted with the first
};

struct Estimate {
  std::vector<TableEstimate> tables;
  std::int64_t calls = 0;               // of all that is known
  bool is_complete = true;              // false: for some tables nothing is known, or only the most
  std::optional<std::int64_t> minutes;  // at the account's quota; rounded up
};

/// `account_facts`: see views.hpp. Tables that are asked for parent by parent count one call for each parent, which is
/// the most it can be.
Estimate estimate_load(const Catalogue& catalogue, const std::vector<SelectedTable>& selection,
                       const Json& account_facts);

Json show_estimate(const Estimate& estimate);

}  // namespace sluice::api
