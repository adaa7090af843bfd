#include "api/estimate.hpp"

#include "api/views/views.hpp"
#include "scheduler/read_groups.hpp"

#include <algorithm>

namespace sluice::api {
namespace {

Json or_null(const std::optional<std::int64_t>& number) { return number ? Json(*number) : Json(nullptr); }

std::int64_t pages(std::int64_t rows, std::int64_t size) { return std::max<std::int64_t>(1, (rows + size - 1) / size); }

/// Of the list that the group walks.
std::optional<std::int64_t> rows_of(const Table& carrier, const Json& facts) {
  return kept_access(facts, carrier.name).rows;
}

std::optional<std::int64_t> calls_for(const Table& carrier, std::int64_t per_record, const Json& facts) {
  if (carrier.paging.kind == PagingKind::single && per_record == 0) return 1;
  const auto rows = rows_of(carrier, facts);
  if (!rows) return std::nullopt;
  return pages(*rows, carrier.paging.page_size) + *rows * per_record;
}

}  // namespace

Estimate estimate_load(const Catalogue& catalogue, const std::vector<SelectedTable>& selection,
                       const Json& account_facts) {
  std::vector<const Table*> tables;
  for (const SelectedTable& selected : selection) {
    if (const Table* table = catalogue.find(selected.name)) tables.push_back(table);
  }
  Estimate estimate;
  const std::vector<std::optional<DateWindow>> windows(tables.size());
  for (const ReadGroup& group : group_reads(catalogue, tables, std::vector<Json>(tables.size()), windows)) {
    const bool per_parent = tables[group.tables.front()]->is_per_parent();
    const auto per_record = per_parent ? static_cast<std::int64_t>(group.tables.size()) : 0;
    const auto calls = calls_for(*group.carrier, per_record, account_facts);
    estimate.calls += calls.value_or(0);
    estimate.is_complete = estimate.is_complete && calls && !per_parent;
    for (const std::size_t index : group.tables) {
      const bool is_first = index == group.tables.front();
      const bool is_list = tables[index] == group.carrier;
      estimate.tables.push_back({tables[index]->name, is_list ? rows_of(*group.carrier, account_facts) : std::nullopt,
                                 is_first ? calls : std::optional<std::int64_t>(0)});
    }
  }
  const auto quota = account_facts.is_object() ? account_facts.find("calls_per_minute") : account_facts.end();
  if (quota != account_facts.end() && quota->is_number_integer() && quota->get<std::int64_t>() > 0)
    estimate.minutes = pages(estimate.calls, quota->get<std::int64_t>());
  return estimate;
}

Json show_estimate(const Estimate& estimate) {
  Json tables = Json::array();
  for (const TableEstimate& table : estimate.tables)
    tables.push_back({{"table", table.table}, {"rows", or_null(table.rows)}, {"calls", or_null(table.calls)}});
  return {{"calls", estimate.calls},
          {"minutes", or_null(estimate.minutes)},
          {"complete", estimate.is_complete},
          {"tables", std::move(tables)}};
}

}  // namespace sluice::api
