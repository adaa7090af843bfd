// The tables of an integration, one by one.

#include "api/handlers/handlers.hpp"
#include "api/handlers/lookup.hpp"
#include "api/problem.hpp"
#include "api/table_settings.hpp"
#include "api/views/views.hpp"

#include <algorithm>

namespace sluice::api {
namespace {

Task<HttpResponse> table_answer(const ApiContext& context, const Call& call, const Integration& integration) {
  const SelectedTable& table = table_in_path(context, call, integration);
  const auto all = co_await context.pool.run([&] { return context.integrations.tables(integration.id); });
  const auto status = std::ranges::find(all, table.name, &TableStatus::table);
  if (status == all.end()) throw not_found("selected table", table.name);
  co_return tagged_answer(call, 200, show_selected_table(integration, table, *status), integration.generation);
}

}  // namespace

Task<HttpResponse> list_tables(const ApiContext& context, const Call& call) {
  const Integration integration = co_await integration_in_path(context, call);
  const auto all = co_await context.pool.run([&] { return context.integrations.tables(integration.id); });
  const auto page = page_of(all, call.page(), [](const TableStatus& status) { return status.table; });
  Json items = Json::array();
  for (const TableStatus& status : page.items) items.push_back(show_table_status(integration, status));
  co_return list_answer(call, std::move(items), page.next);
}

Task<HttpResponse> get_table(const ApiContext& context, const Call& call) {
  const Integration integration = co_await integration_in_path(context, call);
  co_return co_await table_answer(context, call, integration);
}

Task<HttpResponse> change_table(const ApiContext& context, const Call& call) {
  const Integration integration = co_await integration_in_path(context, call);
  const ExpectedGeneration expected = expected_generation(call, integration.generation);
  const SelectedTable& table = table_in_path(context, call, integration);
  std::vector<Problem> problems;
  const TableSettings settings = merge_table_settings(table.settings, call.body, "", problems);
  if (!problems.empty()) throw body_refusal(std::move(problems));
  const auto changed = co_await context.pool.run(
      [&] { return context.integrations.set_table_settings(integration.id, table.name, settings, expected); });
  co_return co_await table_answer(context, call, changed);
}

}  // namespace sluice::api
