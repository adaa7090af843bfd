#include "connectors/table_loader.hpp"

#include "connectors/json_members.hpp"
#include "connectors/table_checks.hpp"

#include <algorithm>

namespace sluice {
namespace {

/// What the two generations of the API have in common, so that files need not repeat it.
struct Style {
  std::string_view records;
  PageEnd end;
  DateForm dates;
};
enum class StyleName { v2, v3 };

constexpr Style style_of(StyleName name) {
  return name == StyleName::v2 ? Style{"", PageEnd::short_page, DateForm::rfc2822}
                               : Style{"data", PageEnd::total, DateForm::iso8601};
}

const std::map<std::string, StyleName> styles{{"v2", StyleName::v2}, {"v3", StyleName::v3}};
const std::map<std::string, PagingKind> paging_kinds{{"page", PagingKind::page_number},
                                                     {"keyset", PagingKind::keyset},
                                                     {"cursor", PagingKind::cursor},
                                                     {"single", PagingKind::single}};
const std::map<std::string, PageEnd> page_ends{{"short_page", PageEnd::short_page}, {"total", PageEnd::total}};
const std::map<std::string, DateForm> date_forms{
    {"iso8601", DateForm::iso8601}, {"rfc2822", DateForm::rfc2822}, {"unix_seconds", DateForm::unix_seconds}};
const std::map<std::string, ParentLink> parent_links{{"embedded", ParentLink::embedded},
                                                     {"per_parent", ParentLink::per_parent}};
const std::map<std::string, ParentChoice> parent_choices{{"changed", ParentChoice::changed},
                                                         {"all", ParentChoice::all}};
const std::map<std::string, Subject> subjects{{"orders", Subject::orders},       {"customers", Subject::customers},
                                              {"catalog", Subject::catalog},     {"inventory", Subject::inventory},
                                              {"marketing", Subject::marketing}, {"channels", Subject::channels},
                                              {"content", Subject::content},     {"store", Subject::store}};
const std::map<std::string, DeleteKind> delete_kinds{{"none", DeleteKind::none},
                                                     {"soft_flag", DeleteKind::soft_flag},
                                                     {"snapshot", DeleteKind::snapshot},
                                                     {"id_sweep", DeleteKind::id_sweep},
                                                     {"with_parent", DeleteKind::with_parent}};

class TableFile {
 public:
  TableFile(std::string_view file, const Json& document, Problems& problems)
      : problems_(problems), place_(file), members_(document, described(document), problems) {}

  Table read() {
    style_ = style_of(members_.choice("style", styles, StyleName::v3));
    if (!members_.has("style")) members_.report("style", "tables.missing", "is missing: v2 or v3");
    Table table;
    table.name = members_.required_text("table");
    table.title = members_.required_text("title");
    table.meaning = members_.required_text("meaning");
    if (!members_.has("subject")) members_.report("subject", "tables.missing", "is missing: what the table is about");
    table.subject = members_.choice("subject", subjects, Subject::store);
    table.aliases = members_.texts("aliases");
    table.path = members_.text("path");
    table.count_path = members_.text("count");
    table.records = members_.path("records", style_.records);
    table.query = members_.query("query");
    table.ids_parameter = members_.text("ids");
    table.key = members_.texts("key");
    table.scopes = members_.texts("scopes");
    table.recommended = members_.flag("recommended", true);
    table.is_list_only = members_.flag("list_only", false);
    table.same_as = members_.text("same_as");
    table.max_in_flight = static_cast<std::size_t>(std::max(0, members_.integer("max_in_flight", 0)));
    table.paging = read_paging(members_.value("paging"));
    table.increment = read_increment(members_.value("increment"));
    table.parent = read_parent(members_.value("parent"));
    has_deletes_ = members_.has("deletes");
    table.deletes = members_.choice("deletes", delete_kinds, default_deletes(table));
    table.deleted_field = members_.text("deleted_field");
    table.fields = read_fields(members_.value("fields"));
    table.ignored = members_.texts("ignored");
    members_.finish();
    return table;
  }

