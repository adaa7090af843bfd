#include "api/handlers/making.hpp"

#include "api/handlers/lookup.hpp"
#include "api/problem.hpp"
#include "api/views/views.hpp"
#include "api/waiting.hpp"

namespace sluice::api {

Credentials read_credentials(const Connector& connector, const Json& body, const std::string& pointer) {
  try {
    return connector.parse_credentials(body);
  } catch (const Error& error) {
    throw below_pointer(error, pointer);
  }
}

Task<void> check_name_is_free(const ApiContext& context, const std::string& name) {
  const auto found = co_await context.pool.run([&] { return context.integrations.find(name); });
  if (!found) co_return;
  throw Error(ErrorKind::conflict, "integration.name_taken",
              "there is an integration named \"" + found->name + "\" already");
}

Task<HttpResponse> made_answer(const ApiContext& context, const Call& call, Integration made, std::optional<Run> run) {
  if (run) {
    context.wake_scheduler();
    run = co_await wait_for_run(context, call, *std::move(run));
  }
  const auto target_name = co_await context.pool.run([&] {
    // What a run that closed meanwhile has made of it.
    if (run && !run->open) {
      if (auto seen = context.integrations.find(made.id.str())) made = *std::move(seen);
    }
    return destination_name(context, made);
  });
  HttpResponse response = integration_answer(call, 201, made, target_name);
  if (run) {
    Json body = show_integration(made, target_name);
    body["run"] = show_run(*run);
    response.body = body.dump();
  }
  response.headers.set("Location", "/v1/integrations/" + made.id.str());
  co_return response;
}

}  // namespace sluice::api
