#include "core/log.hpp"
#include "core/json.hpp"
#include "core/time.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace sluice {
namespace {

using namespace std::string_literals;

class Memory final : public LogSink {
 public:
  struct Line {
    LogLevel level;
    std::string sentence;
    LogFields fields;
  };
  void write(LogLevel level, std::string_view sentence, const LogFields& fields) override {
    lines.push_back({level, std::string(sentence), fields});
  }
  std::vector<Line> lines;
};

/// What `act` makes the process write to its standard error.
template <class Act>
std::string output_of(LogLevel level, LogFormat format, Act act) {
  testing::internal::CaptureStderr();
  configure_logging(level, format);
  act();
  return testing::internal::GetCapturedStderr();
}

template <class Act>
Json json_of(Act act) {
  return Json::parse(output_of(LogLevel::debug, LogFormat::json, act));
}

TEST(JsonLog, writes_one_object_per_line) {
  const Json line = json_of([] {
    Log("storage").info("page committed", {{"table", "orders"}, {"rows", 250}, {"last", true}, {"share", 0.5}});
  });

  EXPECT_EQ(line["level"], "info");
  EXPECT_EQ(line["area"], "storage");
  EXPECT_EQ(line["message"], "page committed");
  EXPECT_EQ(line["table"], "orders");
  EXPECT_EQ(line["rows"], 250);
  EXPECT_EQ(line["last"], true);
  EXPECT_EQ(line["share"], 0.5);
}

TEST(JsonLog, says_when_to_the_millisecond) {
  const Json line = json_of([] { Log("a").warn("now"); });

  const auto text = line["time"].get<std::string>();
  EXPECT_EQ(text.size(), std::string_view("2026-06-18T14:12:20.123Z").size()) << text;
  EXPECT_TRUE(parse_iso8601(text).has_value()) << text;
}

TEST(JsonLog, stays_valid_whatever_a_value_contains) {
  struct Case {
    const char* name;
    std::string value;
    std::string read;
  };
  const Case cases[] = {
      {"quotes and backslashes", R"(a "b" \c)", R"(a "b" \c)"},
      {"line ends", "a\r\nb\tc", "a\r\nb\tc"},
      {"an escape sequence", "\x1B[31mred", "\x1B[31mred"},
      {"DEL", "\x7F", "\x7F"},
      {"NUL", "a\0b"s, "a\uFFFDb"},
      {"no UTF-8", "caf\xE9", "caf\uFFFD"},
      {"a spdlog pattern", "%v {} %Y", "%v {} %Y"},
      {"too long", std::string(3000, 'x'), std::string(1997, 'x') + "..."},
      {"a credential", "password=hunter2", "password=***"},
      {"a credential across the cut", std::string(1980, ' ') + "Bearer " + std::string(500, 't'),
       std::string(1980, ' ') + "Bearer ***"},
  };
  for (const Case& item : cases) {
    SCOPED_TRACE(item.name);

    const std::string output =
        output_of(LogLevel::info, LogFormat::json, [&] { Log("a").info("got", {{"value", item.value}}); });

    EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), 1);
    EXPECT_EQ(Json::parse(output)["value"], item.read);
  }
}

TEST(JsonLog, writes_a_number_that_json_cannot_say_as_text) {
  const Json line = json_of([] { Log("a").info("rate", {{"rate", std::numeric_limits<double>::infinity()}}); });

  EXPECT_EQ(line["rate"], "inf");
}

TEST(JsonLog, keeps_its_own_names_for_itself) {
  const Json line = json_of([] { Log("a").info("got", {{"level", "high"}}); });

  EXPECT_EQ(line["level"], "info");
  EXPECT_EQ(line["field.level"], "high");
}

TEST(TextLog, writes_the_sentence_and_its_fields) {
  const std::string output = output_of(LogLevel::info, LogFormat::text, [] {
    Log("storage").info("page committed", {{"table", "orders"}, {"rows", 250}, {"note", "two words\n"}, {"empty", ""}});
  });

  EXPECT_TRUE(
      output.ends_with("Z info  storage: page committed table=orders rows=250 note=\"two words\\n\" empty=\"\"\n"))
      << output;
}

TEST(LogOutput, is_json_when_nobody_reads_it_on_a_terminal) {
  const std::string output = output_of(LogLevel::info, LogFormat::automatic, [] { Log("a").info("got"); });

  EXPECT_TRUE(Json::accept(output)) << output;
}

TEST(LogOutput, drops_what_lies_below_its_level) {
  const std::string output = output_of(LogLevel::warn, LogFormat::text, [] {
    const Log log("a");
    log.debug("one");
    log.info("two");
    log.warn("three");
    log.error("four");
  });

  EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), 2) << output;
  EXPECT_NE(output.find("three"), std::string::npos);
  EXPECT_NE(output.find("four"), std::string::npos);
}

