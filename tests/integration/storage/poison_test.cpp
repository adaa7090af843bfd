// Records that are wrong in every way that JSON allows, from the text of the page to the rows in PostgreSQL: one in a
// hundred of them, and all.

#include "core/json.hpp"
#include "tests/integration/storage/destination_fixture.hpp"
#include "tests/support/copy_text.hpp"
#include "tests/support/random_test.hpp"
#include "tests/support/record_tables.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>

namespace sluice {
namespace {

constexpr std::size_t three_megabytes = 3 * 1024 * 1024;

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

enum class Fate { stored, set_aside, lost };

/// What stands in the place of a member, and what becomes of it.
struct PoisonCase {
  std::string name;
  std::string member;
  std::string json;
  Fate fate = Fate::stored;
  std::string expected = {};  // an SQL expression that is true for the row, or the reason
};

const std::vector<PoisonCase>& poison_cases() {
  const std::string large = "1" + std::string(400, '0');
  const std::string no_bigint = "is no whole number of 64 bits";
  static const std::vector<PoisonCase> cases{
      {"nul_in_text", "name", R"("a\u0000b")", Fate::stored, "name = 'a' || chr(65533) || 'b'"},
      {"nul_in_json", "extra", R"({"k\u0000":"\u0000"})", Fate::stored,
       "extra = jsonb_build_object('k' || chr(65533), chr(65533))"},
      {"surrogate_in_text", "name", R"("\ud800x\udc00")", Fate::stored, "name = chr(65533) || 'x' || chr(65533)"},
      {"surrogate_in_json", "extra", R"(["\udfff"])", Fate::stored, "extra = jsonb_build_array(chr(65533))"},
      {"bad_bytes_in_text", "name", "\"a\xFF\xC3(\"", Fate::stored, "name = 'a' || chr(65533) || chr(65533) || '('"},
      {"bad_bytes_in_json", "extra", "[\"\xED\xA0\x80\"]", Fate::stored, "extra ->> 0 like chr(65533) || '%'"},
      {"exponent_in_numeric", "price", "1e400", Fate::stored, "price = " + large + " and scale(price) = 0"},
      {"exponent_in_bigint", "stock", "1e400", Fate::set_aside, no_bigint},
      {"exponent_in_text", "name", "1e400", Fate::stored, "name = '1e400'"},
      {"exponent_in_json", "extra", "[1e400]", Fate::stored, "(extra ->> 0)::numeric = " + large},
      {"exponent_in_date", "changed", "1e400", Fate::set_aside, "is no date"},
      {"exponent_beyond_numeric", "price", "1e200000", Fate::set_aside,
       "is no decimal number, or one that numeric cannot hold"},
      {"exponent_beyond_json", "extra", "[1e200000]", Fate::set_aside, "holds a number that numeric cannot hold"},
      {"digits_19_in_bigint", "stock", "1234567890123456789", Fate::stored, "stock = 1234567890123456789"},
      {"digits_19_in_numeric", "price", "1234567890123456789.10", Fate::stored,
       "price::text = '1234567890123456789.10'"},
      {"digits_25_in_bigint", "stock", "1234567890123456789012345", Fate::set_aside, no_bigint},
      {"digits_25_in_numeric", "price", "1234567890123456789012345", Fate::stored,
       "price::text = '1234567890123456789012345'"},
      {"digits_25_in_json", "extra", "[1234567890123456789012345]", Fate::stored,
       "extra ->> 0 = '1234567890123456789012345'"},
      {"digits_25_in_time", "changed", "1234567890123456789012345", Fate::set_aside, "is no date"},
      {"zero_time", "changed", R"("0000-00-00 00:00:00")", Fate::stored, "changed is null"},
      {"zero_date", "born", R"("0000-00-00")", Fate::stored, "born is null"},
      {"impossible_date", "born", R"("2026-02-30")", Fate::set_aside, "is no date"},
      {"object_in_bigint", "stock", R"({"a":[1]})", Fate::set_aside, "is a nested value"},
      {"object_in_numeric", "price", R"({"a":[1]})", Fate::set_aside, "is a nested value"},
      {"array_in_boolean", "sold", "[true]", Fate::set_aside, "is a nested value"},
      {"object_in_time", "changed", R"({"date":"x"})", Fate::set_aside, "is a nested value"},
      {"object_in_text", "name", R"({"a":[1]})", Fate::stored, R"(name = '{"a":[1]}')"},
      {"words_in_bigint", "stock", R"("many")", Fate::set_aside, no_bigint},
      {"number_in_boolean", "sold", "7", Fate::set_aside, "is no truth value"},
      {"array_for_an_object", "address", "[1]", Fate::lost, "is an array where an object belongs"},
      {"text_for_an_object", "address", R"("Ulm")", Fate::lost, "is no object"},
      {"null_key", "id", "null", Fate::lost, "is missing"},
      {"empty_key", "id", R"("")", Fate::lost, "is missing"},
      {"object_as_key", "id", R"({"id":1})", Fate::lost, "is a nested value"},
      {"long_text", "name", '"' + std::string(three_megabytes, 'x') + '"', Fate::stored,
       "length(name) = " + std::to_string(three_megabytes)},
      {"long_text_in_json", "extra", "[\"" + std::string(three_megabytes, 'x') + "\"]", Fate::stored,
       "length(extra ->> 0) = " + std::to_string(three_megabytes)},
      {"long_text_in_bigint", "stock", '"' + std::string(three_megabytes, 'x') + '"', Fate::set_aside, no_bigint},
      {"long_text_as_key", "id", '"' + std::string(three_megabytes, 'x') + '"', Fate::lost, no_bigint},
      {"deep_in_json", "extra", nested(200), Fate::set_aside, "is nested too deeply"},
      {"deep_in_bigint", "stock", nested(200), Fate::set_aside, "is a nested value"},
      {"deep_in_unknown", "other", nested(200), Fate::stored, "name is not null"},
      {"deep_in_object", "address", R"({"other":)" + nested(200) + "}", Fate::stored, "city is null"},
      {"equal_members", "name", R"("first","name":"last")", Fate::stored, "name = 'last'"},
      {"equal_objects", "address", R"({"city":"Rom"},"address":{})", Fate::stored, "city is null"},
      {"unknown_member", "other", R"({"note":["hi"]})", Fate::stored, "name is not null"},
      {"malformed_value", "price", "01", Fate::lost, "no JSON value"},
  };
  return cases;
}

class PoisonPages : public DestinationFixture {
 protected:
  struct Members {
    int id = 0;
    std::string poisoned = {};
    std::string json = {};
  };

