// How a whole page becomes rows, rejects and facts.
#include "core/error.hpp"
#include "tests/unit/connectors/decoding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

struct Decoded {
  DecodedPage page;
  std::vector<std::vector<std::string>> rows;  // per lane

  const PageFacts& facts() const { return page.facts; }
  const RowBatch& batch(std::size_t lane) const { return page.batches.at(lane); }
};

Decoded decode(const Table& carrier, const std::vector<Lane>& lanes, std::string_view body) {
  Decoded out{PageDecoder(carrier, lanes).decode(std::string(body)), {}};
  for (std::size_t i = 0; i < lanes.size(); ++i) out.rows.push_back(rows_of(out.page.batches.at(i), lanes[i]));
  return out;
}

Decoded decode(const Catalogue& tables, std::string_view body) {
  return decode(tables.tables().front(), {whole(tables.tables().front())}, body);
}

constexpr std::string_view person_fields = R"(, ["name", "text", "Name"],
    ["city", "text", "City", {"from": "address.city"}], ["zip", "text", "Code", {"from": "address.zip"}], ["when", "timestamptz", "Date"])";
constexpr std::string_view by_keyset = R"("paging": {"kind": "keyset", "field": "id", "from": "min_id"},
    "increment": {"field": "when", "min": "min_when"}, )";

Catalogue v2_things() { return tables_of({things_file("v2", person_fields, by_keyset)}); }
Catalogue v3_things() {
  return tables_of({things_file("v3", R"(, ["name", "text", "Name"])", R"("paging": {"kind": "cursor"}, )")});
}

std::string error_of(const Catalogue& tables, std::string_view body) {
  try {
    decode(tables, body);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::transient);
    return error.code();
  }
  return "";
}

TEST(Record, takes_members_in_any_order_and_skips_unknown_ones) {
  const auto got = decode(v2_things(), R"([
      {"id": 1, "name": "A", "address": {"city": "Rom", "zip": "00100"}, "when": ""},
      {"other": {"id": 9, "x": ["}", "]"]}, "address": {"zip": "1", "y": [], "city": "Ulm"}, "when": "", "name": "B", "id": 2, "z": 1},
      {"name": "C", "id": 3}])");

  EXPECT_THAT(got.rows[0],
              ElementsAre("1 | A | Rom | 00100 | null", "2 | B | Ulm | 1 | null", "3 | C | null | null | null"));
  EXPECT_EQ(got.facts().records, 3U);
}

TEST(Record, reads_names_with_escapes) {
  EXPECT_THAT(decode(v2_things(), R"([{"\u0069d": 1, "na\u006De": "A"}])").rows[0],
              ElementsAre("1 | A | null | null | null"));
}

TEST(Record, lets_the_last_of_two_equal_members_win) {
  const auto got = decode(v2_things(), R"([{"id": 1, "id": 2, "name": "A", "name": null,
                                            "address": {"city": "Rom", "zip": "1"}, "address": {"zip": "2"}}])");

  EXPECT_THAT(got.rows[0], ElementsAre("2 | null | null | 2 | null"));
}

TEST(Record, takes_nothing_for_an_object_without_members) {
  for (const char* address : {"[]", "{}", "null", "\"\"", "[ ]"}) {
    const auto got = decode(v2_things(), R"([{"id": 1, "address": )" + std::string(address) + "}]");
    EXPECT_THAT(got.rows[0], ElementsAre("1 | null | null | null | null")) << address;
  }
}

TEST(Record, loses_only_the_bad_records_of_a_page) {
  const auto got =
      decode(v2_things(), R"([{"id": 1}, {"id": 2, "when": "never"}, {"name": "no key"}, {"id": null}, {"id": "x"}, 5,
      {"id": 6, "address": [1]}, {"id": 7, "address": 8}, {"id": 8,, "name": "B"}, {"id": 9 "name": "C"}, {"id": 10, "address": {"city": tru}}, {"id": 11}])");

  EXPECT_THAT(got.rows[0], ElementsAre("1 | null | null | null | null", "2 | null | null | null | null",
                                       "11 | null | null | null | null"));
  std::vector<std::string> rejects;
  for (const Reject& it : got.batch(0).rejects) rejects.push_back(it.key + ": " + it.field + " " + it.reason);
  EXPECT_THAT(
      rejects,
      ElementsAre("2: when is no date", ": id is missing", ": id is missing", "x: id is no whole number of 64 bits",
                  ":  is no object", "6: address is an array where an object belongs", "7: address is no object",
                  "8:  a malformed object", "9:  a malformed object", "10: address.city no JSON value"));
  EXPECT_TRUE(got.batch(0).rejects[0].row_kept) << "one value that does not fit costs that value only";
  EXPECT_EQ(got.batch(0).rejects[0].raw, R"("never")");
  EXPECT_FALSE(got.batch(0).rejects[1].row_kept);
  EXPECT_EQ(got.batch(0).rejects[1].raw, R"({"name": "no key"})");
  EXPECT_EQ(got.facts().records, 12U);
  EXPECT_EQ(got.facts().last_key, 11);
}

