#include "server/ctl/connection.hpp"

#include "core/error.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace sluice::ctl {
namespace {

using Words = std::vector<std::string>;

class CtlConnection : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(directory);
    write("admin.token", "slc_admin\n");
    write("ci.token", "slc_ci\r\n");
    write("sluice.url", "http://127.0.0.1:4242\n");
  }
  void TearDown() override { std::filesystem::remove_all(directory); }

  std::string at(const std::string& name) { return (directory / name).string(); }
  void write(const std::string& name, const std::string& text) { std::ofstream(at(name)) << text; }
  Connection found(Words words, const KeyValues& environment = {}) {
    words.insert(words.begin(), "jobs");
    words.insert(words.end(), {"--data.directory", directory.string()});
    const auto parsed = parse(words);
    return find_connection(std::get<Invocation>(parsed), environment);
  }
  std::string failure(const Words& words, const KeyValues& environment = {}) {
    try {
      found(words, environment);
    } catch (const Error& error) {
      return error.code();
    }
    return "";
  }

  std::filesystem::path directory =
      std::filesystem::path(testing::TempDir()) / ("sluice-ctl-" + std::to_string(::getpid()));
};

TEST_F(CtlConnection, comes_from_the_settings_of_the_local_daemon) {
  EXPECT_EQ(found({}).url, "http://127.0.0.1:8080");
  EXPECT_EQ(found({"--server.listen", "0.0.0.0:99"}).url, "http://127.0.0.1:99");
  EXPECT_EQ(found({"--server.listen", "[::]:99"}).url, "http://[::1]:99");
  EXPECT_EQ(found({"--server.address_file", at("sluice.url")}).url, "http://127.0.0.1:4242");
  EXPECT_EQ(found({}, {{"SLUICE_SERVER__LISTEN", "127.0.0.1:98"}}).url, "http://127.0.0.1:98");
  EXPECT_EQ(found({}).token.reveal(), "slc_admin");
}

TEST_F(CtlConnection, prefers_the_socket_when_it_is_there) {
  const Words words{"--server.socket", at("sluice.sock")};
  EXPECT_EQ(found(words).socket_file, "");

  write("sluice.sock", "");
  EXPECT_EQ(found(words).socket_file, at("sluice.sock"));
}

TEST_F(CtlConnection, is_what_was_asked_for) {
  const KeyValues environment{{"SLUICE_CTL_URL", "https://sluice.example.com/"},
                              {"SLUICE_CTL_TOKEN_FILE", at("ci.token")}};
  const Connection connection = found({}, environment);
  EXPECT_EQ(connection.url, "https://sluice.example.com");
  EXPECT_EQ(connection.token.reveal(), "slc_ci");

  EXPECT_EQ(found({"--url", "http://[::1]:1"}, environment).url, "http://[::1]:1") << "an option is stronger";
  EXPECT_EQ(found({"--url", "unix:/run/s.sock"}, environment).socket_file, "/run/s.sock");
}

TEST_F(CtlConnection, keeps_the_local_admins_token_from_other_hosts) {
  EXPECT_TRUE(found({"--url", "https://sluice.example.com"}).token.empty());
  EXPECT_EQ(found({"--url", "http://127.0.0.1:1"}).token.reveal(), "slc_admin");
  EXPECT_EQ(found({"--url", "unix:/run/s.sock"}).token.reveal(), "slc_admin");
}

TEST_F(CtlConnection, sends_no_token_in_clear) {
  const Words words{"--url", "http://sluice.example.com", "--token-file", at("ci.token")};
  EXPECT_EQ(failure(words), "ctl.token_in_clear");

  Words insecure = words;
  insecure.emplace_back("--insecure");
  EXPECT_EQ(failure(insecure), "");
}

TEST_F(CtlConnection, says_what_is_missing) {
  EXPECT_EQ(failure({"--token-file", at("nobody.token")}), "ctl.no_token");
  EXPECT_EQ(failure({"--url", "ftp://h"}), "http.bad_base_url");
  EXPECT_EQ(failure({"--config", at("nothing.toml")}), "ctl.bad_settings");
  EXPECT_EQ(failure({"--server.lissten", "x"}), "ctl.bad_settings");
  EXPECT_EQ(failure({"--server.address_file", at("nothing.url")}), "health.not_listening");
  EXPECT_EQ(failure({"--server.listen", "127.0.0.1:0"}), "health.no_address");
}

}  // namespace
}  // namespace sluice::ctl
