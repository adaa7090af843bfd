#include "api/handlers/handlers.hpp"
#include "api/handlers/lookup.hpp"
#include "api/problem.hpp"
#include "api/views/views.hpp"
#include "core/time.hpp"

namespace sluice::api {
namespace {

/// A page of one that begins right before the id.
std::optional<Token> find_token(Tokens& tokens, const std::string& id) {
  if (!TokenId::matches(id)) return std::nullopt;
  auto listing = tokens.list({1, id + "~"});
  if (listing.items.empty() || listing.items.front().id.str() != id) return std::nullopt;
  return std::move(listing.items.front());
}

}  // namespace

Task<HttpResponse> list_tokens(const ApiContext& context, const Call& call) {
  const PageRequest page = call.page();
  const auto listing = co_await context.pool.run([&] { return context.tokens.list(page); });
  Json items = Json::array();
  for (const Token& token : listing.items) items.push_back(show_token(token));
  co_return list_answer(call, std::move(items), listing.next);
}

Task<HttpResponse> create_token(const ApiContext& context, const Call& call) {
  const auto name = *call.text("name");
  TokenScope scope{};
  parse(*call.text("scope"), scope);
  std::optional<Time> expires_at;
  if (const auto text = call.text("expires_at")) expires_at = parse_iso8601(*text);
  if (expires_at && *expires_at <= context.clock.now()) {
    throw body_refusal({{"/expires_at", "out_of_range", "must lie in the future"}});
  }
  const auto made = co_await context.pool.run([&] { return context.tokens.create(name, scope, expires_at); });
  call.log.info("token created", {{"made", made.token.id.str()}, {"scope", to_string(scope)}});
  Json body = show_token(made.token);
  body["token"] = made.text.reveal();
  HttpResponse response = answer(201, body);
  response.headers.set("Location", "/v1/tokens/" + made.token.id.str());
  co_return response;
}

Task<HttpResponse> get_token(const ApiContext& context, const Call& call) {
  const auto token = co_await context.pool.run([&] { return find_token(context.tokens, call.path("token")); });
  if (!token) throw not_found("token", call.path("token"));
  co_return answer(200, show_token(*token));
}

Task<HttpResponse> revoke_token(const ApiContext& context, const Call& call) {
  const TokenId id(call.path("token"));
  const bool was_there = co_await context.pool.run([&] { return context.tokens.revoke(id); });
  if (!was_there) throw not_found("token", id.str());
  call.log.info("token revoked", {{"revoked", id.str()}});
  HttpResponse response;
  response.status = 204;
  co_return response;
}

}  // namespace sluice::api
