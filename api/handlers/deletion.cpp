// DELETE of an integration. Nothing new starts from its first step on; a run under way stops, and then the integration
// goes, here if the caller waits that long, else by itself.

#include "api/handlers/deletion.hpp"

#include "api/confirmation.hpp"
#include "api/handlers/handlers.hpp"
#include "api/handlers/lookup.hpp"
#include "api/problem.hpp"
#include "api/waiting.hpp"
#include "scheduler/remover.hpp"

namespace sluice::api {
namespace {

using namespace std::chrono_literals;

constexpr Duration pause_between_looks = 200ms;

void check_confirmation(const Call& call, const Integration& integration) {
  if (call.text("confirm_name").value_or("") == integration.name) return;
  throw refusal("wrong_confirmation",
                "data=drop removes the tables at the destination: send confirm_name with \"" + integration.name + "\"",
                {Problem{"/confirm_name", "wrong_confirmation", "must be \"" + integration.name + "\""}});
}

/// False while a run still holds its lease. Blocks.
bool finish_rehearsed(const ApiContext& context, const Integration& integration, TablesLeft tables) {
  if (tables == TablesLeft::dropped) drop_tables(context, connector_of(context, integration), integration);
  try {
    context.integrations.finish_delete(integration.id);
    return true;
  } catch (const Error& error) {
    if (error.code() != "integration.run_open") throw;
    return false;
  }
}

/// Blocks. It may as well have been another daemon.
bool is_gone_now(const ApiContext& context, const IntegrationId& id) {
  const RemovalContext removal{context.integrations, context.destinations, context.connectors, context.address_of};
  return remove_next(removal, id, Log("remover")) == Removal::done || !context.integrations.find(id.str());
}

}  // namespace

Task<bool> remove_integration(const ApiContext& context, const Integration& integration, ExpectedGeneration expected,
                              TablesLeft tables, Duration wait) {
  co_await context.pool.run([&] { context.integrations.begin_delete(integration.id, expected, tables); });
  context.wake_scheduler();
  if (context.rehearsal != nullptr) {
    co_return co_await context.pool.run([&] { return finish_rehearsed(context, integration, tables); });
  }
  const SteadyTime until = context.clock.steady_now() + wait;
  while (true) {
    const bool is_gone = co_await context.pool.run([&] { return is_gone_now(context, integration.id); });
    if (is_gone || context.clock.steady_now() >= until || context.stop.is_asked()) co_return is_gone;
    co_await context.clock.sleep(pause_between_looks);
  }
}

Task<HttpResponse> delete_integration(const ApiContext& context, const Call& call) {
  const Integration integration = co_await integration_in_path(context, call);
  const ExpectedGeneration expected = expected_generation(call, integration.generation);
  const bool drops = call.parameter("data").value_or("keep") == "drop";
  if (drops) check_confirmation(call, integration);
  if (drops && integration.destination && !integration.deletion) {
    // A destination that cannot be reached is told before anything is given up.
    co_await context.pool.run([&] {
      const auto record = context.destinations.find(integration.destination->str());
      if (record) DestinationConnection::open(context.address_of(*record));
    });
  }
  const auto wait = preferred_wait(call.request.headers);
  const bool is_gone = co_await remove_integration(
      context, integration, expected, drops ? TablesLeft::dropped : TablesLeft::kept, wait.value_or(Duration(0)));
  HttpResponse response;
  response.status = 204;
  if (!is_gone) {
    const auto leaving = co_await context.pool.run([&] { return context.integrations.find(integration.id.str()); });
    response = integration_answer(call, 202, leaving.value_or(integration), "");
    response.headers.set("Location", "/v1/integrations/" + integration.id.str());
  }
  if (wait) response.headers.set("Preference-Applied", "wait=" + std::to_string(wait->count() / 1000));
  co_return response;
}

}  // namespace sluice::api
