#include "tests/sample_store/table_description.hpp"

#include "core/embedded_file.hpp"
#include "core/error.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace sluice {
extern const std::span<const EmbeddedFile> sample_store_tables;
}

namespace sluice::sample_store {
namespace {

using Answer = TableDescription::Answer;
using Meta = TableDescription::Meta;
using Kind = FilterRule::Kind;

constexpr std::array<std::pair<std::string_view, Answer>, 8> answers = {{{"v2", Answer::v2},
                                                                         {"v2_whole", Answer::v2_whole},
                                                                         {"v2_object", Answer::v2_object},
                                                                         {"v3", Answer::v3},
                                                                         {"v3_whole", Answer::v3_whole},
                                                                         {"v3_object", Answer::v3_object},
                                                                         {"bare", Answer::bare},
                                                                         {"bare_object", Answer::bare_object}}};
constexpr std::array<std::pair<std::string_view, Meta>, 7> metas = {{{"pagination", Meta::pagination},
                                                                     {"total_page", Meta::total_page},
                                                                     {"offset", Meta::offset},
                                                                     {"keyset", Meta::keyset},
                                                                     {"empty", Meta::empty},
                                                                     {"null", Meta::null},
                                                                     {"none", Meta::none}}};
constexpr std::array<std::pair<std::string_view, Kind>, 19> kinds = {{{"number", Kind::number},
                                                                      {"numbers", Kind::numbers},
                                                                      {"not_numbers", Kind::not_numbers},
                                                                      {"at_least", Kind::at_least},
                                                                      {"at_most", Kind::at_most},
                                                                      {"above", Kind::above},
                                                                      {"below", Kind::below},
                                                                      {"text", Kind::text},
                                                                      {"texts", Kind::texts},
                                                                      {"not_text", Kind::not_text},
                                                                      {"contains", Kind::contains},
                                                                      {"truth", Kind::truth},
                                                                      {"on_date", Kind::on_date},
                                                                      {"not_on_date", Kind::not_on_date},
                                                                      {"min_date", Kind::min_date},
                                                                      {"max_date", Kind::max_date},
                                                                      {"parent", Kind::parent},
                                                                      {"adds", Kind::adds},
                                                                      {"accepted", Kind::accepted}}};

template <class Table>
auto named(const Table& table, std::string_view word) {
  const auto place = std::ranges::find(table, word, [](const auto& entry) { return entry.first; });
  if (place == table.end())
    throw Error(ErrorKind::config, "sample_store.bad_table", "no such word: " + std::string(word));
  return place->second;
}

std::string_view text(const Json& json) { return json.get_ref<const std::string&>(); }

std::vector<std::string_view> texts(const Json& json) {
  std::vector<std::string_view> out;
  if (json.is_string()) out.push_back(text(json));
  if (json.is_array()) {
    for (const Json& item : json) out.push_back(text(item));
  }
  return out;
}

/// "numbers resource_id"; without a second word the parameter's own name up to its colon.
FilterRule filter_from(std::string_view parameter, std::string_view words) {
  const auto space = words.find(' ');
  const std::string_view member =
      space == std::string_view::npos ? parameter.substr(0, parameter.find(':')) : words.substr(space + 1);
  return {parameter, named(kinds, words.substr(0, space)), member};
}

void read_rule(TableDescription& table) {
  const auto flag = [&](std::string_view name) { return table.at(name) == true; };
  for (const auto& [parameter, words] : table.at("filters").items())
    table.filters.push_back(filter_from(parameter, text(words)));
  table.sorts = texts(table.at("sorts"));
  for (const auto& [parameter, members] : table.at("includes").items()) table.includes.push_back({parameter, ""});
  const bool is_v2 = table.paths.front().starts_with("/v2/");
  using Paging = ListRule::Paging;
  table.rule = {.table = table.name, .path = table.paths.front(), .scope = table.scopes.front(), .paging = Paging::v3};
  if (is_v2) table.rule.paging = Paging::v2;
  if (flag("cursor") || table.meta == Meta::keyset) table.rule.paging = Paging::v3_with_cursor;
  table.rule.filters = table.filters;
  table.rule.sorts = table.sorts;
  table.rule.includes = table.includes;
  table.rule.sorts_by_suffix = flag("sorts_by_suffix");
  table.rule.has_direction = flag("direction");
  table.rule.chooses_fields = flag("chooses_fields");
  table.rule.has_links = table.at("links") != false;
  table.rule.max_limit = table.at("max_limit").is_null() ? 0 : table.at("max_limit").get<std::int64_t>();
}

void read_table(TableDescription& table, const Json& json) {
  table.json = &json;
  table.name = text(json.at("table"));
  table.paths = texts(json.at("path"));
  table.scopes = texts(json.at("scope"));
  table.key = texts(table.at("key"));
  if (json.contains("parent")) table.parent = text(json["parent"]);
  if (json.contains("view_of")) table.view_of = text(json["view_of"]);
  table.answer = named(answers, text(json.at("answer")));
  if (json.contains("meta")) table.meta = named(metas, text(json["meta"]));
  const auto number = [&](std::string_view name, std::int64_t otherwise) {
    return table.at(name).is_null() ? otherwise : table.at(name).get<std::int64_t>();
  };
  table.first = number("first", 1);
  table.width = number("width", 64);
  table.ceiling = number("ceiling", 0);
  read_rule(table);
}

std::deque<TableDescription> read_tables() {
  static std::deque<Json> files;
  std::deque<TableDescription> tables;
  for (const EmbeddedFile& file : sample_store_tables) {
    files.push_back(Json::parse(file.text));
    for (const Json& json : files.back()) read_table(tables.emplace_back(), json);
  }
  return tables;
}

}  // namespace

const Json& TableDescription::at(std::string_view member) const {
  static const Json nothing;
  const auto place = json->find(member);
  return place == json->end() ? nothing : *place;
}

std::string_view TableDescription::parent_parameter() const {
  const auto place = std::ranges::find(filters, FilterRule::Kind::parent, &FilterRule::kind);
  return place == filters.end() ? std::string_view{} : place->parameter;
}

const std::deque<TableDescription>& described_tables() {
  static const std::deque<TableDescription> tables = read_tables();
  return tables;
}

const TableDescription* described_table(std::string_view name) {
  const auto& tables = described_tables();
  const auto place = std::ranges::find(tables, name, &TableDescription::name);
  return place == tables.end() ? nullptr : &*place;
}

}  // namespace sluice::sample_store
