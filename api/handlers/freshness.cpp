// The gate: whether what the destination holds is new enough to go on with.

#include "api/freshness.hpp"

#include "api/handlers/handlers.hpp"
#include "api/problem.hpp"
#include "api/views/views.hpp"
#include "core/nearest.hpp"
#include "core/setting_value.hpp"

#include <algorithm>

namespace sluice::api {
namespace {

Error unknown(std::string_view what, const std::string& name, const std::vector<std::string>& known) {
  return refusal("invalid_parameter", "there is no " + std::string(what) + " \"" + quote_outside_text(name, 80) + "\"" +
                                          did_you_mean(name, known));
}

/// Blocks.
IntegrationId named_integration(const ApiContext& context, const std::string& name) {
  if (const auto found = context.integrations.find(name)) return found->id;
  std::vector<std::string> known;
  for (const Integration& each : context.integrations.list({}, {500, std::nullopt}).items) known.push_back(each.name);
  throw unknown("integration", name, known);
}

/// Blocks.
std::vector<TableFreshness> matching_tables(const ApiContext& context, const std::vector<std::string>& integrations) {
  if (integrations.empty()) return table_freshness(context.database, std::nullopt);
  std::vector<TableFreshness> all;
  for (const std::string& name : integrations) {
    for (TableFreshness& table : table_freshness(context.database, named_integration(context, name)))
      all.push_back(std::move(table));
  }
  return all;
}

void keep_named(std::vector<TableFreshness>& tables, const std::vector<std::string>& names) {
  if (names.empty()) return;
  std::vector<std::string> known;
  for (const TableFreshness& table : tables) known.push_back(table.table);
  for (const std::string& name : names) {
    if (std::ranges::find(known, name) == known.end()) throw unknown("replicated table", name, known);
  }
  std::erase_if(tables,
                [&](const TableFreshness& table) { return std::ranges::find(names, table.table) == names.end(); });
}

std::int64_t in_seconds(Duration duration) { return std::chrono::floor<std::chrono::seconds>(duration).count(); }

Json seconds_or_null(const std::optional<Duration>& duration) {
  return duration ? Json(in_seconds(*duration)) : Json(nullptr);
}

Json show_unexpected(const TableFreshness& table, const FreshnessVerdict& verdict) {
  return {{"integration", table.integration_name},
          {"integration_id", table.integration.str()},
          {"table", table.table},
          {"age_seconds", seconds_or_null(verdict.age)}};
}

Json show_stale(const TableFreshness& table, const FreshnessVerdict& verdict) {
  return {{"integration", table.integration_name},
          {"integration_id", table.integration.str()},
          {"table", table.table},
          {"state", to_string(table.state)},
          {"last_replicated_at", or_null(table.last_replicated_at)},
          {"replicated_until", or_null(table.replicated_until)},
          {"age_seconds", seconds_or_null(verdict.age)},
          {"max_age_seconds", seconds_or_null(verdict.max_age)},
          {"reason", verdict.reason},
          {"error_code", table.last_error_code.empty() ? Json(nullptr) : Json(table.last_error_code)}};
}

Json show_freshness(const std::vector<TableFreshness>& tables, std::optional<Duration> max_age) {
  Json stale = Json::array();
  Json without_expectation = Json::array();
  for (const TableFreshness& table : tables) {
    const FreshnessVerdict verdict = judge_freshness(table, max_age, table.as_of);
    if (!verdict.is_fresh) {
      stale.push_back(show_stale(table, verdict));
    } else if (!verdict.max_age) {
      without_expectation.push_back(show_unexpected(table, verdict));
    }
  }
  // A gate that nothing stands behind stays closed.
  return {{"fresh", stale.empty() && !tables.empty()},
          {"checked", tables.size()},
          {"stale", std::move(stale)},
          {"without_expectation", std::move(without_expectation)}};
}

}  // namespace

Task<HttpResponse> freshness(const ApiContext& context, const Call& call) {
  std::optional<Duration> max_age;
  if (const auto text = call.parameter("max_age")) max_age = parse_duration(*text);
  const auto integrations = call.list("integration");
  const auto wanted = call.list("table");
  Json shown = co_await context.pool.run([&] {
    auto tables = matching_tables(context, integrations);
    keep_named(tables, wanted);
    return show_freshness(tables, max_age);
  });
  const bool is_fresh = shown.at("fresh").get<bool>();
  co_return answer(is_fresh ? 200 : 503, shown);
}

}  // namespace sluice::api
