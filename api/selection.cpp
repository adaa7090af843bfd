#include "api/selection.hpp"

#include "api/problem.hpp"
#include "api/table_settings.hpp"
#include "api/views/views.hpp"
#include "core/nearest.hpp"
#include "storage/destination_table.hpp"
#include "storage/frequency.hpp"

#include <algorithm>
#include <set>

namespace sluice::api {
namespace {

std::vector<std::string> field_names(const Table& table) {
  std::vector<std::string> names;
  for (const Field& field : table.fields) names.push_back(field.name);
  return names;
}

/// In the order of the catalogue, with the required ones.
std::vector<std::string> fields_of(const Table& table, const Json& wanted, const std::string& pointer,
                                   std::vector<Problem>& problems) {
  if (wanted.is_string()) return field_names(table);
  std::set<std::string> chosen;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto& name = wanted[i].get_ref<const std::string&>();
    if (table.find_field(name) != nullptr) {
      chosen.insert(name);
      continue;
    }
    problems.push_back({pointer + "/" + std::to_string(i), "unknown_field",
                        table.name + " has no field \"" + quote_outside_text(name, 80) + "\"" +
                            did_you_mean(name, field_names(table))});
  }
  std::vector<std::string> fields;
  for (const Field& field : table.fields) {
    if (chosen.contains(field.name) || table.is_required(field)) fields.push_back(field.name);
  }
  return fields;
}

std::vector<SelectedTable> all_readable(const Catalogue& catalogue, const Json& facts, bool only_recommended) {
  std::vector<SelectedTable> selection;
  for (const Table& table : catalogue.tables()) {
    if (only_recommended && !table.recommended) continue;
    if (kept_access(facts, table.name).access == "denied") continue;
    selection.push_back({table.name, field_names(table)});
  }
  return selection;
}

std::vector<SelectedTable> named_ones(const Catalogue& catalogue, const Json& wanted, const std::string& pointer,
                                      std::vector<Problem>& problems) {
  std::vector<SelectedTable> selection;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::string place = pointer + "/" + std::to_string(i);
    const auto& name = wanted[i].at("name").get_ref<const std::string&>();
    const Table* table = catalogue.find(name);
    if (table == nullptr) {
      problems.push_back(
          {place + "/name", "unknown_table",
           "there is no table \"" + quote_outside_text(name, 80) + "\"" + did_you_mean(name, catalogue.names())});
      continue;
    }
    const bool is_repeated = std::any_of(selection.begin(), selection.end(),
                                         [&](const auto& earlier) { return earlier.name == table->name; });
    if (is_repeated) {
      problems.push_back({place + "/name", "duplicate_table", "the table " + table->name + " is named twice"});
      continue;
    }
    selection.push_back(
        {table->name, fields_of(*table, wanted[i].value("fields", Json("*")), place + "/fields", problems)});
    selection.back().settings = merge_table_settings({}, wanted[i], place, problems);
  }
  return selection;
}

}  // namespace

std::vector<Problem> missing_scopes(const std::vector<SelectedTable>& selection, const Json& facts) {
  std::vector<Problem> problems;
  for (std::size_t i = 0; i < selection.size(); ++i) {
    const KeptAccess kept = kept_access(facts, selection[i].name);
    if (kept.access != "denied") continue;
    problems.push_back(
        {"/tables/" + std::to_string(i), "scope_missing",
         "the table " + selection[i].name + " needs the scope " + kept.scope + ", which the credentials lack"});
  }
  return problems;
}

std::vector<SelectedTable> resolve_selection(const Catalogue& catalogue, const Json& body, const Json& facts,
                                             const std::string& pointer) {
  const Json& wanted = body.at("tables");
  std::vector<Problem> problems;
  std::vector<SelectedTable> selection = wanted.is_string()
                                             ? all_readable(catalogue, facts, wanted == "recommended")
                                             : named_ones(catalogue, wanted, pointer + "/tables", problems);
  if (problems.empty()) {
    problems = missing_scopes(selection, facts);
    for (Problem& problem : problems) problem.pointer = pointer + problem.pointer;
  }
  if (problems.empty() && selection.empty()) {
    problems.push_back({pointer + "/tables", "no_table_selected", "selects no table"});
  }
  if (!problems.empty()) throw body_refusal(std::move(problems));
  return selection;
}

std::size_t longest_table(const Catalogue& catalogue) {
  std::size_t longest = 0;
  for (const Table& table : catalogue.tables()) longest = std::max(longest, table.name.size());
  return longest;
}

std::optional<Problem> check_name_length(std::string_view name, const Catalogue& catalogue,
                                         const std::string& pointer) {
  const std::size_t room = identifier_limit - std::min(identifier_limit - 1, longest_table(catalogue) + 1);
  if (name.size() <= room) return std::nullopt;
  return Problem{pointer, "name_too_long",
                 "must have at most " + std::to_string(room) +
                     " bytes: with _ and the longest table's name it must fit PostgreSQL's 63"};
}

std::vector<DestinationTable> destination_tables(const Integration& integration, const Catalogue& catalogue) {
  std::vector<DestinationTable> tables;
  for (const SelectedTable& selected : integration.selection) {
    auto table = destination_table(integration, catalogue, selected.name);
    if (!table) throw Error(ErrorKind::bug, "api.bad_selection", "the kept selection does not fit the connector");
    tables.push_back(*std::move(table));
  }
  return tables;
}

std::string qualified_name(const DestinationTable& table) { return table.schema.str() + "." + table.name.str(); }

}  // namespace sluice::api
