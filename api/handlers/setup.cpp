// The steps of a set-up after the draft is made.

#include "api/setup.hpp"

#include "api/confirmation.hpp"
#include "api/estimate.hpp"
#include "api/handlers/field_backfill.hpp"
#include "api/handlers/handlers.hpp"
#include "api/handlers/log_in.hpp"
#include "api/handlers/lookup.hpp"
#include "api/lost_access.hpp"
#include "api/problem.hpp"
#include "api/rehearsal.hpp"
#include "api/selection.hpp"
#include "api/views/views.hpp"
#include "api/waiting.hpp"

#include <algorithm>

namespace sluice::api {
namespace {

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json show_authentication(const Integration& integration, const std::vector<LostAccess>& lost) {
  Json tables = Json::array();
  for (const Json& kept : integration.account_facts.at("tables")) {
    tables.push_back({{"table", kept.at("table")},
                      {"access", kept.at("access")},
                      {"missing_scope", text_or_null(kept.value("scope", ""))},
                      {"detail", text_or_null(kept.value("detail", ""))}});
  }
  return {{"integration", integration.id.str()},
          {"account", show_account(integration)},
          {"tables", std::move(tables)},
          {"warnings", show_lost_access(lost)}};
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Json show_catalog_table(const Catalogue& catalogue, const Table& table, const Integration& integration) {
  Json shown = show_table(catalogue, table);
  const auto selected = std::find_if(integration.selection.begin(), integration.selection.end(),
                                     [&](const SelectedTable& each) { return each.name == table.name; });
  const bool is_selected = selected != integration.selection.end();
  for (Json& field : shown["fields"]) field["selected"] = is_selected && contains(selected->fields, field["name"]);
  const KeptAccess kept = kept_access(integration.account_facts, table.name);
  shown["access"] = kept.access;
  shown["missing_scope"] = text_or_null(kept.scope);
  shown["detail"] = text_or_null(kept.detail);
  shown["selected"] = is_selected;
  const Estimate alone = estimate_load(catalogue, {{table.name, {}}}, integration.account_facts);
  shown["estimated_rows"] = kept.rows ? Json(*kept.rows) : Json(nullptr);
  shown["estimated_calls"] = alone.tables.front().calls ? Json(*alone.tables.front().calls) : Json(nullptr);
  return shown;
}

}  // namespace

Task<HttpResponse> authenticate(const ApiContext& context, const Call& call) {
  const Integration integration = co_await integration_in_path(context, call);
  Connector& connector = usable_connector(context, integration.connector);
  const Credentials credentials = connector.parse_credentials(call.body);
  if (!integration.account.empty() && credentials.account != integration.account) {
    throw Error(ErrorKind::conflict, "integration.different_store",
                "these credentials belong to \"" + quote_outside_text(credentials.account, 80) +
                    "\", the integration to \"" + integration.account + "\"");
  }
  const Account account = co_await log_in(context, connector, credentials);
  const Json facts = account_facts(account);
  const auto lost = lost_access(integration.account_facts, facts, integration.selection);
  const auto changed = co_await context.pool.run([&] {
    return context.integrations.set_credentials(integration.id, credentials.account, credentials.client_id,
                                                credentials.access_token, facts);
  });
  for (const LostAccess& each : lost)
    call.log.warn("a table cannot be read any more", {{"table", each.table}, {"scope", each.scope}});
  context.wake_scheduler();
  co_return tagged_answer(call, 200, show_authentication(changed, lost), changed.generation);
}

Task<HttpResponse> get_catalog(const ApiContext& context, const Call& call) {
  const Integration integration = co_await integration_in_path(context, call);
  if (integration.account.empty()) {
    throw Error(ErrorKind::conflict, "integration.not_authenticated",
                "what the account may read is known after authentication");
  }
  const Catalogue& catalogue = connector_of(context, integration).catalogue();
  Json tables = Json::array();
  for (const Table& table : catalogue.tables()) tables.push_back(show_catalog_table(catalogue, table, integration));
  // Before anything is chosen, of what is recommended.
  const auto selection = integration.selection.empty()
                             ? resolve_selection(catalogue, {{"tables", "recommended"}}, integration.account_facts)
                             : integration.selection;
  const Json estimate = show_estimate(estimate_load(catalogue, selection, integration.account_facts));
  co_return answer(200, {{"integration", integration.id.str()}, {"tables", std::move(tables)}, {"estimate", estimate}});
}

Task<HttpResponse> get_selection(const ApiContext& context, const Call& call) {
  const Integration integration = co_await integration_in_path(context, call);
  co_return tagged_answer(call, 200, show_selection(integration), integration.generation);
}

Task<HttpResponse> put_selection(const ApiContext& context, const Call& call) {
  const Integration integration = co_await integration_in_path(context, call);
  const ExpectedGeneration expected = expected_generation(call, integration.generation);
  const Catalogue& catalogue = connector_of(context, integration).catalogue();
  const auto selection = resolve_selection(catalogue, call.body, integration.account_facts);
  const Backfill backfill = backfill_in(call);
  const auto changed = co_await context.pool.run([&] {
    check_can_fill(context, integration, selection, backfill);
    return context.integrations.set_selection(integration.id, selection, expected, backfill);
  });
  context.wake_scheduler();
  co_return tagged_answer(call, 200, show_selection(changed), changed.generation);
}

Task<HttpResponse> get_target(const ApiContext& context, const Call& call) {
  const Integration integration = co_await integration_in_path(context, call);
  const auto name = co_await context.pool.run([&] { return destination_name(context, integration); });
  co_return tagged_answer(call, 200, show_target(integration, name), integration.generation);
}

Task<HttpResponse> put_target(const ApiContext& context, const Call& call) {
  const Integration integration = co_await integration_in_path(context, call);
  const ExpectedGeneration expected = expected_generation(call, integration.generation);
  const std::string wanted = *call.text("destination");
  const std::string schema = Identifier::parse_schema(call.text("schema").value_or("public"))->str();
  const auto record = co_await context.pool.run([&] { return context.destinations.find(wanted); });
  if (!record) {
    throw body_refusal({Problem{"/destination", "unknown_destination",
                                "there is no destination \"" + quote_outside_text(wanted, 80) + "\""}});
  }
  const auto changed = co_await context.pool.run(
      [&] { return context.integrations.set_destination(integration.id, record->id, schema, expected); });
  co_return tagged_answer(call, 200, show_target(changed, record->name), changed.generation);
}

Task<HttpResponse> get_setup(const ApiContext& context, const Call& call) {
  const Integration integration = co_await integration_in_path(context, call);
  const bool has_default = co_await context.pool.run([&] { return default_destination(context).has_value(); });
  Json steps = Json::array();
  Json missing = Json::array();
  Json next = nullptr;
  for (const SetupStep& step : setup_steps(integration, has_default)) {
    steps.push_back({{"step", step.name},
                     {"done", step.done},
                     {"method", step.method},
                     {"path", step.path},
                     {"detail", step.detail}});
    if (step.done) continue;
    if (next.is_null()) next = step.name;
    if (step.name != "confirm") missing.push_back(step.name);
  }
  co_return answer(200, {{"integration", integration.id.str()},
                         {"state", show_integration(integration, "").at("state")},
                         {"next_step", std::move(next)},
                         {"missing", std::move(missing)},
                         {"steps", std::move(steps)}});
}

Task<HttpResponse> confirm(const ApiContext& context, const Call& call) {
  const Integration found = co_await integration_in_path(context, call);
  const Connector& connector = connector_of(context, found);
  if (context.rehearsal != nullptr) {
    context.rehearsal->estimate =
        show_estimate(estimate_load(connector.catalogue(), found.selection, found.account_facts));
  }
  const auto work = [&] {
    const Integration draft = complete_draft(context, found);
    OpenDestination destination = open_destination(context, connector, draft);
    auto confirmed = confirm_draft(context, draft, destination);
    return std::pair(destination_name(context, confirmed.integration), std::move(confirmed));
  };
  auto [target_name, confirmed] = co_await context.pool.run(work);
  context.wake_scheduler();
  const Run run = co_await wait_for_run(context, call, confirmed.run);
  if (!run.open) {
    const auto seen = co_await context.pool.run([&] { return context.integrations.find(found.id.str()); });
    if (seen) confirmed.integration = *seen;
  }
  Json body = show_integration(confirmed.integration, target_name);
  body["run"] = show_run(run);
  co_return run_answer(call, run, body, 202);
}

}  // namespace sluice::api