/// A name that could not be kept, or not be told from another one, is passed by, and its record is not harmed.
TEST(Record, passes_by_members_whose_names_cannot_be_kept) {
  const std::string long_name(63, 'n');
  const auto got =
      decode(v2_things(), R"([{"id": 1, "": 1, "a\u0000b": 1, "\u0061": 1, "a\"b": 1, "a\nb": 1, "\ud800": 1, ")" +
                              long_name + R"(1": 1, ")" + long_name + R"(2": 1, ")" + long_name +
                              R"(": 1, "twin": 1, "twin": 2, "TWIN": 3, "ctid": 4}])");

  std::vector<std::string> names;
  for (const NewField& it : got.batch(0).new_fields) names.push_back(it.name);
  EXPECT_THAT(names, ElementsAre(long_name, "twin", "TWIN", "ctid"));
  EXPECT_EQ(got.facts().last_key, 1);
  EXPECT_TRUE(got.batch(0).rejects.empty());
}

TEST(Record, notices_members_that_the_table_does_not_know) {
  const auto got =
      decode(v2_things(), R"([{"id": 1, "gift": {"note": "hi"}, "extra": null, "shipped": "2026-01-02T03:04:05Z"},
      {"id": 2, "gift": 5, "extra": 7, "share": 0.5, "code": "12", "yes": true}])");

  std::vector<std::string> news;
  for (const NewField& it : got.batch(0).new_fields)
    news.push_back(it.name + " " + std::string(to_string(it.type)) + " " + it.sample);
  EXPECT_THAT(news, ElementsAre("gift jsonb {\"note\": \"hi\"}", "shipped timestamptz \"2026-01-02T03:04:05Z\"",
                                "extra bigint 7", "share numeric 0.5", "code text \"12\"", "yes boolean true"));
}

TEST(Record, cuts_the_text_of_a_large_reject) {
  const auto got = decode(v2_things(), R"([{"id": "x", "name": ")" + std::string(100'000, 'a') + "\"}]");

  EXPECT_EQ(got.batch(0).rejects.at(0).raw.size(), 64U * 1024U);
}

TEST(Record, keeps_the_row_when_a_value_is_nested_too_deeply) {
  const Catalogue tables = tables_of({things_file("v2", R"(, ["extra", "jsonb", "More"], ["name", "text", "Name"])")});
  const std::string deep = std::string(200, '[') + std::string(200, ']');

  const auto got = decode(tables, R"([{"id": 1, "extra": )" + deep + R"(, "name": "A", "other": )" + deep + "}]");

  EXPECT_THAT(got.rows[0], ElementsAre("1 | null | A"));
  EXPECT_TRUE(got.batch(0).rejects.at(0).row_kept);
  EXPECT_EQ(got.batch(0).rejects.at(0).raw, deep);
}

TEST(Record, refuses_keys_that_no_index_holds) {
  const Catalogue tables = tables_of({R"({"table": "things", "title": "Things", "meaning": "For tests.",
      "path": "/things", "key": ["code"], "subject": "catalog", "scopes": ["read"], "style": "v2",
      "fields": [["code", "text", "Code"]]})"});

  const auto got = decode(
      tables, R"([{"code": ")" + std::string(1000, 'a') + R"("}, {"code": ")" + std::string(3'000'000, 'b') + "\"}]");

  EXPECT_EQ(got.batch(0).rows.rows(), 1U);
  const Reject& reject = got.batch(0).rejects.at(0);
  EXPECT_EQ(reject.reason, "is too long for a key");
  EXPECT_LE(reject.key.size(), 200U) << "the quarantine has an index, too";
}

TEST(Record, finds_no_records_in_an_empty_answer) {
  for (const char* body : {"", "  \r\n", "[]", " [ ] "}) {
    const auto got = decode(v2_things(), body);
    EXPECT_EQ(got.facts().records, 0U) << body;
    EXPECT_THAT(got.page.batches, SizeIs(1));
  }
  EXPECT_EQ(decode(v3_things(), R"({"data": [], "meta": {}})").facts().records, 0U);
}

