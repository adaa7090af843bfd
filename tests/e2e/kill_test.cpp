// The process dies, or is told to stop, at any instant, over and over.
//
//   TEST_ROUNDS=1000 TEST_SEED=…: the long form

#include "tests/e2e/nothing_lost_fixture.hpp"
#include "tests/e2e/program.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <map>

namespace sluice {
namespace {

using CallsByPath = std::map<std::string, std::uint64_t>;

class Killed : public NothingLost {
 protected:
  CallsByPath calls_by_path() { return store->calls().by_path; }
  void count_calls_anew() { store->control("reset_calls", Json::object()); }

  /// Of a first load that nobody disturbs. The integration is gone afterwards.
  void measure_undisturbed() {
    prepare(tables());
    count_calls_anew();
    EXPECT_EQ(wait_for(confirm()), "succeeded");
    undisturbed = calls_by_path();
    EXPECT_LT(daemon->call("DELETE", "/v1/integrations/acme?data=drop", {{"confirm_name", "acme"}}).status, 300);
    ASSERT_TRUE(eventually(30s, [&] { return daemon->call("GET", "/v1/integrations/acme").status == 404; }));
  }
  /// Of each list little more than the page that is under way is asked for again after a kill.
  void expect_few_calls(int kills) {
    for (const auto& [path, calls] : calls_by_path()) {
      const auto again = static_cast<std::int64_t>(calls) - static_cast<std::int64_t>(undisturbed[path]);
      std::cout << path << ": " << undisturbed[path] << " calls, and " << again << " more after " << kills
                << " kills\n";
      EXPECT_LE(again, of_kill(path) * kills) << path;
    }
  }
  static std::int64_t of_kill(const std::string& path) {
    constexpr std::int64_t of_list = 2;
    // Once for themselves, and once for what is below them: of a page of orders, few have any.
    if (path == "/v2/orders") return 2 * of_list;
    return path == "/v2/orders/{id}/coupons" ? 12 : of_list;
  }

