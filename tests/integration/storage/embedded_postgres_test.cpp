#include "storage/embedded_postgres.hpp"

#include "core/error.hpp"
#include "tests/support/test_postgres.hpp"

#include <gtest/gtest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace sluice {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

std::string query(const Secret& url, const std::string& sql) { return TestPostgres::execute(url.reveal(), sql); }

class EmbeddedPostgresTest : public testing::Test {
 protected:
  void SetUp() override {
    // In memory, if possible: initdb waits for the disk otherwise.
    const fs::path base = access("/dev/shm", W_OK) == 0 ? fs::path("/dev/shm") : fs::temp_directory_path();
    std::string name = (base / "sluice_embedded_XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root = name;
    settings.directory = root / "postgres";
  }
  void TearDown() override {
    postgres.reset();
    fs::remove_all(root);
  }

  void kill_server() {
    kill(postmaster(), SIGKILL);
    for (int i = 0; i < 500 && postgres->is_running(); ++i) std::this_thread::sleep_for(10ms);
    EXPECT_FALSE(postgres->is_running());
  }
  void start() { postgres = EmbeddedPostgres::start(settings, log); }
  pid_t postmaster() const {
    std::ifstream file(settings.directory / "data/postmaster.pid");
    pid_t pid = 0;
    file >> pid;
    return pid;
  }
  std::string code_of_start() {
    try {
      start();
    } catch (const Error& error) {
      return error.code();
    }
    return "started";
  }
  static bool is_gone_within(Duration limit, pid_t pid) {
    for (const auto end = std::chrono::steady_clock::now() + limit; std::chrono::steady_clock::now() < end;) {
      if (kill(pid, 0) != 0) return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }

  const Log log{"test"};
  fs::path root;
  EmbeddedPostgresSettings settings;
  std::unique_ptr<EmbeddedPostgres> postgres;
};

TEST_F(EmbeddedPostgresTest, brings_two_databases_and_keeps_their_rows) {
  start();
  EXPECT_TRUE(postgres->is_running());
  query(postgres->control_url(), "create table kept as select 7 as n");
  query(postgres->warehouse_url(), "create table kept as select 8 as n");

  postgres->stop();
  EXPECT_FALSE(postgres->is_running());
  EXPECT_THROW(query(postgres->control_url(), "select 1"), std::runtime_error);
  postgres.reset();
  start();

  EXPECT_EQ(query(postgres->control_url(), "select n from kept"), "7");
  EXPECT_EQ(query(postgres->warehouse_url(), "select n from kept"), "8");
  EXPECT_EQ(query(postgres->control_url(), "show server_encoding"), "UTF8");
  EXPECT_EQ(query(postgres->control_url(), "show fsync"), "on");
}

TEST_F(EmbeddedPostgresTest, is_reached_through_its_own_socket_only) {
  start();

  EXPECT_EQ(query(postgres->control_url(), "show listen_addresses"), "");
  EXPECT_EQ(fs::status(postgres->socket_directory()).permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(settings.directory).permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(settings.directory / "password").permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(EmbeddedPostgresTest, wants_the_password) {
  start();
  const std::string url = postgres->control_url().reveal();
  const auto colon = url.find(':', 15);
  const std::string wrong = url.substr(0, colon + 1) + "guessed" + url.substr(url.find('@'));

  EXPECT_THROW(TestPostgres::execute(wrong, "select 1"), std::runtime_error);
  EXPECT_EQ(
      query(postgres->control_url(), "select count(*) from pg_hba_file_rules where auth_method <> 'scram-sha-256'"),
      "0");
  EXPECT_EQ(query(postgres->control_url(),
                  "select rolpassword like 'SCRAM-SHA-256%' from pg_authid where rolname = 'sluice'"),
            "t");
}

TEST_F(EmbeddedPostgresTest, does_not_hear_the_terminals_ctrl_c) {
  start();

  EXPECT_NE(getsid(postmaster()), getsid(0));
  EXPECT_NE(getpgid(postmaster()), getpgid(0));
}

TEST_F(EmbeddedPostgresTest, notices_and_survives_the_death_of_its_server) {
  start();
  query(postgres->control_url(), "create table kept as select 7 as n");
  kill_server();

  postgres.reset();
  start();

  EXPECT_EQ(query(postgres->control_url(), "select n from kept"), "7");
}

TEST_F(EmbeddedPostgresTest, is_started_again_where_it_was) {
  for (const auto& directory : {root / "postgres", root / std::string(90, 'd')}) {
    settings.directory = directory;
    start();
    const std::string url = postgres->control_url().reveal();
    TestPostgres::execute(url, "create table kept as select 7 as n");
    postgres->restart();
    EXPECT_EQ(TestPostgres::execute(url, "select n from kept"), "7") << "it had not ended";
    kill_server();

    postgres->restart();

    EXPECT_TRUE(postgres->is_running());
    EXPECT_EQ(TestPostgres::execute(url, "select n from kept"), "7");
    postgres->stop();
    postgres->restart();
    EXPECT_FALSE(postgres->is_running()) << "stopped for good";
    postgres.reset();
  }
}

TEST_F(EmbeddedPostgresTest, takes_over_from_a_daemon_that_was_killed) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t daemon = fork();
  if (daemon == 0) {
    try {
      start();
      query(postgres->control_url(), "create table kept as select 7 as n");
    } catch (const std::exception&) {
      _exit(1);
    }
    [[maybe_unused]] const auto written = write(ready[1], "x", 1);
    for (;;) pause();
  }
  close(ready[1]);
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  close(ready[0]);
  const pid_t orphan = postmaster();
  kill(daemon, SIGKILL);
  waitpid(daemon, nullptr, 0);

  start();

  EXPECT_NE(postmaster(), orphan);
  EXPECT_TRUE(is_gone_within(5s, orphan));
  EXPECT_EQ(query(postgres->control_url(), "select n from kept"), "7");
}

TEST_F(EmbeddedPostgresTest, leaves_the_server_of_a_living_daemon_alone) {
  start();
  const auto first = std::move(postgres);

  EXPECT_EQ(code_of_start(), "postgres.in_use");

  EXPECT_EQ(query(first->control_url(), "select 1"), "1");
}

TEST_F(EmbeddedPostgresTest, ignores_a_stale_lock_file_whose_process_id_is_somebody_elses) {
  start();
  postgres.reset();
  std::ofstream(settings.directory / "data/postmaster.pid") << getpid() << "\n"
                                                            << (settings.directory / "data").string() << "\n";

  EXPECT_EQ(code_of_start(), "started");
}

TEST_F(EmbeddedPostgresTest, begins_again_after_a_half_made_cluster) {
  fs::create_directories(settings.directory / "data.new");
  std::ofstream(settings.directory / "data.new/PG_VERSION") << "15\n";

  EXPECT_EQ(code_of_start(), "started");
  EXPECT_FALSE(fs::exists(settings.directory / "data.new"));
}

TEST_F(EmbeddedPostgresTest, finds_room_for_its_socket_when_the_path_is_long) {
  settings.directory = root / std::string(90, 'd');
  start();
  const fs::path socket = postgres->socket_directory();

  EXPECT_LT(socket.string().size(), 80U);
  EXPECT_EQ(fs::status(socket).permissions(), fs::perms::owner_all);
  EXPECT_EQ(query(postgres->control_url(), "select 1"), "1");
  postgres.reset();
  EXPECT_FALSE(fs::exists(socket));
}

TEST_F(EmbeddedPostgresTest, says_what_is_missing) {
  settings.binaries = "/nowhere";
  EXPECT_EQ(code_of_start(), "postgres.not_installed");
  settings.binaries.clear();
  if (geteuid() != 0) GTEST_SKIP() << "only root becomes another user";

  settings.user = "nobody_of_that_name";
  EXPECT_EQ(code_of_start(), "postgres.no_user");
}

TEST_F(EmbeddedPostgresTest, does_not_run_as_root) {
  start();
  std::ifstream status("/proc/" + std::to_string(postmaster()) + "/status");
  std::string line;
  while (std::getline(status, line) && !line.starts_with("Uid:")) continue;

  EXPECT_FALSE(line.starts_with("Uid:\t0\t")) << line;
  EXPECT_TRUE(line.starts_with("Uid:")) << line;
}

TEST_F(EmbeddedPostgresTest, names_a_directory_it_cannot_reach) {
  if (geteuid() != 0) GTEST_SKIP() << "only root becomes another user";
  fs::permissions(root, fs::perms::owner_all);
  settings.directory = root / "data" / "postgres";
  fs::create_directories(settings.directory);

  EXPECT_EQ(code_of_start(), "postgres.bad_directory");
}

}  // namespace
}  // namespace sluice
