#include "connectors/bigcommerce/login.hpp"

#include "connectors/rest/governor.hpp"
#include "connectors/rest/parent_record.hpp"
#include "connectors/rest/record_count.hpp"
#include "connectors/rest/target.hpp"
#include "connectors/rest/verdict.hpp"
#include "core/error.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

namespace sluice {
namespace {

namespace asio = boost::asio;

struct Probe {
  const Table* table = nullptr;
  TableAccess access{};
  bool token_refused = false;
};

Error auth_failed(const std::string& store) {
  return {ErrorKind::auth, "source.auth_failed",
          "BigCommerce refused the access token for store " + store +
              ": check that the store hash and the token come from the same API account, that the token was copied "
              "whole, and "
              "that the account was not deleted"};
}

Task<HttpResponse> get(HttpClient& http, std::string target) {
  HttpRequest request;
  request.target = std::move(target);
  co_return co_await http.send(std::move(request));
}

/// The first call: whatever keeps it from an answer keeps everything from one.
Task<void> greet(const Login& login) {
  auto outcome = co_await attempt(get(login.http, login.base_path + "/v2/time"));
  if (!outcome) {
    const Error error = to_error(outcome.failure());
    if (error.kind() != ErrorKind::transient) throw error;
    throw Error(ErrorKind::transient, "source.unreachable", "BigCommerce cannot be reached: " + error.message());
  }
  const Verdict verdict = judge(outcome.value());
  if (verdict.action == Action::use || verdict.action == Action::end) co_return;
  if (verdict.action == Action::wait) {
    throw Error(ErrorKind::throttled, verdict.code, "the store's request quota is used up; try again in a minute");
  }
  // The time needs no scope: to be forbidden or unknown means that token and store do not belong together.
  const bool is_refused =
      verdict.kind == ErrorKind::auth || verdict.kind == ErrorKind::missing || verdict.code == "source.scope_missing";
  if (is_refused) throw auth_failed(login.store);
  if (verdict.action == Action::retry && verdict.kind == ErrorKind::transient) {
    throw Error(ErrorKind::transient, "source.unreachable",
                "BigCommerce does not answer as it should: " + verdict.detail);
  }
  throw Error(verdict.kind, verdict.code, verdict.detail);
}

std::string text_at(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Pleasant to know, but nothing depends on it: a token without the scope for it still reads tables.
Task<Account> read_store(const Login& login) {
  Account account;
  account.name = login.store;
  auto outcome = co_await attempt(get(login.http, login.base_path + "/v2/store"));
  if (!outcome) co_return account;
  const Verdict verdict = judge(outcome.value());
  if (verdict.kind == ErrorKind::auth && verdict.action == Action::fail) throw auth_failed(login.store);
  if (verdict.action != Action::use) co_return account;
  const Json store = Json::parse(outcome.value().body, nullptr, false);
  if (!store.is_object()) co_return account;
  if (const auto quota = read_quota(outcome.value().headers); quota && quota->window > Duration{0})
    account.calls_per_minute = quota->quota * (std::chrono::minutes(1) / quota->window);
  if (auto name = text_at(store, "name"); !name.empty()) account.name = std::move(name);
  account.plan = text_at(store, "plan_name");
  account.currency = text_at(store, "currency");
  account.time_zone = text_at(store, "timezone");
  if (const auto zone = store.find("timezone"); zone != store.end() && zone->is_object()) {
    account.time_zone = text_at(*zone, "name");
  }
  co_return account;
}

/// Does not throw, so that one table's trouble is not another's.
Task<void> probe(const Login& login, Probe& probe) {
  const Paging& paging = probe.table->paging;
  QueryParameters one;
  Table table = *probe.table;
  // Whether a parent of that number is there is of no interest: without the scope, nobody is told.
  if (table.is_per_parent()) fill_in(table, "1", "1");
  if (paging.kind != PagingKind::single && !paging.size_parameter.empty()) one.emplace_back(paging.size_parameter, "1");
  auto outcome = co_await attempt(get(login.http, request_target(login.base_path, table, {}, one)));
  if (!outcome) {
    probe.access.access = Access::failed;
    probe.access.detail = to_error(outcome.failure()).message();
    co_return;
  }
  const Verdict verdict = judge(outcome.value());
  if (verdict.action == Action::end) probe.access.rows = 0;
  if (verdict.action == Action::use && !table.count_path.empty()) {
    probe.access.rows = co_await ask_count(login.http, login.base_path + table.count_path);
  } else if (verdict.action == Action::use && paging.kind != PagingKind::single) {
    probe.access.rows = total_in(outcome.value().body);
  }
  if (verdict.action == Action::use || verdict.action == Action::end) co_return;
  if (table.is_per_parent() && verdict.kind == ErrorKind::missing) co_return;
  probe.token_refused = verdict.kind == ErrorKind::auth;
  if (verdict.code == "source.scope_missing") {
    probe.access.access = Access::denied;
    probe.access.scope = probe.table->scopes.empty() ? std::string() : probe.table->scopes.front();
    co_return;
  }
  probe.access.access = Access::failed;
  probe.access.detail = verdict.detail;
}

/// All at the same time, as far as the governor lets them.
Task<void> probe_all(const Login& login, std::span<Probe> probes) {
  using namespace asio::experimental::awaitable_operators;
  if (probes.empty()) co_return;
  if (probes.size() == 1) {
    co_await probe(login, probes.front());
    co_return;
  }
  const auto half = probes.size() / 2;
  co_await (probe_all(login, probes.first(half)) && probe_all(login, probes.subspan(half)));
}

/// The table whose list call shows whether `table` may be read.
const Table& probed_for(const Catalogue& catalogue, const Table& table) {
  const Table* at = &table;
  while (const Table* parent = catalogue.parent_of(*at)) {
    if (at->is_per_parent() && at->scopes != parent->scopes) break;
    at = parent;
  }
  return *at;
}

std::vector<Probe> probes_of(const Catalogue& catalogue) {
  std::vector<Probe> probes;
  for (const Table& table : catalogue.tables()) {
    const Table* probed = &probed_for(catalogue, table);
    if (std::ranges::find(probes, probed, &Probe::table) == probes.end()) probes.push_back({probed});
  }
  return probes;
}

}  // namespace

Task<Account> log_in(Login login) {
  co_await greet(login);
  Account account = co_await read_store(login);
  std::vector<Probe> probes = probes_of(login.catalogue);
  co_await probe_all(login, probes);
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  if (cancellation.cancelled() != asio::cancellation_type::none) {
    throw Error(ErrorKind::cancelled, "task.cancelled", "the login was cancelled");
  }

  for (const Table& table : login.catalogue.tables()) {
    const auto shown = std::find_if(probes.begin(), probes.end(),
                                    [&](const Probe& p) { return p.table == &probed_for(login.catalogue, table); });
    if (shown->token_refused) throw auth_failed(login.store);
    TableAccess access = shown->access;
    // The list's length is that of its own table.
    if (shown->table != &table) access.rows.reset();
    access.table = table.name;
    account.tables.push_back(std::move(access));
  }
  co_return account;
}

}  // namespace sluice
