#include "core/copy_rows.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

// Expected bytes are what PostgreSQL itself writes with `copy (select ...) to stdout (format binary)`; the
// destination's integration tests load and read back real rows.
namespace sluice {
namespace {

std::string hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += digits[static_cast<unsigned char>(c) >> 4U];
    out += digits[static_cast<unsigned char>(c) & 0xFU];
  }
  return out;
}

/// Without the blanks that make the expected bytes readable.
std::string packed(std::string text) {
  std::erase(text, ' ');
  return text;
}

std::string numeric(std::string_view text) {
  CopyRows rows;
  if (!rows.put_numeric(text)) return rows.bytes().empty() ? "refused" : "refused, but something was written";
  return hex(rows.bytes());
}

TEST(CopyRows, encodes_numbers_digit_for_digit) {
  struct Case {
    const char* text;
    const char* bytes;  // length, groups, weight, sign, scale, groups of four digits
  };
  constexpr Case cases[] = {
      {"0", "00000008 0000 0000 0000 0000"},
      {"-0.00", "00000008 0000 0000 0000 0002"},
      {"1", "0000000a 0001 0000 0000 0000 0001"},
      {"-1", "0000000a 0001 0000 4000 0000 0001"},
      {"+1", "0000000a 0001 0000 0000 0000 0001"},
      {"1.10", "0000000c 0002 0000 0000 0002 0001 03e8"},
      {"1.1", "0000000c 0002 0000 0000 0001 0001 03e8"},
      {"-12.3400", "0000000c 0002 0000 4000 0004 000c 0d48"},
      {"9999", "0000000a 0001 0000 0000 0000 270f"},
      {"10000", "0000000a 0001 0001 0000 0000 0001"},
      {"123456789.01234", "00000012 0005 0002 0000 0005 0001 0929 1a85 007b 0fa0"},
      {"0.5", "0000000a 0001 ffff 0000 0001 1388"},
      {".5", "0000000a 0001 ffff 0000 0001 1388"},
      {"5.", "0000000a 0001 0000 0000 0000 0005"},
      {"0.0001", "0000000a 0001 ffff 0000 0004 0001"},
      {"0.00001", "0000000a 0001 fffe 0000 0005 03e8"},
      {"007", "0000000a 0001 0000 0000 0000 0007"},
      {"100020003000", "0000000e 0003 0002 0000 0000 03e8 07d0 0bb8"},
      {"1e3", "0000000a 0001 0000 0000 0000 03e8"},
      {"1E+4", "0000000a 0001 0001 0000 0000 0001"},
      {"1.50e1", "0000000a 0001 0000 0000 0001 000f"},
      {"1.5e-3", "0000000a 0001 ffff 0000 0004 000f"},
      {"12e-1", "0000000c 0002 0000 0000 0001 0001 07d0"},
      {"0e5", "00000008 0000 0000 0000 0000"},
  };
  for (const Case& item : cases) {
    SCOPED_TRACE(item.text);

    EXPECT_EQ(numeric(item.text), packed(item.bytes));
  }
}

