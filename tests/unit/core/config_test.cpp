#include "core/config.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>

namespace sluice {
namespace {

using namespace std::chrono_literals;

constexpr std::array test_settings{
    Setting{"server.listen", SettingType::text, "127.0.0.1:8080", "where"},
    Setting{"server.behind_proxy", SettingType::boolean, "false", "proxy"},
    Setting{"server.tls_key", SettingType::path, "", "key"},
    Setting{"server.drain_timeout", SettingType::duration, "25s", "drain"},
    Setting{"database.url", SettingType::secret, "", "database"},
    Setting{"database.connections", SettingType::integer, "8", "connections"},
    Setting{"sources.allowed_hosts", SettingType::list, "api.example.com", "hosts"},
    Setting{"scheduler.batch_bytes", SettingType::bytes, "16MiB", "bytes"},
};

class ConfigFiles : public testing::Test {
 protected:
  ConfigFiles() : directory_(std::filesystem::path(testing::TempDir()) / unique_name()) {
    std::filesystem::create_directory(directory_);
  }
  ~ConfigFiles() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path file(const std::string& name, std::string_view text) const {
    const auto path = directory_ / name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  Config from_toml(std::string_view text, const KeyValues& environment = {}, const KeyValues& flags = {}) const {
    return Config::load(test_settings, file("sluice.toml", text), environment, flags);
  }

  std::filesystem::path directory_;

 private:
  static std::string unique_name() {
    static std::atomic<int> count = 0;
    return "sluice_config_" + std::to_string(getpid()) + "_" + std::to_string(++count);
  }
};

Config from(const KeyValues& environment, const KeyValues& flags = {}) {
  return Config::load(test_settings, std::nullopt, environment, flags);
}

/// "pointer code" of each problem.
std::vector<std::string> problems(const Config& config) {
  std::vector<std::string> out;
  for (const Problem& problem : config.problems()) out.push_back(problem.pointer + " " + problem.code);
  return out;
}
using Problems = std::vector<std::string>;

TEST(ConfigDefaults, are_the_fallbacks_of_the_table) {
  const Config config = from({});

  EXPECT_EQ(problems(config), Problems{});
  EXPECT_EQ(config.text("server.listen"), "127.0.0.1:8080");
  EXPECT_FALSE(config.boolean("server.behind_proxy"));
  EXPECT_TRUE(config.path("server.tls_key").empty());
  EXPECT_EQ(config.duration("server.drain_timeout"), 25s);
  EXPECT_TRUE(config.secret("database.url").empty());
  EXPECT_EQ(config.integer("database.connections"), 8);
  EXPECT_EQ(config.list("sources.allowed_hosts"), std::vector<std::string>{"api.example.com"});
  EXPECT_EQ(config.bytes("scheduler.batch_bytes"), 16 << 20);
  EXPECT_FALSE(config.is_set("server.listen"));
}

TEST_F(ConfigFiles, are_read_as_toml) {
  const Config config = from_toml(R"(
    sources.allowed_hosts = ["a.example", "b.example:8443"]
    [server]
    listen = "0.0.0.0:80"
    behind_proxy = true
    drain_timeout = "1m"
    [database]
    connections = 3
    url = "postgres://u:p@h/d"
  )");

  EXPECT_EQ(problems(config), Problems{});
  EXPECT_EQ(config.text("server.listen"), "0.0.0.0:80");
  EXPECT_TRUE(config.boolean("server.behind_proxy"));
  EXPECT_EQ(config.duration("server.drain_timeout"), 1min);
  EXPECT_EQ(config.integer("database.connections"), 3);
  EXPECT_EQ(config.secret("database.url").reveal(), "postgres://u:p@h/d");
  EXPECT_EQ(config.list("sources.allowed_hosts"), (std::vector<std::string>{"a.example", "b.example:8443"}));
  EXPECT_TRUE(config.is_set("server.listen"));
}

TEST_F(ConfigFiles, yield_to_the_environment_which_yields_to_flags) {
  const std::string toml = "[database]\nconnections = 1\n[server]\nlisten = \"file\"\ndrain_timeout = \"1s\"";

  const Config config =
      from_toml(toml, {{"SLUICE_DATABASE__CONNECTIONS", "2"}, {"SLUICE_SERVER__LISTEN", "environment"}},
                {{"database.connections", "3"}});

  EXPECT_EQ(problems(config), Problems{});
  EXPECT_EQ(config.integer("database.connections"), 3);
  EXPECT_EQ(config.text("server.listen"), "environment");
  EXPECT_EQ(config.duration("server.drain_timeout"), 1s);
}

TEST_F(ConfigFiles, that_are_not_there_are_one_problem) {
  const auto missing = directory_ / "missing.toml";

  const Config config = Config::load(test_settings, missing, {}, {});

  EXPECT_EQ(problems(config), Problems{missing.string() + " config.unreadable_file"});
}

TEST_F(ConfigFiles, with_broken_syntax_are_one_problem_with_its_place) {
  const Config config = from_toml("[server]\nlisten = \"a\nbehind_proxy = true\n");

  ASSERT_EQ(config.problems().size(), 1U);
  EXPECT_EQ(config.problems()[0].code, "config.bad_toml");
  EXPECT_TRUE(config.problems()[0].detail.starts_with("line 2, column ")) << config.problems()[0].detail;
}

TEST_F(ConfigFiles, have_every_problem_told_at_once) {
  const Config config = from_toml(R"(
    lonely = 1
    [server]
    lissten = "x"
    drain_timeout = 1.5
    behind_proxy = "yes"
    [database]
    connections = ["a", 1]
  )",
                                  {{"SLUICE_SCHEDULER__BATCH_BYTES", "lots"}});

