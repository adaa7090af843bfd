#include "api/lost_access.hpp"

#include "api/views/views.hpp"

#include <algorithm>

namespace sluice::api {
namespace {

bool was_readable(const Json& facts, const std::string& table) {
  const auto known = facts.find("tables");
  if (known == facts.end()) return false;
  return std::any_of(known->begin(), known->end(), [&table](const Json& each) {
    return each.at("table") == table && each.at("access") == "granted";
  });
}

}  // namespace

std::vector<LostAccess> lost_access(const Json& before, const Json& now, const std::vector<SelectedTable>& selection) {
  std::vector<LostAccess> lost;
  if (!before.is_object()) return lost;
  for (const Json& each : now.at("tables")) {
    const auto table = each.at("table").get<std::string>();
    const KeptAccess access = kept_access(now, table);
    if (access.access != "denied" || !was_readable(before, table)) continue;
    const bool is_selected = std::ranges::find(selection, table, &SelectedTable::name) != selection.end();
    lost.push_back({table, access.scope, is_selected});
  }
  return lost;
}

Json show_lost_access(const std::vector<LostAccess>& lost) {
  Json shown = Json::array();
  for (const LostAccess& each : lost) {
    std::string detail = "the table " + each.table + " could be read before and cannot any more: it needs the scope " +
                         each.scope + ", which the credentials lack";
    if (each.is_selected) detail += "; it is selected, and its loads will fail until it is granted";
    shown.push_back({{"code", "scope_lost"},
                     {"table", each.table},
                     {"scope", each.scope},
                     {"selected", each.is_selected},
                     {"detail", std::move(detail)}});
  }
  return shown;
}

}  // namespace sluice::api
