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
    check_ids();
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
      check_source(place, field.source);
    }
  }

  void check_source(const std::string& place, const std::vector<std::string>& source) {
    const bool is_marked = !source.empty() && (source.front() == "^" || source.front() == "~" || source.front() == "@");
    if (!is_marked) return;
    if (source.size() < 2) report(place, "tables.bad_path", "a mark stands in front of a member, as in \"^id\"");
    if (source.front() != "@" && !table_.parent)
      report(place, "tables.bad_path", "only a row with a parent can take a value from it, as in \"^id\"");
    if (source.front() == "@" && source != std::vector<std::string>{"@", "account"})
      report(place, "tables.bad_path", "the reader gives \"@account\" only");
  }

  void check_ids() {
    if (table_.ids_parameter.empty() || table_.key.empty()) return;
    const Field* key = table_.find_field(table_.key.front());
    if (table_.key.size() > 1 || (key != nullptr && key->type != ColumnType::bigint))
      report("ids", "tables.contradiction", "records are asked for by a key of one bigint only");
    if (table_.is_embedded()) report("ids", "tables.contradiction", "embedded rows come with their parent");
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
    if (table_.deletes == DeleteKind::id_sweep && !table_.increment) {
      report("deletes", "tables.contradiction", "a table that is read whole needs no sweeps");
    }
    if (table_.deletes == DeleteKind::snapshot && table_.increment) {
      report("deletes", "tables.contradiction", "a table read by increments has no snapshots");
    }
  }

  void check_path() {
    const auto mentions = [this](std::string_view place) {
      return table_.path.find(place) != std::string::npos || std::ranges::any_of(table_.query, [&](const auto& it) {
               return it.second.find(place) != std::string::npos;
             });
    };
    const bool is_per_parent = table_.is_per_parent();
    if (is_per_parent && !mentions("{parent}"))
      report("path", "tables.bad_path", "one call per parent needs {parent} in the path or in the query");
    if (!is_per_parent && mentions("{parent}"))
      report("path", "tables.bad_path", "{parent} goes with one call per parent only");
    if (mentions("{row}") != (is_per_parent && !table_.parent->rows.empty()))
      report("path", "tables.bad_path", "{row} and the rows of a parent that is asked for go together");
    if (table_.is_embedded() && !table_.may_be_cut()) {
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
  if (found->key.size() != 1)
    checks.report("parent, table", "tables.contradiction", "a parent must have one field as its key");
  const Field* key = found->key.size() == 1 ? found->find_field(found->key.front()) : nullptr;
  if (table.deletes == DeleteKind::with_parent && key != nullptr && key->type != ColumnType::bigint)
    checks.report("parent, table", "tables.contradiction",
                  "rows replaced with their parent need its key to be a bigint");

  if (parent.link == ParentLink::embedded && parent.rows.empty())
    checks.report("parent, rows", "tables.missing", "embedded rows need the place where they stand");
  for (const auto& path : parent.rows) {
    if (path.empty() || std::ranges::find(path, "") != path.end())
      checks.report("parent, rows", "tables.bad_path", "a path has an empty part");
  }
  if (parent.counted_by.empty() != parent.parameter.empty())
    checks.report("parent", "tables.contradiction", "counted_by and parameter go together");
  if (!parent.counted_by.empty() && found->find_field(parent.counted_by) == nullptr)
    checks.report("parent, counted_by", "tables.unknown_field",
                  "the table " + found->name + " has no field \"" + parent.counted_by + "\"");
  if (parent.link != ParentLink::per_parent && !(parent.when_any.empty() && parent.promised_by.empty()))
    checks.report("parent, when_any", "tables.contradiction", "goes with one call per parent only");
  std::vector<std::string> conditions = parent.when_any;
  conditions.insert(conditions.end(), parent.promised_by.begin(), parent.promised_by.end());
  for (const auto& [field, value] : parent.skip) conditions.push_back(field);
  for (const std::string& field : conditions) {
    if (found->find_field(field) == nullptr)
      checks.report("parent", "tables.unknown_field", "the table " + found->name + " has no field \"" + field + "\"");
  }
}

}  // namespace

void check_tables(const std::vector<Table>& tables, const std::vector<std::string>& places,
                  std::vector<Problem>& problems) {
  std::map<std::string_view, std::size_t> owners;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    TableChecks checks(tables[i], places[i], problems);
    checks.run();
    const bool is_known = std::ranges::find(tables, tables[i].same_as, &Table::name) != tables.end();
    if (!tables[i].same_as.empty() && (!is_known || !tables[i].is_list_only))
      checks.report("same_as", "tables.unknown_table", "goes with list_only, and names a table");
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