  EXPECT_EQ(problems(config),
            (Problems{"database.connections config.wrong_type", "server.drain_timeout config.wrong_type",
                      "lonely config.unknown_key", "server.lissten config.unknown_key",
                      "scheduler.batch_bytes config.bad_value", "server.behind_proxy config.bad_value"}));
}

TEST_F(ConfigFiles, keep_their_line_as_the_origin) {
  const Config config = from_toml("\n[server]\nlisten = \"a\"");

  EXPECT_EQ(config.show()[0].origin, (directory_ / "sluice.toml").string() + ":3");
}

TEST(ConfigEnvironment, with_an_unknown_name_suggests_the_known_one) {
  const Config config = from({{"SLUICE_SERVER__LISTN", "x"}});

  ASSERT_EQ(problems(config), Problems{"SLUICE_SERVER__LISTN config.unknown_key"});
  EXPECT_NE(config.problems()[0].detail.find("SLUICE_SERVER__LISTEN"), std::string::npos)
      << config.problems()[0].detail;
}

TEST(ConfigEnvironment, counts_only_our_names_and_only_with_a_value) {
  const Config config = from({{"PATH", "/bin"}, {"SLUICE_DATABASE__CONNECTIONS", ""}, {"sluice_server__listen", "x"}});

  EXPECT_EQ(problems(config), Problems{});
  EXPECT_EQ(config.integer("database.connections"), 8);
}

TEST(ConfigEnvironment, may_hold_the_addresses_that_kubernetes_puts_there) {
  const Config config = from({{"SLUICE_SERVICE_HOST", "10.0.0.1"},
                              {"SLUICE_SERVICE_PORT_HTTP", "8080"},
                              {"SLUICE_PORT", "tcp://10.0.0.1:8080"},
                              {"SLUICE_PORT_8080_TCP_ADDR", "10.0.0.1"}});

  EXPECT_EQ(problems(config), Problems{});
}

TEST(ConfigEnvironment, may_hold_what_the_client_looks_at) {
  EXPECT_EQ(problems(from({{"SLUICE_CTL_URL", "http://127.0.0.1:1"}, {"SLUICE_CTL_TOKEN_FILE", "/t"}})), Problems{});
}

TEST(ConfigEnvironment, may_hold_secrets_that_are_no_settings) {
  EXPECT_EQ(problems(from({{"SLUICE_SECRET_ACME", "x"}})), Problems{});
  EXPECT_EQ(problems(from({{"SLUICE_SECRETS_ACME", "x"}})), Problems{"SLUICE_SECRETS_ACME config.unknown_key"});
}

TEST(ConfigFlags, with_an_unknown_name_suggest_the_known_one) {
  const Config config = from({}, {{"databse.url", "x"}});

  ASSERT_EQ(problems(config), Problems{"--databse.url config.unknown_key"});
  EXPECT_NE(config.problems()[0].detail.find("--database.url"), std::string::npos) << config.problems()[0].detail;
}

TEST(ConfigFlags, may_repeat_and_the_last_one_wins) {
  EXPECT_EQ(from({}, {{"server.listen", "a"}, {"server.listen", "b"}}).text("server.listen"), "b");
}

TEST_F(ConfigFiles, bring_secrets_under_each_spelling_of_the_twin) {
  const std::string secret = file("url", "postgres://u:p@h/d\r\n").string();
  const Config configs[] = {
      from_toml("[database]\nurl_file = \"" + secret + "\""),
      from({{"SLUICE_DATABASE__URL_FILE", secret}}),
      from({}, {{"database.url_file", secret}}),
  };
  for (const Config& config : configs) {
    EXPECT_EQ(problems(config), Problems{});
    EXPECT_EQ(config.secret("database.url").reveal(), "postgres://u:p@h/d");
    EXPECT_EQ(config.secret_file("database.url"), secret);
    EXPECT_TRUE(config.is_set("database.url"));
  }
}

TEST_F(ConfigFiles, of_a_secret_must_be_readable_and_not_empty) {
  struct Case {
    const char* name;
    std::string path;
    const char* problem;
  };
  const Case cases[] = {
      {"missing", (directory_ / "missing").string(), "database.url_file config.unreadable_file"},
      {"a directory", directory_.string(), "database.url_file config.unreadable_file"},
      {"too large", file("large", std::string(2 << 20, 'x')).string(), "database.url_file config.unreadable_file"},
      {"empty", file("empty", "").string(), "database.url_file config.empty_file"},
      {"nothing but line ends", file("blank", "\n\n").string(), "database.url_file config.empty_file"},
  };
  for (const Case& item : cases) {
    SCOPED_TRACE(item.name);

    const Config config = from({{"SLUICE_DATABASE__URL_FILE", item.path}});

    EXPECT_EQ(problems(config), Problems{item.problem});
    EXPECT_TRUE(config.secret("database.url").empty());
  }
}

TEST_F(ConfigFiles, of_a_secret_and_the_secret_itself_are_one_too_many) {
  const std::string secret = file("url", "x").string();

  const Config config = from({{"SLUICE_DATABASE__URL", "y"}, {"SLUICE_DATABASE__URL_FILE", secret}});

  EXPECT_EQ(problems(config), Problems{"database.url config.given_twice"});
}

TEST_F(ConfigFiles, of_a_secret_yield_to_a_stronger_origin) {
  const Config config = from_toml("[database]\nurl_file = \"/nowhere\"", {}, {{"database.url", "flag"}});

  EXPECT_EQ(problems(config), Problems{});
  EXPECT_EQ(config.secret("database.url").reveal(), "flag");
}

TEST(ConfigTwins, exist_for_secrets_only) {
  EXPECT_EQ(problems(from({}, {{"server.listen_file", "/x"}})), Problems{"--server.listen_file config.unknown_key"});
}

TEST(ConfigShow, tells_each_setting_with_its_origin_and_no_secret) {
  const Config config = from({{"SLUICE_DATABASE__URL", "postgres://u:hunter2@h/d"}}, {{"server.listen", ":80"}});

  const auto lines = config.show();

  ASSERT_EQ(lines.size(), test_settings.size());
  EXPECT_EQ(lines[0].key, "server.listen");
  EXPECT_EQ(lines[0].value, ":80");
  EXPECT_EQ(lines[0].origin, "--server.listen");
  EXPECT_EQ(lines[0].meaning, "where");
  EXPECT_EQ(lines[4].value, "(set)");
  EXPECT_EQ(lines[4].origin, "SLUICE_DATABASE__URL");
  EXPECT_EQ(lines[5].origin, "default");
  EXPECT_EQ(from({}).show()[4].value, "(not set)");
}

TEST(ConfigAccess, to_what_is_not_declared_is_our_own_bug) {
  const Config config = from({});

  EXPECT_THROW(config.text("server.lsten"), Error);
  EXPECT_THROW(config.integer("server.listen"), Error);
  EXPECT_THROW(config.text("database.url"), Error);
  EXPECT_THROW(config.is_set("nothing"), Error);
}

TEST(ConfigProblems, never_quote_more_than_a_little_of_a_bad_value) {
  const Config config = from({{"SLUICE_DATABASE__CONNECTIONS", std::string(10'000, 'x')}});

  ASSERT_EQ(config.problems().size(), 1U);
  EXPECT_LT(config.problems()[0].detail.size(), 200U);
}

}  // namespace
}  // namespace sluice
