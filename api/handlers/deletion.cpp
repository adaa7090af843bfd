// DELETE of an integration. Nothing new starts from its first step on; a run under way is given some seconds to notice.
// Repeating the request takes up where the last one stopped.

#include "api/handlers/deletion.hpp"

#include "api/confirmation.hpp"
#include "api/handlers/handlers.hpp"
#include "api/handlers/lookup.hpp"
#include "api/problem.hpp"

namespace sluice::api {
namespace {

using namespace std::chrono_literals;

constexpr Duration longest_wait = 10s;
constexpr Duration pause_between_looks = 200ms;

void check_confirmation(const Call& call, const Integration& integration) {
  if (call.text("confirm_name").value_or("") == integration.name) return;
  throw refusal("wrong_confirmation",
                "data=drop removes the tables at the destination: send confirm_name with \"" + integration.name + "\"",
                {Problem{"/confirm_name", "wrong_confirmation", "must be \"" + integration.name + "\""}});
}

/// Blocks.
bool has_open_run(const ApiContext& context, const IntegrationId& id) {
  const auto runs = context.queue.list_runs(id, {1, std::nullopt});
  return !runs.items.empty() && runs.items.front().open;
}

/// False while a run still holds its lease. Blocks.
bool finish(const ApiContext& context, const IntegrationId& id) {
  try {
    context.integrations.finish_delete(id);
    return true;
  } catch (const Error& error) {
    if (error.code() != "integration.run_open") throw;
    return false;
  }
}

/// Tables go before the integration does, so that a destination that fails can be tried again. Only a run whose owner
/// died is closed by finishing; its tables go afterwards. Blocks.
bool finish_with_tables(const ApiContext& context, const Connector& connector, const Integration& integration) {
  if (!has_open_run(context, integration.id)) {
    drop_tables(context, connector, integration);
    return finish(context, integration.id);
  }
  if (!finish(context, integration.id)) return false;
  drop_tables(context, connector, integration);
  return true;
}

Task<void> wait_for_the_run(const ApiContext& context, const IntegrationId& id) {
  // Nobody hears of a rehearsed deletion, so no run would give way to it.
  if (context.rehearsal != nullptr) co_return;
  const SteadyTime until = context.clock.steady_now() + longest_wait;
  while (context.clock.steady_now() < until) {
    const bool is_open = co_await context.pool.run([&] { return has_open_run(context, id); });
    if (!is_open) co_return;
    co_await context.clock.sleep(pause_between_looks);
  }
}

}  // namespace

Task<bool> remove_integration(const ApiContext& context, const Integration& integration, ExpectedGeneration expected,
                              TablesLeft tables) {
  const Connector& connector = connector_of(context, integration);
  co_await context.pool.run([&] { context.integrations.begin_delete(integration.id, expected); });
  context.wake_scheduler();
  co_await wait_for_the_run(context, integration.id);
  co_return co_await context.pool.run([&] {
    return tables == TablesLeft::dropped ? finish_with_tables(context, connector, integration)
                                         : finish(context, integration.id);
  });
}

Task<HttpResponse> delete_integration(const ApiContext& context, const Call& call) {
  const Integration integration = co_await integration_in_path(context, call);
  const ExpectedGeneration expected = expected_generation(call, integration.generation);
  const bool drops = call.parameter("data").value_or("keep") == "drop";
  if (drops) check_confirmation(call, integration);
  if (drops && integration.destination) {
    // A destination that cannot be reached is told before anything is given up.
    co_await context.pool.run([&] {
      const auto record = context.destinations.find(integration.destination->str());
      if (record) DestinationConnection::open(context.address_of(*record));
    });
  }
  const bool is_gone =
      co_await remove_integration(context, integration, expected, drops ? TablesLeft::dropped : TablesLeft::kept);
  HttpResponse response;
  response.status = 204;
  if (!is_gone) {
    // The run's owner does not let go: the request may be repeated until it does.
    const auto leaving = co_await context.pool.run([&] { return context.integrations.find(integration.id.str()); });
    response = integration_answer(call, 202, leaving.value_or(integration), "");
    response.headers.set("Location", "/v1/integrations/" + integration.id.str());
    response.headers.set("Retry-After", "15");
  }
  co_return response;
}

}  // namespace sluice::api