  bool says_deletes() const { return has_deletes_; }

 private:
  /// The place of the whole file; the table is named when the file names it.
  std::string described(const Json& document) {
    if (document.is_object() && document.contains("table") && document["table"].is_string()) {
      place_ += ", table " + document["table"].get<std::string>();
    }
    return place_;
  }

  static DeleteKind default_deletes(const Table& table) {
    if (table.parent) return DeleteKind::with_parent;
    return table.increment ? DeleteKind::id_sweep : DeleteKind::snapshot;
  }

  Paging read_paging(const Json* json) {
    static const Json by_page_numbers = Json::object();
    JsonMembers members(json == nullptr ? by_page_numbers : *json, place_ + ", paging", problems_);
    Paging paging;
    paging.kind = members.choice("kind", paging_kinds, PagingKind::page_number);
    paging.page_size = members.integer("size", paging.page_size);
    paging.size_parameter = members.text("size_parameter", paging.size_parameter);
    paging.page_parameter = members.text("page_parameter", paging.page_parameter);
    paging.end = members.choice("end", page_ends, style_.end);
    if (paging.kind == PagingKind::keyset) {
      paging.key_field = members.text("field");
      paging.from_parameter = members.text("from");
      paging.from_is_inclusive = members.flag("from_is_inclusive", true);
      paging.to_parameter = members.text("to");
      paging.ascending = members.query("ascending");
      paging.descending = members.query("descending");
    }
    if (paging.kind == PagingKind::cursor) {
      paging.cursor_parameter = members.text("parameter", "after");
      paging.cursor_source = members.path("next", "meta.cursor_pagination.end_cursor");
    }
    members.finish();
    return paging;
  }

  std::optional<Increment> read_increment(const Json* json) {
    if (json == nullptr) return std::nullopt;
    JsonMembers members(*json, place_ + ", increment", problems_);
    Increment increment;
    increment.field = members.required_text("field");
    increment.min_parameter = members.required_text("min");
    increment.max_parameter = members.text("max");
    increment.form = members.choice("form", date_forms, DateForm::iso8601);
    increment.ascending = members.query("ascending");
    increment.granularity = members.duration("granularity", increment.granularity);
    increment.look_back = members.duration("look_back", increment.look_back);
    members.finish();
    return increment;
  }

  std::optional<Parent> read_parent(const Json* json) {
    if (json == nullptr) return std::nullopt;
    JsonMembers members(*json, place_ + ", parent", problems_);
    Parent parent;
    parent.table = members.required_text("table");
    parent.link = members.choice("link", parent_links, ParentLink::embedded);
    parent.key_field = members.required_text("field");
    parent.include = members.query("include");
    for (const std::string& path : members.texts("rows")) parent.rows.push_back(split_path(path));
    parent.choice = members.choice("every", parent_choices, ParentChoice::changed);
    parent.counted_by = members.text("counted_by");
    parent.parameter = members.text("parameter");
    parent.when_any = members.texts("when_any");
    parent.promised_by = members.texts("promised_by");
    for (const std::string& text : members.texts("skip")) {
      const auto equals = text.find('=');
      if (equals == std::string::npos) members.report("skip", "tables.bad_value", "must read field=value");
      parent.skip.emplace_back(text.substr(0, equals), equals == std::string::npos ? "" : text.substr(equals + 1));
    }
    parent.look_back = members.duration("look_back", parent.look_back);
    members.finish();
    return parent;
  }

  std::vector<Field> read_fields(const Json* json) {
    std::vector<Field> fields;
    if (json == nullptr || !json->is_array()) {
      members_.report("fields", json == nullptr ? "tables.missing" : "tables.wrong_type", "must be an array of fields");
      return fields;
    }
    for (std::size_t i = 0; i < json->size(); ++i) fields.push_back(read_field((*json)[i], i));
    return fields;
  }

