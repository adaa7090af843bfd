#include "connectors/table_checks.hpp"

#include "core/nearest.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace sluice {
namespace {

constexpr std::size_t longest_identifier = 63;
constexpr std::string_view own_prefix = "_sluice_";
/// PostgreSQL has these columns in every table.
constexpr std::array<std::string_view, 6> system_columns{"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"};

bool is_identifier(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !name.empty() && name.size() <= longest_identifier && is_letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return is_letter(c) || is_digit(c); });
}

bool is_date(const Field& field) { return field.type == ColumnType::timestamptz || field.type == ColumnType::date; }

class TableChecks {
 public:
  TableChecks(const Table& table, const std::string& place, std::vector<Problem>& problems)
      : table_(table), place_(place), problems_(problems) {
    for (const Field& field : table.fields) field_names_.push_back(field.name);
  }

  void run() {
    if (!is_identifier(table_.name))
      report("", "tables.bad_name", "its name is no identifier of at most 63 bytes (a-z, 0-9, _)");
    for (const std::string& alias : table_.aliases) {
      if (!is_identifier(alias)) report("aliases", "tables.bad_name", "\"" + alias + "\" is no identifier");
    }
    if (table_.scopes.empty()) report("scopes", "tables.missing", "at least one scope is needed");
    check_fields();
    if (table_.key.empty()) report("key", "tables.missing", "the key is missing");
    for (const std::string& key : table_.key) need_field("key", key);
    check_paging();
    check_increment();
    check_deletes();
    check_path();
  }

  const Field* need_field(std::string_view member, const std::string& name) {
    const Field* field = table_.find_field(name);
    if (field == nullptr) {
      report(member, "tables.unknown_field", "there is no field \"" + name + "\"" + did_you_mean(name, field_names_));
    }
    return field;
  }

  void report(std::string_view member, std::string_view code, const std::string& detail) {
    std::string place = place_;
    if (!member.empty()) place.append(", ").append(member);
    problems_.push_back({place, std::string(code), place + ": " + detail});
  }

 private:
  void check_fields() {
    if (table_.fields.empty()) report("fields", "tables.missing", "there is no field");
    std::set<std::string_view> seen;
    for (const Field& field : table_.fields) {
      const std::string place = "field " + field.name;
      if (!is_identifier(field.name))
        report(place, "tables.bad_name", "is no identifier of at most 63 bytes (a-z, 0-9, _)");
      if (field.name.starts_with(own_prefix)) report(place, "tables.bad_name", "names with _sluice_ in front are ours");
      if (std::ranges::find(system_columns, field.name) != system_columns.end()) {
        report(place, "tables.bad_name", "PostgreSQL has a system column of this name");
      }
      if (!seen.insert(field.name).second) report(place, "tables.duplicate", "stands twice");
      const bool of_parent = !field.source.empty() && field.source.front() == "^";
      if (of_parent && (!table_.is_embedded() || field.source.size() < 2)) {
        report(place, "tables.bad_path", "only an embedded row can take a value from its parent, as in \"^.id\"");
      }
    }
  }

  void check_paging() {
    const Paging& paging = table_.paging;
    if (paging.page_size < 1) report("paging, size", "tables.bad_value", "must be positive");
    if (paging.kind != PagingKind::keyset) return;
    if (paging.from_parameter.empty())
      report("paging, from", "tables.missing", "a keyset needs the parameter it starts from");
    if (paging.key_field.empty()) {
      report("paging, field", "tables.missing", "a keyset needs its field");
    } else if (const Field* field = need_field("paging, field", paging.key_field);
               field && field->type != ColumnType::bigint) {
      report("paging, field", "tables.wrong_type", "must be a bigint");
    }
  }

  void check_increment() {
    if (!table_.increment) return;
    const Field* field = need_field("increment, field", table_.increment->field);
    if (field != nullptr && !is_date(*field)) report("increment, field", "tables.wrong_type", "must be a date");
    if (table_.increment->granularity <= Duration{0})
      report("increment, granularity", "tables.bad_value", "must be positive");
    if (table_.is_embedded()) report("increment", "tables.contradiction", "embedded rows come with their parent");
  }

