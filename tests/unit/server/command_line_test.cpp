#include "server/command_line.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice {
namespace {

using Arguments = std::vector<std::string>;

std::variant<CommandLine, Refusal> parse_all(const Arguments& arguments, const KeyValues& environment = {}) {
  return parse_command_line(arguments, environment);
}

CommandLine parsed(const Arguments& arguments, const KeyValues& environment = {}) {
  auto result = parse_all(arguments, environment);
  if (const auto* refusal = std::get_if<Refusal>(&result)) ADD_FAILURE() << refusal->text;
  return std::get<CommandLine>(std::move(result));
}

Refusal refused(const Arguments& arguments) { return std::get<Refusal>(parse_all(arguments)); }

TEST(CommandLine, knows_each_command) {
  struct Case {
    Arguments arguments;
    Command command;
  };
  const Case cases[] = {
      {{"serve"}, Command::serve},
      {{"version"}, Command::version},
      {{"config", "check"}, Command::config_check},
      {{"config", "show"}, Command::config_show},
      {{"migrate"}, Command::migrate},
      {{"health"}, Command::health},
      {{"keys", "show"}, Command::keys_show},
      {{"keys", "rotate"}, Command::keys_rotate},
  };
  for (const Case& item : cases) {
    SCOPED_TRACE(item.arguments.back());

    EXPECT_EQ(parsed(item.arguments).command, item.command);
  }
}

TEST(CommandLine, says_how_a_rotation_reaches_the_database) {
  const Refusal help = refused({"keys", "rotate", "--help"});

  EXPECT_EQ(help.code, exit_code::ok);
  EXPECT_NE(help.text.find("through the running daemon's socket"), std::string::npos) << help.text;
  EXPECT_TRUE(parsed({"keys", "rotate", "--give-up"}).give_up);
}

TEST(CommandLine, takes_settings_before_and_behind_the_command) {
  const Arguments spellings[] = {
      {"--server.listen", "127.0.0.1:9", "serve"},
      {"serve", "--server.listen", "127.0.0.1:9"},
      {"serve", "--server.listen=127.0.0.1:9"},
      {"serve", "--server.listen", "127.0.0.1:1", "--server.listen", "127.0.0.1:9"},
  };
  for (const Arguments& arguments : spellings) {
    const CommandLine line = parsed(arguments);

    EXPECT_TRUE(line.config.problems().empty());
    EXPECT_EQ(line.config.text("server.listen"), "127.0.0.1:9");
  }
  EXPECT_EQ(parsed({"config", "show", "--log.level", "debug"}).config.text("log.level"), "debug");
}

TEST(CommandLine, prefers_flags_to_the_environment) {
  const CommandLine line =
      parsed({"serve", "--log.level", "warn"}, {{"SLUICE_LOG__LEVEL", "debug"}, {"SLUICE_POOL__THREADS", "3"}});

  EXPECT_EQ(line.config.text("log.level"), "warn");
  EXPECT_EQ(line.config.integer("pool.threads"), 3);
}

TEST(CommandLine, leaves_bad_settings_to_the_configuration) {
  const CommandLine line = parsed({"config", "check", "--pool.threads", "many", "--config", "/nowhere/sluice.toml"});

  std::vector<std::string> codes;
  for (const Problem& problem : line.config.problems()) codes.push_back(problem.code);
  EXPECT_EQ(codes, (std::vector<std::string>{"config.unreadable_file", "config.bad_value"}));
}

TEST(CommandLine, offers_a_file_for_each_secret) {
  const CommandLine line = parsed({"serve", "--database.url_file", "/nowhere"});

  ASSERT_EQ(line.config.problems().size(), 1U);
  EXPECT_EQ(line.config.problems()[0].pointer, "database.url_file");
}

TEST(CommandLine, prints_settings_as_json_when_asked) {
  EXPECT_TRUE(parsed({"config", "show", "--json"}).json);
  EXPECT_FALSE(parsed({"config", "show"}).json);
}

TEST(CommandLine, refuses_what_it_does_not_understand_as_a_usage_error) {
  const Arguments cases[] = {
      {},
      {"config"},
      {"srve"},
      {"serve", "health"},
      {"serve", "extra"},
      {"serve", "--server.listen"},
      {"serve", "--json"},
      {"serve", "--server.listen_file", "x"},
      {"--config"},
      {"--log.level", "info", "ctl"},  // has a command line of its own
  };
  for (const Arguments& arguments : cases) {
    SCOPED_TRACE(arguments.empty() ? "nothing" : arguments.back());

    const Refusal refusal = refused(arguments);

    EXPECT_EQ(refusal.code, exit_code::usage);
    EXPECT_FALSE(refusal.text.empty());
  }
}

TEST(CommandLine, suggests_the_option_that_was_meant) {
  EXPECT_NE(refused({"serve", "--server.lissten", ":80"}).text.find("did you mean \"--server.listen\"?"),
            std::string::npos);
  EXPECT_NE(refused({"serve", "--server.lissten=:80"}).text.find("did you mean \"--server.listen\"?"),
            std::string::npos);
}

TEST(CommandLine, helps_with_success) {
  for (const Arguments& arguments :
       {Arguments{"--help"}, Arguments{"serve", "--help"}, Arguments{"config", "--help"}}) {
    const Refusal refusal = refused(arguments);

    EXPECT_EQ(refusal.code, exit_code::ok);
    EXPECT_FALSE(refusal.text.empty());
  }
  EXPECT_NE(refused({"--help"}).text.find("--database.url_file"), std::string::npos);
  EXPECT_NE(refused({"--help"}).text.find("sluice ctl --help"), std::string::npos);
}

TEST(ExitCode, tells_outages_from_settings_from_bugs) {
  EXPECT_EQ(exit_code_of(ErrorKind::config), 78);
  EXPECT_EQ(exit_code_of(ErrorKind::transient), 69);
  EXPECT_EQ(exit_code_of(ErrorKind::bug), 70);
  EXPECT_EQ(exit_code_of(ErrorKind::conflict), 70);
}

}  // namespace
}  // namespace sluice
