#include "tests/simulation/world.hpp"

#include "core/time.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>

namespace sluice::simulation {
namespace {

Field column(std::string name, ColumnType type) {
  Field field;
  field.source = {name};
  field.name = std::move(name);
  field.type = type;
  return field;
}

Table table(std::string name, DeleteKind deletes) {
  Table made;
  made.title = name;
  made.path = "/" + name;
  made.name = std::move(name);
  made.key = {"id"};
  made.fields = {column("id", ColumnType::bigint), column("date_modified", ColumnType::timestamptz)};
  made.scopes = {"read"};
  made.deletes = deletes;
  return made;
}

}  // namespace

const Catalogue& catalogue() {
  static const Catalogue made = [] {
    Table orders = table("orders", DeleteKind::id_sweep);
    orders.increment = Increment{};
    orders.increment->field = "date_modified";
    Table lines = table("order_products", DeleteKind::with_parent);
    lines.parent = Parent{};
    lines.parent->table = "orders";
    lines.parent->key_field = "id";
    return Catalogue({std::move(orders), std::move(lines), table("brands", DeleteKind::snapshot)});
  }();
  return made;
}

bool IntegrationRow::is_schedulable() const {
  const bool runs = integration.state == IntegrationState::pending || integration.state == IntegrationState::active;
  return runs && !integration.paused && integration.health != Health::auth_required;
}

const std::map<std::int64_t, SourceRow>& IntegrationRow::source_of(std::string_view name) const {
  // An order and its one product come and go together.
  return source.at(name == "order_products" ? "orders" : std::string(name));
}

void World::note(std::string_view what, std::string_view whom, std::int64_t number) {
  const auto mix = [this](std::uint64_t byte) { trace = (trace ^ byte) * 1099511628211ULL; };
  for (const char c : what) mix(static_cast<unsigned char>(c));
  for (const char c : whom) mix(static_cast<unsigned char>(c));
  mix(static_cast<std::uint64_t>(number));
  mix(static_cast<std::uint64_t>(now().time_since_epoch().count()));
  static const bool is_shown = std::getenv("TEST_TRACE") != nullptr;
  if (is_shown) std::cout << format_rfc3339(now()) << ' ' << what << ' ' << whom << ' ' << number << '\n';
}

void World::demand(bool holds, const std::string& promise) {
  if (holds) return;
  note("VIOLATED", promise);
  violations.push_back(format_rfc3339(now()) + " " + promise);
}

IntegrationRow& World::integration(const IntegrationId& id) {
  const auto found = std::ranges::find_if(integrations, [&](const auto& row) { return row.integration.id == id; });
  if (found == integrations.end()) throw Error(ErrorKind::missing, "integration.unknown", "there is none");
  return *found;
}

void World::check_position(const IntegrationRow& owner, const DestinationTable& table, const StoredTable& stored) {
  const auto& rows = owner.source_of(table.table->name);
  const auto live = std::ranges::count_if(stored.rows, [](const auto& row) { return !row.second.is_deleted; });
  demand(live == stored.live, table.name.str() + ": rows are counted as they are");
  if (stored.position.is_null()) return;
  const auto has = [&](std::int64_t key, const SourceRow& row) {
    const auto found = stored.rows.find(key);
    return found != stored.rows.end() && !found->second.is_deleted && found->second.version == row.version;
  };
  const auto time_in = [](const Json& value) { return *parse_iso8601(value.get<std::string>()); };
  // Brands have no date by which a later pass would find them: only what a whole pass has shown can be asked for.
  const bool has_dates = table.table->name != "brands";
  if (has_dates && stored.position.contains("cursor")) {
    const Time cursor = time_in(stored.position["cursor"]);
    for (const auto& [key, row] : rows) {
      demand(row.modified >= cursor || has(key, row), table.name.str() + ": the cursor has not passed a row");
    }
  }
  if (!stored.position.contains("ranges")) return;
  const Time pass_began = time_in(stored.position["began"]);
  for (const Json& range : stored.position["ranges"]) {
    for (const auto& [key, row] : rows) {
      if (row.modified >= pass_began) continue;  // the next pass's
      const bool is_walked =
          range.contains("time")
              ? row.modified >= time_in(range["from"]) &&
                    std::pair(row.modified, key) <= std::pair(time_in(range["time"]), range["key"].get<std::int64_t>())
              : key > range["above"].get<std::int64_t>() && key <= range["key"].get<std::int64_t>();
      demand(!is_walked || has(key, row), table.name.str() + ": the place in a range has not passed a row");
    }
  }
}

std::string World::difference(const IntegrationRow& owner, std::string_view table) const {
  const std::string name = owner.integration.name + "." + std::string(table) + ": ";
  const auto stored = destination.find({owner.integration.id.str(), std::string(table)});
  if (stored == destination.end()) return name + "was never made";
  const auto& rows = owner.source_of(table);
  for (const auto& [key, row] : rows) {
    const auto found = stored->second.rows.find(key);
    if (found == stored->second.rows.end() || found->second.is_deleted) return name + "lost " + std::to_string(key);
    if (found->second.version != row.version) return name + "old version of " + std::to_string(key);
  }
  for (const auto& [key, row] : stored->second.rows) {
    if (!row.is_deleted && !rows.contains(key)) return name + "kept " + std::to_string(key);
  }
  return {};
}

}  // namespace sluice::simulation