  CallsByPath undisturbed;
};

TEST_F(Killed, the_daemon_loses_nothing_when_killed_again_and_again) {
  open_slow_store(1'000, 0ms);
  reads_whole = false;
  start_daemon(attentive());
  auto dice = seeded_dice();
  measure_undisturbed();
  store->control("options", {{"latency_ms", 100}});
  prepare(tables());
  count_calls_anew();
  auto run = confirm();

  Waits until_ready;
  int runs = 1;
  int kills = 0;
  // On a busy machine the first load takes more of them; increments are to have their share.
  const auto is_enough = [&] { return kills >= rounds(50) && (runs >= 3 || kills >= 3 * rounds(50)); };
  while (!is_enough()) {
    std::this_thread::sleep_for(Milliseconds(dice() % 1'200));
    daemon->kill();
    ++kills;
    // The second half reads everything at each run, and finds all that was deleted.
    const bool turns = !reads_whole && kills > rounds(50) / 2;
    reads_whole = reads_whole || turns;
    until_ready.until([&] {
      if (turns) {
        start_daemon(attentive());
      } else {
        daemon->start();
      }
      return true;
    });
    if (runs == 1 && has_ended(run)) expect_few_calls(kills);
    if (goes_on(run, dice)) ++runs;
  }

  expect_whole(run);
  EXPECT_GT(runs, 1) << "no increment was under way";
  std::cout << kills << " kills in " << runs << " runs\n";
  until_ready.expect_within(2s, 9);
}

TEST_F(Killed, nothing_but_the_embedded_server_loses_nothing) {
  open_slow_store(1'000, 50ms);
  start_daemon(attentive());
  auto dice = seeded_dice();
  auto run = set_up(tables());
  const auto server = [this] {
    pid_t pid = 0;
    std::ifstream(directory.path() / "data/postgres/data/postmaster.pid") >> pid;
    return pid;
  };
  const auto calls = [this] { return store->calls().total; };

  Waits until_it_goes_on;
  for (int round = 0; round < rounds(5); ++round) {
    std::this_thread::sleep_for(Milliseconds(dice() % 1'200));
    const auto before = calls();
    const pid_t postmaster = server();
    ASSERT_GT(postmaster, 0);
    ASSERT_EQ(::kill(postmaster, SIGKILL), 0);
    EXPECT_TRUE(until_it_goes_on.until([&] {
      return server() != postmaster && daemon->call("GET", "/readyz").status == 200;
    })) << daemon->log();
    EXPECT_TRUE(eventually(60s, [&] { return calls() > before || has_ended(run); })) << daemon->log();
    goes_on(run, dice);
  }

  expect_whole(run);
  // PostgreSQL's own recovery included.
  until_it_goes_on.expect_within(10s, 5);
}

/// With the embedded database or one of its own, which can still be asked afterwards.
class AskedToStop : public NothingLostOnServers, public testing::WithParamInterface<bool> {
 protected:
  bool is_embedded() const { return GetParam(); }
  std::string warehouse() override {
    return is_embedded() ? NothingLost::warehouse() : NothingLostOnServers::warehouse();
  }
};

TEST_P(AskedToStop, loses_nothing_when_asked_to_stop_again_and_again) {
  open_slow_store(1'000, 50ms);
  if (is_embedded()) {
    start_daemon(attentive());
  } else {
    start_daemon(attentive({"--database.url", control_server.url("control")}));
    add_warehouse();
  }
  auto dice = seeded_dice();
  auto run = set_up(tables());

  std::vector<std::string> seen{run};
  Waits until_ended;
  for (int round = 0; round < rounds(is_embedded() ? 10 : 40); ++round) {
    std::this_thread::sleep_for(Milliseconds(dice() % 600));
    daemon->signal(SIGTERM);
    const auto asked = std::chrono::steady_clock::now();
    EXPECT_EQ(daemon->wait(25s), 0);
    until_ended.note(time_since(asked));
    if (!is_embedded()) {
      EXPECT_EQ(control("select count(*) from sluice.runs where lease_owner is not null"), "0");
    }
    daemon->start();
    EXPECT_EQ(daemon->log().find("runs of a dead daemon freed"), std::string::npos) << "a lease was left";
    if (goes_on(run, dice)) seen.push_back(run);
  }

  expect_whole(run);
  until_ended.expect_within(10s, 10);
  for (const auto& id : seen) {
    for (const auto& job : items("/v1/jobs?limit=500&run=" + id))
      EXPECT_EQ(job.at("attempt"), 1) << "a release is no attempt: " << job.dump();
  }
}

/// Old rows are looked for from the beginning on; here that takes until after the daemon was told to stop.
TEST_F(NothingLostOnServers, when_asked_to_stop_it_waits_for_what_is_at_work_in_the_control_database) {
  open_store({});
  start_daemon({"--database.url", control_server.url("control")});
  daemon->signal(SIGTERM);
  EXPECT_EQ(daemon->wait(25s), 0);
  const std::jthread busy([this] { control("begin; lock table sluice.job_logs; select pg_sleep(4); commit"); });
  EXPECT_TRUE(eventually(5s, [this] {
    return control(
               "select count(*) from pg_locks where relation = 'sluice.job_logs'::regclass and granted "
               "and mode = 'AccessExclusiveLock'") == "1";
  }));

  daemon->start();
  EXPECT_TRUE(eventually(3s, [this] {
    return control(
               "select count(*) from pg_stat_activity where wait_event_type = 'Lock' "
               "and query like '%delete from sluice.job_logs%' and pid <> pg_backend_pid()") == "1";
  })) << daemon->log();
  daemon->signal(SIGTERM);

  EXPECT_EQ(daemon->wait(25s), 0) << daemon->log();
}

/// Whoever waits for its address may be faster than its last steps are.
TEST_F(NothingLostOnServers, when_asked_to_stop_while_it_starts_it_starts_and_ends_in_order) {
  const std::jthread other([this] {
    control(
        "begin; select pg_advisory_xact_lock(hashtextextended('sluice migrations', 0)); select pg_sleep(3); commit");
  });
  const auto locks = [this](const std::string& condition) {
    return control("select count(*) from pg_locks where locktype = 'advisory' and " + condition);
  };
  EXPECT_TRUE(eventually(5s, [&] { return locks("granted") == "1"; }));

  Program starting({"serve", "--server.listen", "127.0.0.1:0", "--data.directory", (directory.path() / "data").string(),
                    "--database.url", control_server.url("control")},
                   directory.path() / "sluice.log");
  EXPECT_TRUE(eventually(3s, [&] { return locks("not granted") == "1"; })) << starting.output();
  starting.signal(SIGTERM);

  EXPECT_EQ(starting.wait(25s), 0) << starting.output();
}

/// Its server takes the connection and says nothing.
TEST_F(NothingLostOnServers, when_asked_to_stop_while_nobody_answers_it_ends_all_the_same) {
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor silent(io, {boost::asio::ip::make_address("127.0.0.1"), 0});
  const std::string url = "postgresql://127.0.0.1:" + std::to_string(silent.local_endpoint().port()) + "/control";

  Program starting({"serve", "--server.listen", "127.0.0.1:0", "--data.directory", (directory.path() / "data").string(),
                    "--database.url", url},
                   directory.path() / "sluice.log");
  std::this_thread::sleep_for(500ms);
  starting.signal(SIGTERM);

  EXPECT_EQ(starting.wait(25s), 69);
  EXPECT_NE(starting.output().find("database.unreachable"), std::string::npos) << starting.output();
}

INSTANTIATE_TEST_SUITE_P(Of, AskedToStop, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "embedded" : "on_servers"; });

}  // namespace
}  // namespace sluice