TEST(Record, notes_keys_and_dates_of_the_carrier) {
  const Catalogue tables = v2_things();
  const Table& table = tables.tables().front();
  const Lane only_key{&table, {table.find_field("id")}};
  const auto got =
      decode(table, {only_key}, R"([{"id": 5, "when": "Thu, 18 Jun 2026 14:12:20 +0000"}, {"id": 9, "when": ""},
                                                 {"id": 7, "when": "Fri, 19 Jun 2026 00:00:00 +0000"}])");

  EXPECT_THAT(got.rows[0], ElementsAre("5", "9", "7"));
  EXPECT_EQ(got.facts().first_key, 5);
  EXPECT_EQ(got.facts().last_key, 7);
  EXPECT_EQ(got.facts().first_modified, parse_iso8601("2026-06-18T14:12:20Z"));
  EXPECT_EQ(got.facts().last_modified, parse_iso8601("2026-06-19T00:00:00Z"));
}

TEST(Record, reads_paging_on_either_side_of_the_data) {
  const std::string data = R"("data": [{"id": 1, "name": "A"}])";
  const std::string meta =
      R"("meta": {"pagination": {"count": 1, "total": 36, "total_pages": 2, "links": {}, "too_many": false},
                                       "cursor_pagination": {"end_cursor": "eyJpZCI6MTJ9", "links": {}}})";
  for (const std::string& body : {"{" + data + "," + meta + "}", "{" + meta + "," + data + "}"}) {
    const auto got = decode(v3_things(), body);
    EXPECT_THAT(got.rows[0], ElementsAre("1 | A"));
    EXPECT_EQ(got.facts().total, 36);
    EXPECT_EQ(got.facts().total_pages, 2);
    EXPECT_EQ(got.facts().next_cursor, "eyJpZCI6MTJ9");
  }
}

TEST(Record, says_nothing_of_paging_that_is_not_there) {
  const auto got = decode(
      v3_things(), R"({"data": [{"id": 1}], "meta": {"pagination": [], "cursor_pagination": {"end_cursor": null}}})");

  EXPECT_EQ(got.facts().total, std::nullopt);
  EXPECT_EQ(got.facts().next_cursor, std::nullopt);
}

TEST(Record, throws_when_the_records_are_not_where_they_belong) {
  for (const char* body : {R"({"data": []})", "5", "\"x\"", "null", R"([{"id": 1}] x)",
                           R"([{"id": 1}])"
                           "]",
                           R"([{"id": 1} {"id": 2}])", "[1", "<html>", "[{\"id\": 1}, ]x"}) {
    EXPECT_EQ(error_of(v2_things(), body), "source.bad_json") << body;
  }
  for (const char* body : {"[]", "{}", R"({"meta": {}})", R"({"data": {"id": 1}})", R"({"data": null})",
                           R"({"data": []} [])", R"({"data": [], })", "Service Unavailable"}) {
    EXPECT_EQ(error_of(v3_things(), body), "source.bad_json") << body;
  }
}

TEST(Record, reads_a_single_record) {
  const Catalogue v2 =
      tables_of({things_file("v2", R"(, ["name", "text", "Name"])", R"("paging": {"kind": "single"}, )")});
  const Catalogue v3 =
      tables_of({things_file("v3", R"(, ["name", "text", "Name"])", R"("paging": {"kind": "single"}, )")});

  EXPECT_THAT(decode(v2, R"({"id": 1, "name": "shop"})").rows[0], ElementsAre("1 | shop"));
  EXPECT_THAT(decode(v3, R"({"data": {"id": 1, "name": "shop"}, "meta": {}})").rows[0], ElementsAre("1 | shop"));
}

TEST(Record, gives_equal_keys_equal_hashes) {
  const auto got = decode(v2_things(), R"([{"id": 1, "name": "A"}, {"id": 2}, {"name": "B", "id": "1"}])");

  const auto& hashes = got.batch(0).key_hashes;
  ASSERT_THAT(hashes, SizeIs(3));
  EXPECT_EQ(hashes[0], hashes[2]);
  EXPECT_NE(hashes[0], hashes[1]);
}

TEST(Record, is_never_wrong_about_an_answer_that_was_cut) {
  std::string body = "[";
  for (int i = 1; i <= 20; ++i) {
    body +=
        (i > 1 ? ", " : "") + std::string(R"({"id": )") + std::to_string(i) +
        R"(, "name": "a\"b\\", "address": {"city": "Ulm", "zip": ["x", {"y": 1.5e3}]}, "more": [{"z": "}]"}, null, true]})";
  }
  body += "]";
  const Catalogue tables = v2_things();
  ASSERT_EQ(decode(tables, body).facts().records, 20U);

  for (std::size_t size = 1; size < body.size(); ++size) {
    EXPECT_EQ(error_of(tables, std::string_view(body).substr(0, size)), "source.bad_json") << size;
  }
}

TEST(Record, refuses_a_lane_without_its_key) {
  const Catalogue tables = v2_things();
  const Table& table = tables.tables().front();

  EXPECT_THROW(PageDecoder(table, {Lane{&table, {table.find_field("name")}}}), Error);
}

}  // namespace
}  // namespace sluice
