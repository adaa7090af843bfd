#include "api/handlers/handlers.hpp"
#include "api/handlers/lookup.hpp"
#include "api/problem.hpp"
#include "api/views/views.hpp"

namespace sluice::api {
namespace {

/// RFC 7396, for the parameters: null removes.
Json merged(Json base, const Json& patch) {
  base.merge_patch(patch);
  return base;
}

/// The parameters' problems, seen from the body.
void check_parameters(const Json& parameters, const Secret& password) {
  try {
    parse_destination(parameters, password);
  } catch (const Error& error) {
    throw below_pointer(error, "/parameters");
  }
}

HttpResponse destination_answer(const Call& call, int status, const DestinationRecord& record) {
  return tagged_answer(call, status, show_destination(record), record.generation);
}

}  // namespace

Task<HttpResponse> list_destinations(const ApiContext& context, const Call& call) {
  const PageRequest page = call.page();
  const auto listing = co_await context.pool.run([&] { return context.destinations.list(page); });
  Json items = Json::array();
  for (const DestinationRecord& record : listing.items) items.push_back(show_destination(record));
  co_return list_answer(call, std::move(items), listing.next);
}

Task<HttpResponse> create_destination(const ApiContext& context, const Call& call) {
  const Json& parameters = *call.member("parameters");
  const Secret password(call.text("password").value_or(""));
  check_parameters(parameters, password);
  const auto name = *call.text("name");
  const auto record =
      co_await context.pool.run([&] { return context.destinations.create(name, parameters, password); });
  HttpResponse response = destination_answer(call, 201, record);
  response.headers.set("Location", "/v1/destinations/" + record.id.str());
  co_return response;
}

Task<HttpResponse> get_destination(const ApiContext& context, const Call& call) {
  const DestinationRecord record = co_await destination_in_path(context, call);
  co_return destination_answer(call, 200, record);
}

Task<HttpResponse> change_destination(const ApiContext& context, const Call& call) {
  const DestinationRecord record = co_await destination_in_path(context, call);
  const ExpectedGeneration expected = expected_generation(call, record.generation);
  const Json* patch = call.member("parameters");
  const Json parameters = patch == nullptr ? record.parameters : merged(record.parameters, *patch);
  std::optional<Secret> password;
  if (call.body.contains("password")) password = Secret(call.text("password").value_or(""));
  if (!record.embedded) check_parameters(parameters, password.value_or(Secret()));
  const auto changed = co_await context.pool.run([&] {
    // The merge was made with what was read: nothing else may have come between.
    return context.destinations.change(record.id, parameters, password, expected.value_or(record.generation));
  });
  co_return destination_answer(call, 200, changed);
}

Task<HttpResponse> delete_destination(const ApiContext& context, const Call& call) {
  const DestinationRecord record = co_await destination_in_path(context, call);
  const ExpectedGeneration expected = expected_generation(call, record.generation);
  co_await context.pool.run([&] { context.destinations.remove(record.id, expected); });
  HttpResponse response;
  response.status = 204;
  co_return response;
}

Task<HttpResponse> test_destination(const ApiContext& context, const Call& call) {
  const DestinationRecord record = co_await destination_in_path(context, call);
  const auto schema = *Identifier::parse_schema(call.text("schema").value_or("public"));
  const auto check =
      co_await context.pool.run([&] { return DestinationConnection::open(context.address_of(record))->check(schema); });
  co_return answer(200, show_check(check));
}

}  // namespace sluice::api