  /// ["name", "type", "meaning"] or ["name", "type", "meaning", {"from": "a.b", "form": "unix_seconds", "sensitive":
  /// true}]
  Field read_field(const Json& json, std::size_t number) {
    constexpr std::size_t shortest = 3;
    const std::string numbered = place_ + ", field " + std::to_string(number + 1);
    Field field;
    const bool is_row =
        json.is_array() && (json.size() == shortest || json.size() == shortest + 1) &&
        std::all_of(json.begin(), json.begin() + shortest, [](const Json& it) { return it.is_string(); });
    if (!is_row) {
      problems_.push_back(
          {numbered, "tables.wrong_type",
           numbered + ": must be [\"name\", \"type\", \"meaning\"], with an object behind them at most"});
      return field;
    }
    field.name = json[0].get<std::string>();
    const std::string place = place_ + ", field " + field.name;
    const std::string type = json[1].get<std::string>();
    if (!parse(type, field.type)) {
      problems_.push_back({place, "tables.unknown_word", place + ": \"" + type + "\" is no column type"});
    }
    field.meaning = json[2].get<std::string>();
    if (field.meaning.empty()) problems_.push_back({place, "tables.missing", place + ": its meaning is missing"});

    static const Json nothing_more = Json::object();
    JsonMembers more(json.size() > shortest ? json[shortest] : nothing_more, place, problems_);
    field.source = split_source(more.path("from", field.name));
    field.date_form = more.choice("form", date_forms, style_.dates);
    field.sensitive = more.flag("sensitive", false);
    more.finish();
    return field;
  }

  /// "^id" as "^", "id".
  static std::vector<std::string> split_source(std::vector<std::string> path) {
    constexpr std::string_view marks = "^~@";
    if (!path.empty() && path.front().size() > 1 && marks.find(path.front().front()) != std::string_view::npos) {
      path.insert(path.begin(), path.front().substr(0, 1));
      path[1].erase(0, 1);
    }
    return path;
  }

  Problems& problems_;
  std::string place_;
  JsonMembers members_;
  Style style_{};
  bool has_deletes_ = false;
};

/// Rows that are asked for under every parent are all shown by each pass.
void settle_deletes(std::vector<Table>& tables, const std::vector<bool>& is_given) {
  for (std::size_t i = 0; i < tables.size(); ++i) {
    Table& table = tables[i];
    if (is_given[i] || !table.is_per_parent()) continue;
    const auto parent = std::ranges::find(tables, table.parent->table, &Table::name);
    const bool follows_changes =
        parent != tables.end() && parent->increment && table.parent->choice == ParentChoice::changed;
    if (!follows_changes) table.deletes = table.increment ? DeleteKind::id_sweep : DeleteKind::snapshot;
  }
}

}  // namespace

Catalogue load_tables(std::span<const EmbeddedFile> files) {
  Problems problems;
  std::vector<Table> tables;
  std::vector<std::string> places;
  std::vector<bool> has_deletes;
  for (const EmbeddedFile& file : files) {
    const std::string name(file.name);
    const Json document = Json::parse(file.text, nullptr, false);
    if (document.is_discarded()) {
      problems.push_back({name, "tables.bad_json", name + ": is no JSON"});
      continue;
    }
    TableFile table_file(name, document, problems);
    tables.push_back(table_file.read());
    has_deletes.push_back(table_file.says_deletes());
    places.push_back(name + ", table " + tables.back().name);
  }
  settle_deletes(tables, has_deletes);
  check_tables(tables, places, problems);
  if (!problems.empty()) {
    std::string text = std::to_string(problems.size()) + " problems in the table files";
    for (const Problem& problem : problems) text += "\n" + problem.detail;
    throw Error{ErrorKind::bug, "tables.invalid", std::move(text), std::move(problems)};
  }
  return Catalogue(std::move(tables));
}

}  // namespace sluice
