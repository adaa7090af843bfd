#include "api/handlers/handlers.hpp"
#include "api/handlers/lookup.hpp"
#include "api/views/views.hpp"

#include <algorithm>
#include <cctype>

namespace sluice::api {
namespace {

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
  };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

const Connector& connector_in_path(const ApiContext& context, const Call& call) {
  const Connector* connector = find_connector(context.connectors, call.path("connector"));
  if (connector == nullptr) throw not_found("connector", call.path("connector"));
  return *connector;
}

}  // namespace

Task<HttpResponse> list_connectors(const ApiContext& context, const Call& call) {
  const std::string wanted = call.parameter("q").value_or("");
  std::vector<const Connector*> found;
  for (const auto& connector : context.connectors) {
    const ConnectorInfo& info = connector->info();
    if (contains_ignoring_case(info.name, wanted) || contains_ignoring_case(info.title, wanted))
      found.push_back(connector.get());
  }
  const auto page = page_of(found, call.page(), [](const Connector* connector) { return connector->info().name; });
  Json items = Json::array();
  for (const Connector* connector : page.items) items.push_back(show_connector_summary(*connector));
  co_return list_answer(call, std::move(items), page.next);
}

Task<HttpResponse> get_connector(const ApiContext& context, const Call& call) {
  co_return answer(200, show_connector(connector_in_path(context, call)));
}

Task<HttpResponse> list_connector_tables(const ApiContext& context, const Call& call) {
  const Catalogue& catalogue = connector_in_path(context, call).catalogue();
  std::vector<const Table*> tables;
  for (const Table& table : catalogue.tables()) tables.push_back(&table);
  const auto page = page_of(tables, call.page(), [](const Table* table) { return table->name; });
  Json items = Json::array();
  for (const Table* table : page.items) items.push_back(show_table(catalogue, *table));
  co_return list_answer(call, std::move(items), page.next);
}

}  // namespace sluice::api
