#include "server/commands.hpp"

#include "core/json.hpp"
#include "server/settings.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace sluice {
namespace {

struct Ran {
  int code = 0;
  std::string out;
  std::string err;
};

Ran run(Command command, const KeyValues& flags, bool json = false) {
  CommandLine line;
  line.command = command;
  line.json = json;
  line.config = Config::load(settings, std::nullopt, {}, flags);
  std::ostringstream out;
  std::ostringstream err;
  const int code = run_command(line, out, err);
  return {code, out.str(), err.str()};
}

TEST(VersionCommand, prints_it) {
  const Ran ran = run(Command::version, {});

  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, "sluice " SLUICE_VERSION "\n");
}

TEST(ConfigCheck, says_that_all_is_well) { EXPECT_EQ(run(Command::config_check, {}).code, 0); }

TEST(ConfigCheck, prints_every_problem) {
  const Ran ran = run(Command::config_check, {{"pool.threads", "many"}, {"server.drain_timeout", "soon"}});

  EXPECT_EQ(ran.code, 78);
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ran.err,
            "pool.threads: must be a whole number, not \"many\" (--pool.threads) [config.bad_value]\n"
            "server.drain_timeout: must be a duration such as 250ms, 15s, 5m, 1h or PT6H, not \"soon\" "
            "(--server.drain_timeout) [config.bad_value]\n");
}

TEST(ConfigCheck, looks_at_the_meaning_once_the_form_is_right) {
  const Ran ran = run(Command::config_check, {{"log.level", "loud"}});

  EXPECT_EQ(ran.code, 78);
  EXPECT_EQ(ran.err, "log.level: must be trace, debug, info, warn or error [config.bad_value]\n");
}

TEST(ConfigShow, aligns_its_columns_and_hides_secrets) {
  const Ran ran = run(Command::config_show, {{"database.url", "postgres://u:hunter2@h/d"}});

  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out.find("hunter2"), std::string::npos);
  std::istringstream lines(ran.out);
  std::string line;
  std::size_t count = 0;
  std::size_t value_column = 0;
  for (; std::getline(lines, line); ++count) {
    if (line.starts_with("server.listen ")) value_column = line.find("127.0.0.1:8080");
    if (line.starts_with("database.url ")) {
      EXPECT_EQ(line.find("(set)"), value_column);
      EXPECT_TRUE(line.ends_with("  --database.url")) << line;
    }
  }
  EXPECT_EQ(count, settings.size());
}

TEST(ConfigShow, prints_json) {
  const Ran ran = run(Command::config_show, {{"database.url", "postgres://u:hunter2@h/d"}}, true);

  const Json document = Json::parse(ran.out);
  ASSERT_EQ(document.size(), settings.size());
  EXPECT_EQ(document[0]["key"], "server.listen");
  EXPECT_EQ(document[0]["origin"], "default");
  EXPECT_EQ(ran.out.find("hunter2"), std::string::npos);
}

TEST(ConfigShow, shows_what_holds_even_when_something_is_wrong) {
  const Ran ran = run(Command::config_show, {{"pool.threads", "many"}, {"log.level", "debug"}});

  EXPECT_EQ(ran.code, 78);
  EXPECT_NE(ran.out.find("debug"), std::string::npos);
  EXPECT_NE(ran.err.find("pool.threads"), std::string::npos);
}

TEST(KeysShow, needs_a_daemon_s_database) {
  try {
    run(Command::keys_show, {{"data.directory", "/nowhere/at/all"}});
    FAIL() << "showed keys of nothing";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "postgres.no_cluster");
    EXPECT_NE(error.message().find("database.url"), std::string::npos);
  }
}

TEST(MigrateCommand, needs_a_database) {
  try {
    run(Command::migrate, {});
    FAIL() << "migrated nothing";
  } catch (const Error& error) {
    EXPECT_EQ(exit_code_of(error.kind()), 78);
  }
}

}  // namespace
}  // namespace sluice
