#include "connectors/table_loader.hpp"

#include "core/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::SizeIs;

const std::string good = R"({
  "table": "things", "title": "Things", "meaning": "For tests.", "aliases": ["stuff"], "subject": "catalog", "style": "v2", "path": "/v2/things",
  "key": ["id"], "scopes": ["read"], "query": {"include": "all"},
  "paging": {"kind": "keyset", "field": "id", "from": "min_id", "to": "max_id", "size": 100, "ascending": {"sort": "id:asc"}},
  "increment": {"field": "changed", "min": "min_changed", "form": "unix_seconds", "granularity": "P1D", "look_back": "PT1H"},
  "deletes": "soft_flag", "deleted_field": "gone",
  "fields": [["id", "bigint", "Number"], ["changed", "timestamptz", "Last change"], ["gone", "boolean", "Whether it is gone"],
             ["city", "text", "City", {"from": "address.city", "sensitive": true}], ["born", "date", "Date", {"form": "iso8601"}]]})";

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

Catalogue load(const std::vector<std::string>& texts) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < texts.size(); ++i) names.push_back("file" + std::to_string(i) + ".json");
  std::vector<EmbeddedFile> files;
  for (std::size_t i = 0; i < texts.size(); ++i) files.push_back({names[i], texts[i]});
  return load_tables(files);
}

std::vector<std::string> problems_of(const std::vector<std::string>& texts) {
  std::vector<std::string> out;
  try {
    load(texts);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "tables.invalid");
    for (const Problem& problem : error.problems()) out.push_back(problem.detail);
  }
  return out;
}

TEST(TableLoader, reads_what_a_file_says) {
  const Catalogue tables = load({good});
  const Table& table = tables.tables()[0];

  EXPECT_EQ(table.path, "/v2/things");
  EXPECT_THAT(table.query, ElementsAre(Pair("include", "all")));
  EXPECT_EQ(table.paging.kind, PagingKind::keyset);
  EXPECT_EQ(table.paging.page_size, 100);
  EXPECT_EQ(table.paging.from_parameter, "min_id");
  EXPECT_THAT(table.paging.ascending, ElementsAre(Pair("sort", "id:asc")));
  ASSERT_TRUE(table.increment.has_value());
  EXPECT_EQ(table.increment->form, DateForm::unix_seconds);
  EXPECT_EQ(table.increment->granularity, std::chrono::hours(24));
  EXPECT_EQ(table.increment->look_back, std::chrono::hours(1));
  EXPECT_EQ(table.deletes, DeleteKind::soft_flag);
  const Field& city = table.fields.at(3);
  EXPECT_THAT(city.source, ElementsAre("address", "city"));
  EXPECT_TRUE(city.sensitive);
  EXPECT_EQ(table.fields.at(4).date_form, DateForm::iso8601);
}

TEST(TableLoader, takes_defaults_from_the_style) {
  const std::string plain =
      R"({"table": "t", "title": "T", "meaning": "M", "subject": "catalog", "style": "v2", "path": "/t", "key": "id", "scopes": "s",
                                "fields": [["id", "bigint", "Number"], ["at", "timestamptz", "Date"]]})";
  const Catalogue v2_tables = load({plain});
  const Catalogue v3_tables = load({replaced(plain, "v2", "v3")});
  const Table& v2 = v2_tables.tables()[0];
  const Table& v3 = v3_tables.tables()[0];

  EXPECT_THAT(v2.records, SizeIs(0));
  EXPECT_EQ(v2.paging.end, PageEnd::short_page);
  EXPECT_EQ(v2.fields.at(1).date_form, DateForm::rfc2822);
  EXPECT_THAT(v3.records, ElementsAre("data"));
  EXPECT_EQ(v3.paging.end, PageEnd::total);
  EXPECT_EQ(v3.fields.at(1).date_form, DateForm::iso8601);
  EXPECT_EQ(v3.deletes, DeleteKind::snapshot);
}

