// How single values of a source become column values.
#include "tests/unit/connectors/decoding.hpp"

#include <gtest/gtest.h>

namespace sluice {
namespace {

/// The value of column `v` for a record {"id":1,"v":<json>}; "rejected: <reason>" when it could not be stored: then the
/// row has null there, unless the text is no JSON.
std::string column_of(std::string_view type, const std::string& json) {
  const Catalogue tables = tables_of({things_file("v2", ", [\"v\", \"" + std::string(type) + "\", \"Value\"]")});
  const Lane lane = whole(tables.tables().front());
  const DecodedPage page = PageDecoder(tables.tables().front(), {lane}).decode("[{\"id\":1,\"v\":" + json + "}]");
  const RowBatch& batch = page.batches.front();
  if (!batch.rejects.empty()) {
    EXPECT_EQ(batch.rejects.front().key, "1");
    EXPECT_EQ(batch.rows.rows(), batch.rejects.front().row_kept ? 1U : 0U);
    if (batch.rejects.front().row_kept) EXPECT_EQ(rows_of(batch, lane).front(), "1 | null");
    return "rejected: " + batch.rejects.front().field + " " + batch.rejects.front().reason;
  }
  const auto rows = rows_of(batch, lane);
  return rows.size() == 1 ? rows.front().substr(std::string_view("1 | ").size()) : "no row";
}

struct Case {
  const char* type;
  const char* json;
  const char* column;
};

class RecordValues : public testing::TestWithParam<Case> {};

TEST_P(RecordValues, become_columns) {
  const Case& it = GetParam();

  EXPECT_EQ(column_of(it.type, it.json), it.column) << it.type << " " << it.json;
}

constexpr const char* no_bigint = "rejected: v is no whole number of 64 bits";
constexpr const char* no_numeric = "rejected: v is no decimal number, or one that numeric cannot hold";
constexpr const char* no_json = "rejected: v no JSON value";

INSTANTIATE_TEST_SUITE_P(whole_numbers, RecordValues,
                         testing::Values(Case{"bigint", "7", "7"}, Case{"bigint", "\"7\"", "7"},
                                         Case{"bigint", "-9223372036854775808", "-9223372036854775808"},
                                         Case{"bigint", "9223372036854775807", "9223372036854775807"},
                                         Case{"bigint", "9223372036854775808", no_bigint}, Case{"bigint", "3.0", "3"},
                                         Case{"bigint", "\"3.0000\"", "3"}, Case{"bigint", "1.2e3", "1200"},
                                         Case{"bigint", "1e18", "1000000000000000000"},
                                         Case{"bigint", "1e19", no_bigint}, Case{"bigint", "1e999999999", no_bigint},
                                         Case{"bigint", "3.5", no_bigint}, Case{"bigint", "0.00", "0"},
                                         Case{"bigint", "-0", "0"}, Case{"bigint", "\"\"", "null"},
                                         Case{"bigint", "null", "null"}, Case{"bigint", "\"seven\"", no_bigint},
                                         Case{"bigint", "true", no_bigint},
                                         Case{"bigint", "[7]", "rejected: v is a nested value"},
                                         Case{"bigint", "7x", no_json}));

INSTANTIATE_TEST_SUITE_P(decimals, RecordValues,
                         testing::Values(Case{"numeric", "1.10", "1.10"}, Case{"numeric", "\"109.0000\"", "109.0000"},
                                         Case{"numeric", "\"-0.0001\"", "-0.0001"},
                                         Case{"numeric", "1234567890123456789012345", "1234567890123456789012345"},
                                         Case{"numeric", "0.1234567890123456789012345", "0.1234567890123456789012345"},
                                         Case{"numeric", "1e3", "1000"}, Case{"numeric", "\"\"", "null"},
                                         Case{"numeric", "null", "null"}, Case{"numeric", "\"1e200000\"", no_numeric},
                                         Case{"numeric", "\"NaN\"", no_numeric}, Case{"numeric", "\"1,5\"", no_numeric},
                                         Case{"numeric", "false", no_numeric}, Case{"numeric", "1e200000", no_numeric},
                                         Case{"numeric", "01", no_json}, Case{"numeric", "+1", no_json},
                                         Case{"numeric", "1.", no_json}));

INSTANTIATE_TEST_SUITE_P(flags, RecordValues,
                         testing::Values(Case{"boolean", "true", "true"}, Case{"boolean", "false", "false"},
                                         Case{"boolean", "1", "true"}, Case{"boolean", "0", "false"},
                                         Case{"boolean", "\"1\"", "true"}, Case{"boolean", "\"0\"", "false"},
                                         Case{"boolean", "\"true\"", "true"}, Case{"boolean", "\"false\"", "false"},
                                         Case{"boolean", "\"\"", "null"}, Case{"boolean", "null", "null"},
                                         Case{"boolean", "2", "rejected: v is no truth value"},
                                         Case{"boolean", "trUe", "rejected: v no JSON value"}));

INSTANTIATE_TEST_SUITE_P(
    dates, RecordValues,
    testing::Values(Case{"timestamptz", "\"Thu, 18 Jun 2026 14:12:20 +0000\"", "2026-06-18T14:12:20Z"},
                    Case{"timestamptz", "\"Thu, 18 Jun 2026 14:12:20 +0200\"", "2026-06-18T12:12:20Z"},
                    Case{"timestamptz", "\"2026-06-18T14:12:20Z\"", "2026-06-18T14:12:20Z"},
                    Case{"timestamptz", "\"2026-06-18T14:12:20.25+00:00\"", "2026-06-18T14:12:20.250000Z"},
                    Case{"timestamptz", "\"2026-06-18 14:12:20\"", "2026-06-18T14:12:20Z"},
                    Case{"timestamptz", "\"1522169082\"", "2018-03-27T16:44:42Z"},
                    Case{"timestamptz", "1522169082", "2018-03-27T16:44:42Z"}, Case{"timestamptz", "\"\"", "null"},
                    Case{"timestamptz", "\"0\"", "null"}, Case{"timestamptz", "0", "null"},
                    Case{"timestamptz", "\"0000-00-00\"", "null"},
                    Case{"timestamptz", "\"0000-00-00 00:00:00\"", "null"}, Case{"timestamptz", "null", "null"},
                    Case{"timestamptz", "\"soon\"", "rejected: v is no date"},
                    Case{"timestamptz", "true", "rejected: v is no date"},
                    Case{"timestamptz", "\"2026\\u002d06-18\"", "2026-06-18T00:00:00Z"},
                    Case{"date", "\"2026-06-18\"", "2026-06-18"},
                    Case{"date", "\"Thu, 18 Jun 2026 23:59:59 +0000\"", "2026-06-18"},
                    Case{"date", "\"1969-12-31\"", "1969-12-31"}, Case{"date", "\"\"", "null"}));

INSTANTIATE_TEST_SUITE_P(
    texts, RecordValues,
    testing::Values(Case{"text", "\"\"", ""}, Case{"text", "null", "null"}, Case{"text", "\"Größe ♥\"", "Größe ♥"},
                    Case{"text", "12.50", "12.50"}, Case{"text", "true", "true"},
                    Case{"text", "\"a\\\"b\\\\c\\/d\\b\\f\\n\\r\\t\"", "a\"b\\c/d\b\f\n\r\t"},
                    Case{"text", "\"\\u0041\\u00e4\\u20AC\"", "Aä€"}, Case{"text", "\"\\ud83d\\ude00\"", "😀"},
                    Case{"text", "\"\\ud83d\"", "\xEF\xBF\xBD"}, Case{"text", "\"x\\ude00y\"", "x\xEF\xBF\xBDy"},
                    Case{"text", "\"\\ud83d\\ud83d\\ude00\"", "\xEF\xBF\xBD😀"},
                    Case{"text", "\"a\\u0000b\"",
                         "a\xEF\xBF\xBD"
                         "b"},
                    Case{"text", "\"a\\\\\"", "a\\"}, Case{"text", "\"\\\"\"", "\""},
                    Case{"text", "\"\\x\"", "rejected: v has a broken escape"},
                    Case{"text", "\"\\u12g4\"", "rejected: v has a broken escape"},
                    Case{"text", "\"\\u12\"", "rejected: v has a broken escape"}, Case{"text", "[1, 2]", "[1, 2]"},
                    Case{"text", "\"bad\xFF\"", "bad\xEF\xBF\xBD"},
                    Case{"text", "\"a\"b", "rejected:  a malformed object"},
                    Case{"text", "\"a\"b\"c\"", "rejected:  a malformed object"}));

INSTANTIATE_TEST_SUITE_P(
    nested_values, RecordValues,
    testing::Values(Case{"jsonb", "{\"a\" : [1.10, null]}", "{\"a\" : [1.10, null]}"}, Case{"jsonb", "[]", "[]"},
                    Case{"jsonb", "{}", "{}"}, Case{"jsonb", "\"\"", "null"}, Case{"jsonb", "null", "null"},
                    Case{"jsonb", "\"x\"", "\"x\""}, Case{"jsonb", "5", "5"}, Case{"jsonb", "true", "true"},
                    Case{"jsonb", "[\"a\\u0000b\"]", "[\"a\\ufffdb\"]"},
                    Case{"jsonb", "{\"\\ud800\":\"\\udc00\\n\"}", "{\"\\ufffd\":\"\\ufffd\\n\"}"},
                    Case{"jsonb", "[\"\\\\u0000\"]", "[\"\\\\u0000\"]"},
                    Case{"jsonb", "[\"\\ud83d\\ude00\"]", "[\"\\ud83d\\ude00\"]"},
                    Case{"jsonb", "\"\\u0000\"", "\"\\ufffd\""}, Case{"jsonb", "[\"\xC3\x28\"]", "[\"\xEF\xBF\xBD(\"]"},
                    Case{"jsonb", "[1e400]", "[1e400]"},
                    Case{"jsonb", "[1e200000]", "rejected: v holds a number that numeric cannot hold"},
                    Case{"text", "[1e200000]", "[1e200000]"}, Case{"jsonb", "[1,]", no_json},
                    Case{"jsonb", "[1 2]", "rejected: v a malformed array"},
                    Case{"jsonb", "{\"a\" 1}", "rejected: v a malformed object"},
                    Case{"jsonb", "{a:1}", "rejected: v a malformed object"},
                    Case{"jsonb", "[\"\\q\"]", "rejected: v a malformed string"},
                    Case{"jsonb", "[nul]", "rejected: v no JSON value"}));

TEST(RecordNesting, is_refused_beyond_its_limit) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };

  EXPECT_EQ(column_of("jsonb", nested(64)), nested(64));
  EXPECT_EQ(column_of("jsonb", nested(65)), "rejected: v is nested too deeply");
  EXPECT_EQ(column_of("jsonb", nested(100'000)), "rejected: v is nested too deeply");
}

}  // namespace
}  // namespace sluice
