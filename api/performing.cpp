#include "api/performing.hpp"

#include "api/operation.hpp"
#include "api/problem.hpp"
#include "api/rehearsal.hpp"
#include "api/subject.hpp"

#include <algorithm>

namespace sluice::api {
namespace {

constexpr std::string_view key_header = "Idempotency-Key";
constexpr std::size_t longest_key = 255;

/// The integration of the path, while it is still there.
Task<std::optional<IntegrationId>> integration_of(const ApiContext& context, const Call& call) {
  const auto named = std::find_if(call.path_values.begin(), call.path_values.end(),
                                  [](const auto& value) { return value.first == "integration"; });
  if (named == call.path_values.end()) co_return std::nullopt;
  const auto found = co_await context.pool.run([&] { return context.integrations.find(named->second); });
  if (!found) co_return std::nullopt;
  co_return found->id;
}

void name_object(AuditEvent& event, const Subject& subject) {
  event.object_kind = subject.kind();
  event.object_id = subject.name();
  const Json& shown = event.after.is_null() ? event.before : event.after;
  if (subject.is_whole() && shown.is_object() && shown.contains("id") && shown["id"].is_string())
    event.object_id = shown["id"].get<std::string>();
  if (event.object_kind != "integration") return;
  if (event.integration && !subject.is_whole()) event.object_id = event.integration->str();
  if (subject.is_whole()) event.integration = IntegrationId(event.object_id);
}

/// What an answer warns of belongs on record, too.
void keep_warnings(const HttpResponse& response, AuditEvent& event) {
  const Json body = Json::parse(response.body, nullptr, false);
  if (!body.is_object() || !event.after.is_object()) return;
  const auto warnings = body.find("warnings");
  if (warnings != body.end() && warnings->is_array() && !warnings->empty()) event.after["warnings"] = *warnings;
}

Task<void> append(const ApiContext& context, const Call& call, const std::optional<Subject>& subject,
                  const HttpResponse& response, AuditEvent& event) {
  if (subject) {
    event.after = co_await read_subject(context, call, *subject);
    keep_warnings(response, event);
    name_object(event, *subject);
  }
  co_await context.pool.run([&] { context.events.append(event); });
}

/// A handler is several transactions, with calls to a source or a destination between them, so no single one could hold
/// the write and its event. The event is kept after the last and before the answer goes out; when that fails, the log
/// has it instead, as an error.
Task<HttpResponse> record(const ApiContext& context, const Call& call) {
  AuditEvent event;
  event.action = operation_id(routes(), *call.route);
  event.integration = co_await integration_of(context, call);
  event.token = call.token->id;
  event.token_name = call.token->name;
  event.request_id = call.request_id;
  event.client = call.peer;
  const auto named = subject_of(routes(), call.target.path);
  if (named) event.before = co_await read_subject(context, call, *named);

  HttpResponse response = co_await call.route->handler(context, call);
  if (response.status / 100 != 2) co_return response;

  const auto subject = subject_of(routes(), call, response);
  if (response.status == 201) event.before = nullptr;
  auto appending = append(context, call, subject, response, event);
  const auto appended = co_await attempt(std::move(appending));
  if (!appended) {
    const Error error = to_error(appended.failure());
    call.log.error(
        "a write could not be put on record",
        {{"action", event.action}, {"object", event.object_id}, {"code", error.code()}, {"detail", error.message()}});
  }
  co_return response;
}

std::optional<std::string> key_of(const Call& call) {
  const auto given = call.request.headers.find(key_header);
  if (!given || call.request.method != "POST") return std::nullopt;
  const bool is_visible = std::all_of(given->begin(), given->end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  if (given->empty() || given->size() > longest_key || !is_visible)
    throw refusal("invalid_idempotency_key", "Idempotency-Key must be 1 to 255 printable ASCII characters");
  return std::string(*given);
}

/// What asks to be repeated is not kept: the repetition would get it again for a day.
bool is_worth_keeping(const HttpResponse& response) { return response.status < 500 && response.status != 429; }

Task<void> settle(const ApiContext& context, const KeyedRequest& request, const IdempotencyKeys::Claim& claim,
                  const HttpResponse& response) {
  co_await context.pool.run([&] {
    if (is_worth_keeping(response)) {
      context.idempotency_keys.keep(request, claim, response);
    } else {
      context.idempotency_keys.release(request, claim);
    }
  });
}

Task<HttpResponse> do_once(const ApiContext& context, const Call& call, KeyedRequest request) {
  using Standing = IdempotencyKeys::Standing;
  auto claim = co_await context.pool.run([&] { return context.idempotency_keys.claim(request); });
  if (claim.standing == Standing::running)
    throw refusal("idempotency_key_in_use", "the first request under this Idempotency-Key is not answered yet");
  if (claim.standing == Standing::other)
    throw refusal("idempotency_key_reused", "this Idempotency-Key came with another method, path or body before");
  if (claim.standing == Standing::answered) {
    claim.answer.headers.set("Idempotency-Replayed", "true");
    co_return std::move(claim.answer);
  }
  auto work = record(context, call);
  auto outcome = co_await attempt(std::move(work));
  HttpResponse response;
  if (outcome) {
    response = outcome.value();
  } else {
    response = problem_answer(to_error(outcome.failure()), call.request_id);
  }
  auto settling = settle(context, request, claim, response);
  auto settled = co_await attempt(std::move(settling));
  if (!settled) {
    const Error error = to_error(settled.failure());
    call.log.error("an answer could not be kept under its Idempotency-Key",
                   {{"code", error.code()}, {"detail", error.message()}});
  }
  co_return std::move(outcome).take();
}

}  // namespace

Task<HttpResponse> perform(const ApiContext& context, const Call& call) {
  if (call.route->can_rehearse && call.flag("dry_run")) co_return co_await rehearse(context, call);
  const bool plans_itself = !call.route->plan.empty() && call.flag("dry_run");
  if (!call.token || plans_itself || !is_write(*call.route)) co_return co_await call.route->handler(context, call);
  if (const auto key = key_of(call)) {
    KeyedRequest request{call.token->id, *key, call.request.method, call.request.target, call.request.body};
    co_return co_await do_once(context, call, std::move(request));
  }
  co_return co_await record(context, call);
}

}  // namespace sluice::api
