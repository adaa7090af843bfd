#pragma once
// What new credentials may no longer read. Pure.

#include "core/json.hpp"
#include "storage/model.hpp"

#include <string>
#include <vector>

namespace sluice::api {

struct LostAccess {
  std::string table;
  std::string scope;         // that would let it be read
  bool is_selected = false;  // its next load will fail
  bool operator==(const LostAccess&) const = default;
};

/// Tables that the account could read at the login before and cannot any more, in the catalogue's order. Both facts are
/// as account_facts makes them; `before` may be null.
std::vector<LostAccess> lost_access(const Json& before, const Json& now, const std::vector<SelectedTable>& selection);
/// As answers warn of them.
Json show_lost_access(const std::vector<LostAccess>& lost);

}  // namespace sluice::api
