#include "api/api.hpp"

#include "api/admission.hpp"
#include "api/call.hpp"
#include "api/deprecation.hpp"
#include "api/etag.hpp"
#include "api/handlers/handlers.hpp"
#include "api/json_body.hpp"
#include "api/media.hpp"
#include "api/operation.hpp"
#include "api/performing.hpp"
#include "api/problem.hpp"
#include "api/rate_limits.hpp"
#include "api/shapes.hpp"

#include <algorithm>

namespace sluice {
namespace {

using namespace api;

// Parsing more than this would hold up everything else on the io thread.
constexpr std::size_t parsed_in_place = 64 * 1024;

struct RefusedStatus {
  int status;
  std::string_view code;
};
constexpr RefusedStatus refused_statuses[] = {{400, "bad_request"},
                                              {408, "request_timeout"},
                                              {413, "body_too_large"},
                                              {431, "headers_too_large"},
                                              {503, "unavailable"}};

bool is_safe_id(std::string_view text) {
  constexpr std::string_view safe = "-_.:/+=@";
  const auto fits = [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           safe.find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), fits);
}

std::string request_id_of(const HttpRequest& request, Time now) {
  const auto given = request.headers.find("X-Request-Id");
  return given && is_safe_id(*given) ? std::string(*given) : "req_" + make_ulid(now);
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const auto& word : words) all.append(all.empty() ? "" : ", ").append(word);
  return all;
}

bool asks_source(const Call& call) {
  if (call.route->source != SourceUse::when_confirmed) return call.route->source == SourceUse::always;
  return std::any_of(call.target.query.begin(), call.target.query.end(),
                     [](const auto& item) { return item.first == "confirm" && item.second != "false"; });
}

void check_scope(const Route& route, const Token& token) {
  if (token.scope >= *route.scope) return;
  throw refusal("scope_needed", "this needs a token of the scope " + std::string(to_string(*route.scope)) +
                                    "; yours has " + std::string(to_string(token.scope)));
}

void choose_answer_media(Call& call) {
  call.media = choose_media(call.request.headers.find("Accept").value_or(""), call.route->media);
  if (call.media.empty()) {
    // Clients that accept problems only still want to hear of one.
    throw refusal("not_acceptable", "the route answers " + std::string(call.route->media.front()));
  }
}

void check_headers(const Call& call) {
  const Headers& headers = call.request.headers;
  const bool has_body = !call.request.body.empty();
  if (has_body && !call.route->body.empty() && !is_json_media(headers.find("Content-Type").value_or(""))) {
    throw refusal("unsupported_media_type", "the body must be application/json");
  }
  if (call.route->precondition == Precondition::if_match && !headers.find("If-Match")) {
    throw refusal("precondition_required",
                  "the request needs If-Match: the ETag that was read, or * to overwrite whatever is there");
  }
}

void check_body(const Call& call) {
  std::vector<Problem> problems;
  check(find_shape(call.route->body), call.body, "", problems);
  if (!problems.empty()) throw body_refusal(std::move(problems));
}

/// What has no generation is compared as a whole, so that whoever polls it is spared the same text again. A weak tag
/// that is there spares reading a text that never changes.
void answer_conditionally(const HttpRequest& request, HttpResponse& response) {
  const auto given = response.headers.find("ETag");
  if (response.status != 200 || (given && !given->starts_with("W/"))) return;
  if (response.headers.find("Content-Type").value_or("") != "application/json") return;
  const std::string tag = given ? std::string(*given) : weak_etag_of(response.content());
  const auto known = request.headers.find("If-None-Match");
  if (known && fits_if_none_match(*known, tag)) response = {304, {}, ""};
  response.headers.set("ETag", tag);
  response.headers.set("Cache-Control", "private, no-cache");
}

/// What HEAD is told: everything but the body, its length included.
void leave_out_body(HttpResponse& response) {
  if (response.stream) return;  // it has no length, and nobody will ask it for its pieces
  response.headers.set("Content-Length", std::to_string(response.content().size()));
  response.body.clear();
  response.shared_body.reset();
}

void add_common_headers(HttpResponse& response, const std::string& request_id) {
  response.headers.set("X-Request-Id", request_id);
  response.headers.set("X-Content-Type-Options", "nosniff");
  if (!response.headers.find("Cache-Control")) response.headers.set("Cache-Control", "no-store");
}

/// What is known of a request apart from its answer, however that comes about.
struct Exchange {
  std::string request_id;
  std::string peer;
  const Route* route = nullptr;
  std::optional<RateStanding> standing = {};
};

void add_headers(const Exchange& exchange, HttpResponse& response) {
  if (exchange.standing) add_rate_headers(*exchange.standing, response.headers);
  if (exchange.route != nullptr) add_deprecation(*exchange.route, response.headers);
  add_common_headers(response, exchange.request_id);
}

}  // namespace

struct Api::State {
  ApiContext context;
  Log log;
  Admission admission;
  RateLimits rates;
  StreamSlots streams;

  State(ApiContext given, Log to)
      : context(std::move(given)),
        log(std::move(to)),
        admission(context.pool, context.clock, context.tokens),
        rates(context.clock, context.limits),
        streams(context.stream_limits) {
    context.streams = &streams;
  }