TEST(LogSinks, receive_every_line_whatever_the_output_shows) {
  const auto memory = std::make_shared<Memory>();
  const Log log = Log("a").also_to(memory);

  const std::string output = output_of(LogLevel::error, LogFormat::json, [&] { log.debug("page read"); });

  EXPECT_EQ(output, "");
  ASSERT_EQ(memory->lines.size(), 1U);
  EXPECT_EQ(memory->lines[0].level, LogLevel::debug);
  EXPECT_EQ(memory->lines[0].sentence, "page read");
}

TEST(LogSinks, receive_merged_and_scrubbed_fields) {
  const auto memory = std::make_shared<Memory>();
  const Log log = Log("a").also_to(memory).with({{"job", "job_1"}, {"table", "orders"}}).with({{"job", "job_2"}});

  output_of(LogLevel::error, LogFormat::json, [&] { log.info("refused", {{"reason", "slc_abc"}, {"rows", 3}}); });

  ASSERT_EQ(memory->lines.size(), 1U);
  std::vector<std::string> fields;
  for (const LogField& field : memory->lines[0].fields) fields.push_back(field.name + "=" + field.value);
  EXPECT_EQ(fields, (std::vector<std::string>{"job=job_2", "table=orders", "reason=slc_***", "rows=3"}));
}

TEST(LogSinks, belong_to_the_logger_that_was_given_them) {
  const auto memory = std::make_shared<Memory>();
  const Log log("a");
  const Log with_memory = log.also_to(memory);

  output_of(LogLevel::error, LogFormat::json, [&] { log.info("not for the sink"); });

  EXPECT_TRUE(memory->lines.empty());
}

TEST(LogLevel, prints_and_parses_as_its_name) {
  for (const char* name : {"trace", "debug", "info", "warn", "error"}) {
    SCOPED_TRACE(name);
    LogLevel level{};

    ASSERT_TRUE(parse(name, level));
    EXPECT_EQ(to_string(level), name);
  }
  LogLevel level{};
  EXPECT_FALSE(parse("warning", level));
  LogFormat format{};
  EXPECT_TRUE(parse("auto", format));
  EXPECT_FALSE(parse("xml", format));
}

/// Levels are the process's: each test leaves them as they were.
class Loggers : public testing::Test {
 protected:
  ~Loggers() override {
    for (const LoggerState& logger : loggers()) set_logger_level(logger.name, std::nullopt, std::nullopt);
  }
  /// Which of the levels of `area` come through.
  static std::string heard(const char* area) {
    const std::string out = output_of(LogLevel::info, LogFormat::text, [area] {
      const Log log(area);
      log.debug("d");
      log.info("i");
      log.error("e");
    });
    std::string levels;
    for (const char* level : {"debug", "info", "error"}) {
      if (out.find(std::string(level) + " ") != std::string::npos) levels += level[0];
    }
    return levels;
  }
};

TEST_F(Loggers, follow_root_unless_they_have_a_level_of_their_own) {
  EXPECT_EQ(heard("apples"), "ie");
  ASSERT_TRUE(set_logger_level("apples", LogLevel::debug, std::nullopt));
  EXPECT_EQ(heard("apples"), "die");
  EXPECT_EQ(heard("pears"), "ie");
  ASSERT_TRUE(set_logger_level("root", LogLevel::error, std::nullopt));
  EXPECT_EQ(heard("apples"), "die");
  EXPECT_EQ(heard("pears"), "e");
  ASSERT_TRUE(set_logger_level("apples", std::nullopt, std::nullopt));
  EXPECT_EQ(heard("apples"), "e");
}

TEST_F(Loggers, fall_back_when_their_time_is_over) {
  const Time now = SystemClock().now();
  const Log named("apples");
  ASSERT_TRUE(set_logger_level("apples", LogLevel::debug, now + std::chrono::hours(1)));
  EXPECT_EQ(heard("apples"), "die");
  EXPECT_EQ(find_logger("apples")->until, now + std::chrono::hours(1));

  ASSERT_TRUE(set_logger_level("apples", LogLevel::debug, now - std::chrono::seconds(1)));

  EXPECT_EQ(heard("apples"), "ie");
  EXPECT_FALSE(find_logger("apples")->is_own);
  EXPECT_EQ(find_logger("apples")->until, std::nullopt);
}

TEST_F(Loggers, are_listed_root_first) {
  Log("zebra").debug("");
  Log("aardvark").debug("");

  const auto all = loggers();

  ASSERT_GE(all.size(), 3U);
  EXPECT_EQ(all.front().name, "root");
  EXPECT_TRUE(std::is_sorted(all.begin() + 1, all.end(), [](const auto& a, const auto& b) { return a.name < b.name; }));
  EXPECT_FALSE(find_logger("nobody").has_value());
  EXPECT_FALSE(set_logger_level("nobody", LogLevel::debug, std::nullopt));
}

}  // namespace
}  // namespace sluice
