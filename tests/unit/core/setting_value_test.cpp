#include "core/setting_value.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace sluice {
namespace {

using namespace std::chrono_literals;

TEST(SettingValue, reads_durations_with_a_unit) {
  struct Case {
    const char* text;
    std::optional<Duration> value;
  };
  const Case cases[] = {
      {"250ms", 250ms},
      {"15s", 15s},
      {"5m", 5min},
      {"1h", 1h},
      {"2d", 48h},
      {"0s", 0s},
      {"PT6H", 6h},
      {"P1D", 24h},
      {"15", std::nullopt},
      {"", std::nullopt},
      {"s", std::nullopt},
      {"-1s", std::nullopt},
      {"1.5s", std::nullopt},
      {"15 s", std::nullopt},
      {"15S", std::nullopt},
      {"1h30m", std::nullopt},
      {"1w", std::nullopt},
      {"PT", std::nullopt},
      {" 1s", std::nullopt},
      {"9223372036854775807d", std::nullopt},
  };
  for (const Case& item : cases) {
    SCOPED_TRACE(item.text);

    EXPECT_EQ(parse_duration(item.text), item.value);
  }
}

TEST(SettingValue, reads_sizes_with_a_binary_unit) {
  struct Case {
    const char* text;
    std::optional<std::int64_t> value;
  };
  const Case cases[] = {
      {"0", 0},
      {"4096", 4096},
      {"512B", 512},
      {"16KiB", 16'384},
      {"64MiB", 64 << 20},
      {"3GiB", 3LL << 30},
      {"", std::nullopt},
      {"MiB", std::nullopt},
      {"16KB", std::nullopt},
      {"16kib", std::nullopt},
      {"-1", std::nullopt},
      {"1.5MiB", std::nullopt},
      {"9223372036854775807KiB", std::nullopt},
  };
  for (const Case& item : cases) {
    SCOPED_TRACE(item.text);

    EXPECT_EQ(parse_bytes(item.text), item.value);
  }
}

TEST(SettingValue, reads_whole_numbers) {
  EXPECT_EQ(parse_integer("-12"), -12);
  EXPECT_EQ(parse_integer("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  for (const char* text : {"", "9223372036854775808", "1.0", "0x1", " 1", "1 ", "+1", "one"}) {
    SCOPED_TRACE(text);

    EXPECT_EQ(parse_integer(text), std::nullopt);
  }
}

TEST(SettingValue, knows_two_truths) {
  EXPECT_EQ(parse_boolean("true"), true);
  EXPECT_EQ(parse_boolean("false"), false);
  for (const char* text : {"", "True", "yes", "1", "0", "on"}) {
    SCOPED_TRACE(text);

    EXPECT_EQ(parse_boolean(text), std::nullopt);
  }
}

TEST(SettingValue, splits_lists_at_commas) {
  using List = std::vector<std::string>;
  EXPECT_EQ(parse_list("a, b ,c"), (List{"a", "b", "c"}));
  EXPECT_EQ(parse_list("one"), (List{"one"}));
  EXPECT_EQ(parse_list(",a,, ,"), (List{"a"}));
  EXPECT_EQ(parse_list(""), List{});
}

}  // namespace
}  // namespace sluice