TEST(CopyRows, holds_the_largest_and_the_smallest_number_of_postgresql) {
  EXPECT_EQ(numeric("1e131071"), packed("0000000a 0001 7fff 0000 0000 03e8"));
  EXPECT_EQ(numeric("1e-16383"), packed("0000000a 0001 f000 0000 3fff 000a"));
  EXPECT_EQ(numeric("1e131072"), "refused");
  EXPECT_EQ(numeric("1e-16384"), "refused");
  EXPECT_EQ(numeric("0." + std::string(16'383, '0')), packed("00000008 0000 0000 0000 3fff"));
  EXPECT_EQ(numeric("0." + std::string(16'384, '0')), "refused");
  EXPECT_EQ(numeric(std::string(131'072, '9')).size(), 2 * (4 + 8 + 2 * 32'768));
  EXPECT_EQ(numeric("1" + std::string(131'072, '0')), "refused");
}

TEST(CopyRows, refuses_what_is_no_number_and_writes_nothing) {
  const char* const cases[] = {"",    "-",     "+",        ".",   "e5",  "1e",
                               "1e+", "1e1.5", "1.2.3",    "1,5", " 1",  "1 ",
                               "0x1", "NaN",   "Infinity", "--1", "+-1", "1e99999999999999999999",
                               "1a",  "1_000", "1e5e5",    "١"};
  for (const char* text : cases) {
    SCOPED_TRACE(text);

    EXPECT_EQ(numeric(text), "refused");
  }
}

TEST(CopyRows, encodes_the_other_types) {
  struct Case {
    const char* name;
    void (*put)(CopyRows&);
    const char* bytes;
  };
  constexpr Case cases[] = {
      {"null", [](CopyRows& rows) { rows.put_null(); }, "ffffffff"},
      {"bigint", [](CopyRows& rows) { rows.put_bigint(258); }, "00000008 0000000000000102"},
      {"negative bigint", [](CopyRows& rows) { rows.put_bigint(-1); }, "00000008 ffffffffffffffff"},
      {"smallest bigint", [](CopyRows& rows) { rows.put_bigint(INT64_MIN); }, "00000008 8000000000000000"},
      {"text", [](CopyRows& rows) { rows.put_text("é!"); }, "00000003 c3a921"},
      {"empty text", [](CopyRows& rows) { rows.put_text(""); }, "00000000"},
      {"true", [](CopyRows& rows) { rows.put_boolean(true); }, "00000001 01"},
      {"false", [](CopyRows& rows) { rows.put_boolean(false); }, "00000001 00"},
      {"2000-01-01", [](CopyRows& rows) { rows.put_timestamptz(946'684'800'000'000); }, "00000008 0000000000000000"},
      {"1970-01-01", [](CopyRows& rows) { rows.put_timestamptz(0); }, "00000008 fffca2fec4c82000"},
      {"2000-01-02 as a date", [](CopyRows& rows) { rows.put_date(10'958); }, "00000004 00000001"},
      {"1970-01-01 as a date", [](CopyRows& rows) { rows.put_date(0); }, "00000004 ffffd533"},
      {"jsonb", [](CopyRows& rows) { rows.put_jsonb("[]"); }, "00000003 01 5b5d"},
  };
  for (const Case& item : cases) {
    SCOPED_TRACE(item.name);
    CopyRows rows;

    item.put(rows);

    EXPECT_EQ(hex(rows.bytes()), packed(item.bytes));
  }
}

TEST(CopyRows, begins_each_row_with_its_number_of_columns) {
  CopyRows rows;

  rows.begin_row(2);
  rows.put_boolean(true);
  rows.put_null();
  rows.end_row();
  rows.begin_row(300);

  EXPECT_EQ(hex(rows.bytes()), packed("0002 00000001 01 ffffffff 012c"));
  EXPECT_EQ(rows.rows(), 1U);
}

TEST(CopyRows, forgets_an_abandoned_row_only) {
  CopyRows rows;
  rows.begin_row(1);
  rows.put_bigint(7);
  rows.end_row();
  const std::string before(rows.bytes());

  rows.begin_row(2);
  rows.put_text("half a record");
  rows.abandon_row();

  EXPECT_EQ(rows.bytes(), before);
  EXPECT_EQ(rows.rows(), 1U);
}

TEST(ColumnType, prints_and_parses_as_postgresql_calls_it) {
  for (const char* name : {"bigint", "numeric", "text", "boolean", "timestamptz", "date", "jsonb"}) {
    SCOPED_TRACE(name);
    ColumnType type{};

    ASSERT_TRUE(parse(name, type));
    EXPECT_EQ(to_string(type), name);
  }
  ColumnType untouched = ColumnType::date;
  EXPECT_FALSE(parse("integer", untouched));
  EXPECT_EQ(untouched, ColumnType::date);
}

}  // namespace
}  // namespace sluice