  static std::string record(const Members& record) {
    const std::string id = std::to_string(record.id);
    std::vector<std::pair<std::string, std::string>> members{{"id", id},
                                                             {"name", "\"n" + id + '"'},
                                                             {"price", "1.50"},
                                                             {"stock", id},
                                                             {"sold", "true"},
                                                             {"changed", R"("Thu, 18 Jun 2026 14:12:20 +0000")"},
                                                             {"born", R"("2026-06-18")"},
                                                             {"extra", "{\"k\":" + id + "}"},
                                                             {"address", R"({"city":"Ulm"})"},
                                                             {"other", "null"}};
    std::string text;
    for (const auto& [name, json] : members) {
      text += (text.empty() ? "{\"" : ",\"") + name + "\":" + (name == record.poisoned ? record.json : json);
    }
    return text + ",\"parts\":[{\"code\":\"c" + id + "\",\"size\":2}]}";
  }

  /// Every so-many-th of the records is bad.
  static std::string page(int records, int every, const PoisonCase& poison) {
    std::string text;
    for (int id = 1; id <= records; ++id) {
      text += text.empty() ? "[" : ",";
      text += id % every == 0 ? record({id, poison.member, poison.json}) : record({id});
    }
    return text + "]";
  }

  DecodedPage decode(const std::string& body) const {
    return PageDecoder(*things_.table, {whole_lane(*things_.table), whole_lane(*parts_.table)}).decode(body);
  }
  std::vector<BatchWriter::Result> load_page(const std::string& body) { return load(decode(body)); }
  std::vector<BatchWriter::Result> load(const DecodedPage& page) {
    const auto connection = open();
    connection->prepare({things_, parts_});
    connection->take_over({things_, parts_}, 1);
    const auto loading = writer(*connection, {things_, parts_});
    loading->append(page.batches);
    return loading->commit({{{"page", 1}}});
  }

