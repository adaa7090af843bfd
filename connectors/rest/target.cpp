#include "connectors/rest/target.hpp"

#include "core/http.hpp"

#include <algorithm>
#include <string_view>

namespace sluice {
namespace {

/// The first item of a comma-separated list, which is taken off it.
std::string_view take_item(std::string_view& list) {
  const auto comma = list.find(',');
  const std::string_view item = list.substr(0, comma);
  list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  return item;
}

bool holds_item(std::string_view list, std::string_view item) {
  while (!list.empty()) {
    if (take_item(list) == item) return true;
  }
  return false;
}

void include(QueryParameters& query, const std::string& name, std::string_view items) {
  const auto found = std::find_if(query.begin(), query.end(), [&](const auto& known) { return known.first == name; });
  if (found == query.end()) {
    query.emplace_back(name, items);
    return;
  }
  while (!items.empty()) {
    const std::string_view item = take_item(items);
    if (!holds_item(found->second, item)) found->second.append(",").append(item);
  }
}

}  // namespace

void add_to_query(QueryParameters& query, const QueryParameters& more) {
  for (const auto& [name, value] : more) include(query, name, value);
}

std::string request_target(std::string_view base_path, const Table& carrier, const std::vector<Lane>& lanes,
                           const QueryParameters& page) {
  QueryParameters query = carrier.query;
  for (const Lane& lane : lanes) {
    if (!lane.table->is_embedded()) continue;
    add_to_query(query, lane.table->parent->include);
  }
  query.insert(query.end(), page.begin(), page.end());

  std::string target(base_path);
  target += carrier.path;
  char separator = '?';
  for (const auto& [name, value] : query) {
    target += separator + percent_encode(name) + "=" + percent_encode(value);
    separator = '&';
  }
  return target;
}

}  // namespace sluice