  void check_deletes() {
    if (table_.deletes == DeleteKind::soft_flag) {
      const Field* field = need_field("deleted_field", table_.deleted_field);
      if (field != nullptr && field->type != ColumnType::boolean)
        report("deleted_field", "tables.wrong_type", "must be a boolean");
    } else if (!table_.deleted_field.empty()) {
      report("deleted_field", "tables.contradiction", "goes with deletes: soft_flag only");
    }
    if (table_.deletes == DeleteKind::with_parent && !table_.parent) {
      report("deletes", "tables.contradiction", "with_parent needs a parent");
    }
    if (table_.deletes == DeleteKind::snapshot && table_.increment) {
      report("deletes", "tables.contradiction", "a table read by increments has no snapshots");
    }
  }

  void check_path() {
    const bool has_place = table_.path.find("{parent}") != std::string::npos;
    const bool is_per_parent = table_.parent && table_.parent->link == ParentLink::per_parent;
    if (is_per_parent && !has_place)
      report("path", "tables.bad_path", "one call per parent needs {parent} in the path");
    if (!is_per_parent && has_place) report("path", "tables.bad_path", "{parent} goes with one call per parent only");
    if (table_.is_embedded()) {
      if (!table_.path.empty()) report("path", "tables.contradiction", "embedded rows have no list of their own");
    } else if (!table_.path.starts_with('/')) {
      report("path", "tables.bad_path", "must begin with /");
    }
  }

  const Table& table_;
  const std::string& place_;
  std::vector<Problem>& problems_;
  std::vector<std::string> field_names_;
};

void check_parent(const std::vector<Table>& tables, const Table& table, TableChecks& checks) {
  const Parent& parent = *table.parent;
  checks.need_field("parent, field", parent.key_field);
  const auto found = std::ranges::find(tables, parent.table, &Table::name);
  if (found == tables.end()) {
    std::vector<std::string> names;
    for (const Table& it : tables) names.push_back(it.name);
    checks.report("parent, table", "tables.unknown_table",
                  "there is no table \"" + parent.table + "\"" + did_you_mean(parent.table, names));
    return;
  }
  if (found->is_embedded())
    checks.report("parent, table", "tables.contradiction", "a parent cannot be embedded itself");
  const bool has_number = found->key.size() == 1 && found->find_field(found->key.front()) != nullptr &&
                          found->find_field(found->key.front())->type == ColumnType::bigint;
  if (!has_number) checks.report("parent, table", "tables.contradiction", "a parent must have one bigint as its key");

  const bool is_embedded = parent.link == ParentLink::embedded;
  if (is_embedded && parent.rows.empty())
    checks.report("parent, rows", "tables.missing", "embedded rows need the place where they stand");
  if (!is_embedded && !parent.rows.empty())
    checks.report("parent, rows", "tables.contradiction", "goes with embedded rows only");
  for (const auto& path : parent.rows) {
    if (path.empty() || std::ranges::find(path, "") != path.end())
      checks.report("parent, rows", "tables.bad_path", "a path has an empty part");
  }
  const bool is_bulk = parent.link == ParentLink::bulk_list;
  if (is_bulk == parent.parameter.empty()) {
    checks.report("parent, parameter", is_bulk ? "tables.missing" : "tables.contradiction",
                  "goes with bulk_list, and only with it");
  }
}

}  // namespace

void check_tables(const std::vector<Table>& tables, const std::vector<std::string>& places,
                  std::vector<Problem>& problems) {
  std::map<std::string_view, std::size_t> owners;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    TableChecks checks(tables[i], places[i], problems);
    checks.run();
    if (tables[i].parent) check_parent(tables, tables[i], checks);
    const auto own = [&](std::string_view name) {
      const auto [owner, is_new] = owners.emplace(name, i);
      if (!is_new)
        checks.report("", "tables.duplicate",
                      "the name \"" + std::string(name) + "\" is taken by " + places[owner->second]);
    };
    own(tables[i].name);
    for (const std::string& alias : tables[i].aliases) own(alias);
  }
}

}  // namespace sluice