  Task<HttpResponse> respond(HttpRequest request, Exchange& exchange);
  Task<HttpResponse> run(Call& call, Exchange& exchange);
};

Task<HttpResponse> Api::State::respond(HttpRequest request, Exchange& exchange) {
  auto target = parse_target(request.target);
  if (!target || !target->path.starts_with('/'))
    throw refusal("bad_request", "the target is no path with a percent-encoded query");
  Match matched = match(routes(), request.method, target->path);
  if (matched.allowed.empty()) throw refusal("not_found", "there is no such path; GET /openapi.json lists them all");
  if (request.method == "OPTIONS") {
    HttpResponse response;
    response.status = 204;
    response.headers.set("Allow", joined(matched.allowed));
    co_return response;
  }
  if (matched.route == nullptr) {
    HttpResponse response = problem_answer(*find_problem("method_not_allowed"),
                                           "the path takes " + joined(matched.allowed), {}, exchange.request_id);
    response.headers.set("Allow", joined(matched.allowed));
    co_return response;
  }
  exchange.route = matched.route;
  Call call{matched.route,
            std::move(request),
            *std::move(target),
            std::move(matched.values),
            Json::object(),
            std::nullopt,
            {},
            log.with({{"request_id", exchange.request_id}}),
            exchange.request_id,
            exchange.peer};
  HttpResponse response = co_await run(call, exchange);
  if (call.route->method == "GET") answer_conditionally(call.request, response);
  if (call.request.method == "HEAD") leave_out_body(response);
  co_return response;
}

Task<HttpResponse> Api::State::run(Call& call, Exchange& exchange) {
  if (call.route->scope) {
    call.token = co_await admission.admit(call.request, exchange.peer);
    call.log = call.log.with({{"token", call.token->id.str()}});
    exchange.standing = rates.count(call.token->id, asks_source(call));
    if (exchange.standing && exchange.standing->retry_after)
      co_return too_many_requests(*exchange.standing->retry_after, exchange.request_id);
    check_scope(*call.route, *call.token);
  }
  if (is_write(*call.route) && context.stop.is_asked())
    throw refusal("draining", "the daemon is stopping and takes no more changes");
  choose_answer_media(call);
  check_query(*call.route, call.target);
  check_headers(call);
  if (!call.route->body.empty()) {
    if (call.request.body.size() > parsed_in_place) {
      call.body = co_await context.pool.run([&] { return parse_body(call.request.body); });
    } else {
      call.body = parse_body(call.request.body);
    }
    check_body(call);
  } else if (call.request.body.size() > body_limit) {
    throw refusal("body_too_large", "the body has more than 1 MiB");
  }
  HttpResponse response = co_await perform(context, call);
  if (call.route->handler == revoke_token) admission.forget_tokens();
  co_return response;
}

Api::Api(ApiContext context, Log log) : state_(std::make_unique<State>(std::move(context), std::move(log))) {}
Api::~Api() = default;

Task<HttpResponse> Api::handle(HttpRequest request, std::string peer_address) {
  const SteadyTime begin = state_->context.clock.steady_now();
  Exchange exchange{request_id_of(request, state_->context.clock.now()), std::move(peer_address)};
  const std::string method = request.method;
  auto work = state_->respond(std::move(request), exchange);
  auto outcome = co_await attempt(std::move(work));
  HttpResponse response;
  const std::string route_path(exchange.route == nullptr ? "" : exchange.route->path);
  LogFields fields{{"request_id", exchange.request_id},
                   {"method", quote_outside_text(method, 20)},
                   {"route", route_path},
                   {"peer", exchange.peer}};
  if (outcome) {
    response = std::move(outcome).value();
  } else {
    const Error error = to_error(outcome.failure());
    response = problem_answer(error, exchange.request_id);
    if (method == "HEAD") leave_out_body(response);
    fields.emplace_back("code", error.code());
    if (response.status >= 500)
      state_->log.error("a request failed",
                        {{"request_id", exchange.request_id}, {"code", error.code()}, {"detail", error.message()}});
  }
  add_headers(exchange, response);
  const auto taken = std::chrono::duration_cast<Duration>(state_->context.clock.steady_now() - begin);
  fields.emplace_back("status", response.status);
  fields.emplace_back("milliseconds", taken.count());
  const bool is_probe = route_path == "/livez" || route_path == "/readyz";
  if (is_probe) {
    state_->log.debug("request", fields);
  } else {
    state_->log.info("request", fields);
  }
  co_return response;
}

HttpResponse Api::refuse(int status) const {
  const std::string request_id = request_id_of({}, state_->context.clock.now());
  const auto* known = std::find_if(std::begin(refused_statuses), std::end(refused_statuses),
                                   [&](const auto& each) { return each.status == status; });
  const std::string_view code = known == std::end(refused_statuses) ? "bad_request" : known->code;
  HttpResponse response = problem_answer(*find_problem(code), "", {}, request_id);
  add_common_headers(response, request_id);
  return response;
}

}  // namespace sluice