  using RowsByKey = std::map<std::string, CopyText::Row>;
  /// What the decoder has written into the rows: of equal keys the last.
  RowsByKey rows_of(const RowBatch& batch, const DestinationTable& table) {
    std::vector<ColumnType> types;
    for (const Field* field : table.fields) types.push_back(field->type);
    RowsByKey rows;
    for (CopyText::Row& row : CopyText(batch.rows.bytes()).values(types)) {
      for (std::size_t i = 0; i < row.size(); ++i) {
        if (types[i] == ColumnType::jsonb && row[i]) row[i] = sql("select " + quoted(*row[i]) + "::jsonb::text");
      }
      const std::string key = row.at(0).value_or("no key");
      rows[key] = std::move(row);
    }
    return rows;
  }
  /// What PostgreSQL has made of them.
  RowsByKey rows_in(const DestinationTable& table) {
    std::string columns;
    for (const Field* field : table.fields) columns += (columns.empty() ? "" : ", ") + text_of(*field);
    const Json rows = Json::parse(
        sql("select coalesce(json_agg(json_build_array(" + columns + ")), '[]') from shop." + table.name.str()));
    RowsByKey read;
    for (const Json& row : rows) {
      CopyText::Row& values = read[row.at(0).get<std::string>()];
      for (std::size_t i = 0; i < row.size(); ++i) {
        values.push_back(row[i].is_null() ? std::nullopt : std::optional(shown(row[i], table.fields[i]->type)));
      }
    }
    EXPECT_EQ(read.size(), rows.size()) << "a key is there twice";
    return read;
  }
  /// Counted rather than written out: how PostgreSQL shows times depends on settings.
  static std::string text_of(const Field& field) {
    if (field.type == ColumnType::timestamptz)
      return "(extract(epoch from " + field.name + ") * 1000000)::bigint::text";
    if (field.type == ColumnType::date) return "(" + field.name + " - date '1970-01-01')::text";
    return field.name + "::text";
  }
  static std::string shown(const Json& value, ColumnType type) {
    const auto text = value.get<std::string>();
    if (type == ColumnType::timestamptz) return format_rfc3339(Time(std::chrono::microseconds(std::stoll(text))));
    if (type == ColumnType::date) return format_rfc3339(Time(std::chrono::days(std::stoll(text)))).substr(0, 10);
    return text;
  }
  static std::string quoted(std::string text) {
    for (std::size_t at = 0; (at = text.find('\'', at)) != std::string::npos; at += 2) text.insert(at, 1, '\'');
    return "'" + text + "'";
  }
  void expect_read_back(const DecodedPage& page) {
    EXPECT_EQ(rows_in(things_), rows_of(page.batches[0], things_));
    EXPECT_EQ(rows_in(parts_), rows_of(page.batches[1], parts_));
  }

  std::string count(const std::string& table, const std::string& condition) {
    return sql("select count(*) from shop.acme_" + table + " where " + condition);
  }

  /// Everything about what was loaded, good and bad.
  void expect_arrived(const PoisonCase& poison, int records, int every) {
    const auto results = load_page(page(records, every, poison));
    const int bad = records / every;
    const bool lost = poison.fate == Fate::lost;
    const std::string is_bad = "id % " + std::to_string(every) + " = 0";
    EXPECT_EQ(results[0].counters.read, records);
    EXPECT_EQ(results[0].counters.inserted, lost ? records - bad : records);
    EXPECT_EQ(results[0].counters.rejected, poison.fate == Fate::stored ? 0 : bad);
    // Where the key alone is bad, what stands inside the record is still there to be read.
    EXPECT_EQ(results[1].counters.inserted, lost && poison.member != "id" ? records - bad : records);
    EXPECT_EQ(count("things", "not " + is_bad +
                                  " and name = 'n' || id and price = 1.50 and stock = id and sold and changed = "
                                  "'2026-06-18T14:12:20Z' and born = '2026-06-18' and extra = jsonb_build_object('k', "
                                  "id) and city = 'Ulm'"),
              std::to_string(records - bad));
    if (poison.fate == Fate::stored) {
      EXPECT_EQ(count("things", is_bad + " and " + poison.expected), std::to_string(bad));
      EXPECT_EQ(sql("select count(*) from _sluice.rejected"), "0");
      return;
    }
    if (!lost) EXPECT_EQ(count("things", is_bad + " and " + poison.member + " is null"), std::to_string(bad));
    expect_quarantined(poison, bad);
  }

  void expect_quarantined(const PoisonCase& poison, int bad) {
    EXPECT_EQ(
        sql("select count(*) from _sluice.rejected where table_name = 'things' and length(raw) > 0 and length(key) "
            "<= 200 and reason = '" +
            poison.expected + "'"),
        std::to_string(bad));
    const std::string raw = sql("select raw from _sluice.rejected limit 1");
    const std::string part = poison.json.substr(0, 100);
    EXPECT_NE(raw.find(part), std::string::npos) << raw.substr(0, 300);
  }