TEST(TableLoader, names_file_table_and_member_of_a_problem) {
  EXPECT_THAT(problems_of({replaced(good, "\"path\"", "\"pathe\"")}),
              Contains("file0.json, table things, member \"pathe\": is unknown (did you mean \"path\"?)"));
}

struct Slip {
  const char* from;
  const char* to;
  const char* problem;
};

class TableSlips : public testing::TestWithParam<Slip> {};

TEST_P(TableSlips, are_reported) {
  const Slip& it = GetParam();

  EXPECT_THAT(problems_of({replaced(good, it.from, it.to)}), Contains(HasSubstr(it.problem)));
}

INSTANTIATE_TEST_SUITE_P(
    all, TableSlips,
    testing::Values(
        Slip{"{", "[", "file0.json: is no JSON"}, Slip{"\"v2\"", "\"v4\"", "\"v4\" is none of v2, v3"},
        Slip{"\"style\": \"v2\",", "", "member \"style\": is missing"},
        Slip{"\"title\": \"Things\",", "", "member \"title\": is missing"},
        Slip{"\"For tests.\"", "7", "member \"meaning\": must be a text"},
        Slip{"\"keyset\"", "\"keysets\"",
             "paging, member \"kind\": \"keysets\" is none of cursor, keyset, page, single (did you mean \"keyset\"?)"},
        Slip{"\"size\": 100", "\"size\": \"100\"", "paging, member \"size\": must be a whole number"},
        Slip{"\"size\": 100", "\"size\": 0", "paging, size: must be positive"},
        Slip{"\"from\": \"min_id\", ", "", "paging, from: a keyset needs the parameter it starts from"},
        Slip{"\"field\": \"id\"", "\"field\": \"idd\"",
             "paging, field: there is no field \"idd\" (did you mean \"id\"?)"},
        Slip{"\"field\": \"id\"", "\"field\": \"city\"", "paging, field: must be a bigint"},
        Slip{"\"field\": \"changed\"", "\"field\": \"city\"", "increment, field: must be a date"},
        Slip{"\"min\": \"min_changed\", ", "", "increment, member \"min\": is missing"},
        Slip{"\"P1D\"", "\"a day\"", "increment, member \"granularity\": must be a duration"},
        Slip{"\"key\": [\"id\"]", "\"key\": [\"number\"]", "key: there is no field \"number\""},
        Slip{"\"key\": [\"id\"]", "\"key\": []", "key: the key is missing"},
        Slip{"\"scopes\": [\"read\"], ", "", "scopes: at least one scope is needed"},
        Slip{"\"/v2/things\"", "\"v2/things\"", "path: must begin with /"},
        Slip{"\"/v2/things\"", "\"/v2/{parent}/things\"", "path: {parent} goes with one call per parent only"},
        Slip{"\"gone\",", "\"city\",", "deleted_field: must be a boolean"},
        Slip{"\"soft_flag\"", "\"id_sweep\"", "deleted_field: goes with deletes: soft_flag only"},
        Slip{"\"soft_flag\"", "\"snapshot\"", "deletes: a table read by increments has no snapshots"},
        Slip{"\"soft_flag\"", "\"with_parent\"", "deletes: with_parent needs a parent"},
        Slip{"[\"city\", \"text\"", "[\"city\", \"string\"", "field city: \"string\" is no column type"},
        Slip{"\"City\"", "\"\"", "field city: its meaning is missing"},
        Slip{"[\"city\", \"text\", \"City\"", "[\"city\", \"text\"",
             "field 4: must be [\"name\", \"type\", \"meaning\"]"},
        Slip{"\"sensitive\"", "\"sensitiv\"",
             "field city, member \"sensitiv\": is unknown (did you mean \"sensitive\"?)"},
        Slip{"\"address.city\"", "\"address..city\"", "\"address..city\" has an empty part"},
        Slip{"\"address.city\"", "\"^.city\"", "only a row with a parent can take a value from it"},
        Slip{"[\"city\"", "[\"City\"", "field City: is no identifier"},
        Slip{"[\"city\"", "[\"a_name_that_is_one_byte_longer_than_what_postgresql_would_keep_yes\"",
             "is no identifier of at most 63 bytes"},
        Slip{"[\"city\"", "[\"_sluice_synced_at\"", "names with _sluice_ in front are ours"},
        Slip{"[\"city\"", "[\"ctid\"", "PostgreSQL has a system column of this name"},
        Slip{"[\"city\"", "[\"gone\"", "field gone: stands twice"},
        Slip{"{\"include\": \"all\"}", "{\"include\": 1}", "the query parameter \"include\" must be a text"},
        Slip{"\"things\"", "\"Things!\"", "its name is no identifier"}));

TEST(TableLoader, reports_every_problem_of_every_file_at_once) {
  EXPECT_THAT(problems_of({replaced(replaced(good, "\"title\"", "\"titel\""), "[\"city\"", "[\"gone\""), "nonsense"}),
              SizeIs(4));
}

TEST(TableLoader, reports_names_that_are_taken) {
  EXPECT_THAT(problems_of({good, replaced(good, "\"things\"", "\"stuff\"")}),
              Contains(HasSubstr("the name \"stuff\" is taken by file0.json, table things")));
}

const std::string child =
    R"({"table": "parts", "title": "Parts", "meaning": "M", "subject": "catalog", "style": "v2", "key": ["id"], "scopes": ["read"],
    "parent": {"table": "things", "link": "embedded", "field": "thing_id", "include": {"include": "parts"}, "rows": ["boxes.items"]},
    "fields": [["id", "bigint", "Number"], ["thing_id", "bigint", "Owner", {"from": "^.id"}]]})";

TEST(TableLoader, reads_tables_inside_others) {
  const Catalogue tables = load({good, child});
  const Table& table = *tables.find("parts");

  ASSERT_TRUE(table.is_embedded());
  EXPECT_THAT(table.parent->rows, ElementsAre(ElementsAre("boxes", "items")));
  EXPECT_THAT(table.parent->include, ElementsAre(Pair("include", "parts")));
  EXPECT_EQ(table.deletes, DeleteKind::with_parent);
  EXPECT_EQ(&tables.carrier_of(table), tables.find("stuff"));
  EXPECT_TRUE(table.is_required(*table.find_field("thing_id")));
}

TEST(TableLoader, reports_parents_that_cannot_be) {
  EXPECT_THAT(problems_of({good, replaced(child, "\"things\"", "\"thing\"")}),
              Contains(HasSubstr("there is no table \"thing\" (did you mean \"things\"?)")));
  EXPECT_THAT(problems_of({good, replaced(child, "\"boxes.items\"", "")}),
              Contains(HasSubstr("embedded rows need the place")));
  EXPECT_THAT(problems_of({good, replaced(child, "\"thing_id\", \"include\"", "\"owner\", \"include\"")}),
              Contains(HasSubstr("parent, field: there is no field \"owner\"")));
  EXPECT_THAT(problems_of({good, replaced(child, "\"embedded\"", "\"per_parent\"")}),
              Contains(HasSubstr("needs {parent} in the path")));
  EXPECT_THAT(problems_of({good, replaced(child, "\"rows\"", "\"counted_by\": \"city\", \"rows\"")}),
              Contains(HasSubstr("counted_by and parameter go together")));
}

TEST(Table, requires_key_cursor_and_delete_fields) {
  const Catalogue tables = load({good});
  const Table& table = tables.tables()[0];
  std::vector<std::string> required;
  for (const Field& field : table.fields) {
    if (table.is_required(field)) required.push_back(field.name);
  }

  EXPECT_THAT(required, ElementsAre("id", "changed", "gone"));
}

}  // namespace
}  // namespace sluice