  /// One server for all cases.
  void begin_anew() {
    sql("set client_min_messages = warning; drop schema if exists shop cascade; drop schema if exists _sluice cascade");
  }

  const Catalogue tables_ = load_tables(record_table_files());
  const DestinationTable things_ = destination_of(*tables_.find("things"));
  const DestinationTable parts_ = destination_of(*tables_.find("parts"));
};

TEST_F(PoisonPages, with_one_bad_record_in_a_hundred_lose_nothing_but_that) {
  for (const PoisonCase& poison : poison_cases()) {
    SCOPED_TRACE(poison.name);
    begin_anew();
    expect_arrived(poison, 200, 100);
  }
}

TEST_F(PoisonPages, of_bad_records_alone_are_stored_or_the_load_says_why_not) {
  constexpr int records = 12;
  for (const PoisonCase& poison : poison_cases()) {
    SCOPED_TRACE(poison.name);
    begin_anew();
    if (poison.fate != Fate::lost) {
      expect_arrived(poison, records, 1);
      continue;
    }

    const std::string message = message_of([&] { load_page(page(records, 1, poison)); });

    EXPECT_THAT(message, testing::HasSubstr("things: 12 of 12 records cannot be stored"));
    EXPECT_THAT(message, testing::HasSubstr(poison.expected));
    EXPECT_EQ(count("things", "true"), "0");
    expect_quarantined(poison, records);
  }
}

TEST_F(PoisonPages, with_equal_keys_bring_the_last_of_them) {
  std::string body = "[";
  for (int i = 0; i < 50; ++i) body += record({1 + i % 5, "name", "\"at " + std::to_string(i) + '"'}) + ",";
  body.back() = ']';

  const auto results = load_page(body);

  EXPECT_EQ(results[0].counters.read, 50);
  EXPECT_EQ(results[0].counters.inserted, 5);
  EXPECT_EQ(sql("select string_agg(name, ', ' order by id) from shop.acme_things"),
            "at 45, at 46, at 47, at 48, at 49");
}

TEST_F(PoisonPages, with_a_text_key_of_three_megabytes_lose_that_row_alone) {
  const auto results = load_page(R"([{"id":1,"parts":[{"code":")" + std::string(three_megabytes, 'c') +
                                 R"("},{"code":"b"}]},{"id":2,"parts":[{"code":"c"}]}])");

  EXPECT_EQ(results[1].counters.inserted, 2);
  EXPECT_EQ(sql("select field || ' ' || reason from _sluice.rejected"), "code is too long for a key");
}

/// What the fuzzed decoder is held to, asked of PostgreSQL itself.
TEST_F(PoisonPages, of_the_fuzzers_corpus_are_read_back_as_they_were_decoded) {
  int taken = 0;
  std::size_t rows = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(SLUICE_FUZZ_CORPUS) / "record")) {
    SCOPED_TRACE(entry.path().filename().string());
    begin_anew();
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string body(std::istreambuf_iterator<char>(in), {});
    const std::string failure = error_of([&] {
      const DecodedPage page = decode(body);
      load(page);
      expect_read_back(page);
      rows += rows_in(things_).size() + rows_in(parts_).size();
    });
    EXPECT_TRUE(failure == "nothing" || failure == "transient source.bad_json" ||
                failure == "data source.too_many_rejected")
        << failure;
    if (failure == "nothing") ++taken;
  }
  EXPECT_GT(taken, 10);
  EXPECT_GT(rows, 20U);
}

/// Any value in any column.
TEST_F(PoisonPages, of_values_at_random_are_read_back_as_they_were_decoded) {
  auto dice = seeded_dice();
  std::vector<std::string> values;
  for (const PoisonCase& poison : poison_cases()) {
    if (poison.fate != Fate::lost && poison.json.size() < 1000) values.push_back(poison.json);
  }
  const std::vector<std::string> members{"name", "price", "stock", "sold", "changed", "born", "extra", "other"};
  constexpr int records = 200;

  for (int round = 0; round < rounds(5); ++round) {
    begin_anew();
    std::string body = "[";
    for (int id = 1; id <= records; ++id) {
      body += record({id, members[dice() % members.size()], values[dice() % values.size()]}) + ",";
    }
    body.back() = ']';
    const DecodedPage page = decode(body);

    const auto results = load(page);

    EXPECT_EQ(results[0].counters.inserted, records);
    expect_read_back(page);
  }
}

}  // namespace
}  // namespace sluice
