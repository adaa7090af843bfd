// Clocks that jump while a daemon runs: the daemon's, its database's, or both, as on a machine whose time is corrected
// by hand. Real time, as the monotonic clock has it, goes on as ever. libfaketime stands between the processes and
// the system's clock.

#include "tests/e2e/nothing_lost_fixture.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/sanitized.hpp"

#include <cstdlib>
#include <fstream>

namespace sluice {
namespace {

namespace fs = std::filesystem;

fs::path libfaketime() {
  for (const auto& entry : fs::directory_iterator("/usr/lib")) {
    const fs::path library = entry.path() / "faketime" / "libfaketimeMT.so.1";
    if (fs::exists(library)) return library;
  }
  throw std::runtime_error("libfaketime is missing: deploy/install-deps.sh test");
}

/// A clock that processes started under it share.
class MovableClock {
 public:
  explicit MovableClock(fs::path file) : file_(std::move(file)) { set_ahead(std::chrono::seconds(0)); }

  /// Of the real time; for processes that are started already, too.
  void set_ahead(std::chrono::seconds by) {
    const fs::path next = file_.string() + ".next";
    std::ofstream(next) << (by.count() < 0 ? "" : "+") << by.count() << '\n';
    fs::permissions(next, fs::perms(0644));
    fs::rename(next, file_);
  }
  /// Whoever starts with these has this clock.
  std::vector<std::pair<std::string, std::string>> variables() const {
    return {{"LD_PRELOAD", libfaketime().string()},
            {"FAKETIME_TIMESTAMP_FILE", file_.string()},
            {"FAKETIME_NO_CACHE", "1"},
            {"FAKETIME_DONT_FAKE_MONOTONIC", "1"},
            {"DONT_FAKE_MONOTONIC", "1"}};
  }

 private:
  fs::path file_;
};

struct Jump {
  const char* name;
  bool of_daemon;
  bool of_database;
  std::chrono::seconds by;
};

class ClockJumps : public NothingLost, public testing::WithParamInterface<Jump> {
 protected:
  void start() {
    SampleStoreOptions options;
    options.orders = 400;
    options.latency = 40ms;
    open_store(options);
    const auto key = directory.path() / "master.key";
    std::ofstream(key) << "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n";
    fs::permissions(key, fs::perms::owner_read | fs::perms::owner_write);

    std::vector<std::string> environment;
    if (GetParam().of_database) {
      for (const auto& [name, value] : clock.variables()) environment.push_back(name + "=" + value);
    }
    server = std::make_unique<PostgresServer>(std::vector<std::string>{}, environment);
    for (const auto& [name, value] : clock.variables()) {
      if (GetParam().of_daemon) ::setenv(name.c_str(), value.c_str(), 1);
    }
    start_daemon(attentive({"--database.url", server->url("control"), "--secrets.master_key_file", key.string(),
                            "--scheduler.lease", std::to_string(lease.count()) + "s"}));
    for (const auto& [name, value] : clock.variables()) ::unsetenv(name.c_str());
    destination = "warehouse";
    expect(201, "POST", "/v1/destinations",
           {{"name", "warehouse"},
            {"parameters",
             {{"host", "127.0.0.1"},
              {"port", server->port()},
              {"database", "warehouse"},
              {"user", "postgres"},
              {"sslmode", "disable"}}}});
  }
  std::string warehouse() override { return server->url("warehouse"); }
  std::string control(const std::string& sql) { return server->ask("control", sql); }
  int scheduled_runs() { return std::stoi(control("select count(*) from sluice.runs where trigger = 'schedule'")); }
  std::string next_run() {
    return control(
        "select next_run_at > now() and next_run_at < now() + interval '17 minutes' from sluice.integrations");
  }
  /// While the test lasts: what is due soon is waited for. The jumps are multiples of the frequency.
  void let_no_run_become_due_by_itself() {
    ASSERT_TRUE(eventually(100s, [&] {
      return control(
                 "select next_run_at > now() + interval '80 seconds' and not exists (select from sluice.runs where "
                 "finished_at is null) from sluice.integrations") == "t";
    }));
  }
  /// That the run goes on, and its lease ends neither before its owner can look after it nor long after that is gone.
  bool is_leased(const std::string& run) {
    return control("select finished_at is null and lease_until > now() and lease_until <= now() + interval '" +
                   std::to_string(lease.count()) + " seconds' from sluice.runs where id = '" + run + "'") == "t";
  }
  std::int64_t epoch_of(const std::string& run) {
    return std::stoll("0" + control("select epoch from sluice.runs where id = '" + run + "'"));
  }
  std::int64_t database_clock() { return std::stoll(control("select extract(epoch from clock_timestamp())::bigint")); }
  void let_the_jump_be_seen(std::chrono::seconds by) {
    const auto real = [] { return std::time(nullptr); };
    if (GetParam().of_database) {
      ASSERT_TRUE(eventually(10s, [&] { return std::abs(database_clock() - real() - by.count()) < 5; }));
    }
    std::this_thread::sleep_for(1500ms);
  }

  static constexpr std::chrono::seconds lease{6};
  MovableClock clock{directory.path() / "clock"};
  std::unique_ptr<PostgresServer> server;
};

TEST_P(ClockJumps, run_each_schedule_once_and_lose_nothing) {
  const auto [name, of_daemon, of_database, by] = GetParam();
  // The server's processes read the moved clock one by one, which a busy machine draws out.
  if (of_database && rounds(1) == 1) GTEST_SKIP() << "in the long form only";
  if (is_sanitized && of_daemon) GTEST_SKIP() << "libfaketime and the sanitizers both want to be first";
  start();
  auto dice = seeded_dice();
  ASSERT_EQ(wait_for(set_up(tables())), "succeeded");
  expect(200, "PATCH", "/v1/integrations/acme", {{"frequency", "15m"}});
  ASSERT_EQ(next_run(), "t");
  let_no_run_become_due_by_itself();
  const int before = scheduled_runs();
  change_store(dice);

  // The run outlives the next two heartbeats.
  store->control("options", {{"latency_ms", 400}});
  const auto run = sync();
  ASSERT_TRUE(eventually(
      10s, [&] { return control("select exists (select from sluice.jobs where state = 'running')") == "t"; }));
  ASSERT_TRUE(is_leased(run));
  const auto epoch = epoch_of(run);
  clock.set_ahead(by);
  let_the_jump_be_seen(by);

  // A lease is a time of the database's clock (as each daemon sees the same one): the daemon's clock may neither end
  // nor stretch it, and where the database's puts it out of place, the next heartbeat puts it right.
  EXPECT_TRUE(of_database ? eventually(lease, [&] { return is_leased(run); }) : is_leased(run))
      << control("select lease_until || ' at ' || now() from sluice.runs where id = '" + run + "'");
  // By a jump ahead all leases are over; should the owner's heartbeat come second, the run is claimed anew, once.
  const int most_claims = of_database && by > 0s ? 1 : 0;
  EXPECT_LE(epoch_of(run), epoch + most_claims);
  store->control("options", {{"latency_ms", 40}});
  EXPECT_EQ(wait_for(run), "succeeded");
  EXPECT_LE(std::stoi(control("select max(attempt) from sluice.jobs where run_id = '" + run + "'")), 1 + most_claims);
  const int due = of_database && by > 0s ? 1 : 0;
  EXPECT_TRUE(eventually(20s, [&] { return scheduled_runs() >= before + due && next_run() == "t"; })) << daemon->log();
  std::this_thread::sleep_for(6s);  // more than the longest time between two looks at what is due
  EXPECT_EQ(scheduled_runs(), before + due) << "once for all that the jump made due";

  if (const auto newest = control("select max(id) from sluice.runs where finished_at is null"); !newest.empty())
    wait_for(newest);
  EXPECT_EQ(wait_for(sync()), "succeeded");
  // The age of what the store showed by its own, true clock is as wrong as the database's clock is ahead.
  if (due == 0) {
    const auto fresh = daemon->call("GET", "/v1/freshness?max_age=PT10M");
    EXPECT_EQ(fresh.status, 200) << fresh.body.dump(2);
  }

  clock.set_ahead(0s);
  let_the_jump_be_seen(0s);
  const int due_then = of_database && by < 0s ? 1 : 0;
  EXPECT_TRUE(eventually(20s, [&] { return scheduled_runs() >= before + due + due_then && next_run() == "t"; }))
      << "what was planned ahead is planned anew: "
      << control("select next_run_at || ' at ' || now() from sluice.integrations") << daemon->log();
  std::this_thread::sleep_for(6s);
  EXPECT_EQ(scheduled_runs(), before + due + due_then);
  change_store(dice);
  EXPECT_EQ(wait_for(sync()), "succeeded");
  expect_nothing_lost();
}

constexpr std::chrono::seconds hour = std::chrono::hours(1);
constexpr std::chrono::seconds year = std::chrono::hours(24 * 365);

INSTANTIATE_TEST_SUITE_P(
    Of, ClockJumps,
    testing::Values(
        Jump{"the_daemon_an_hour_ahead", true, false, hour}, Jump{"the_daemon_an_hour_back", true, false, -hour},
        Jump{"the_daemon_a_year_ahead", true, false, year}, Jump{"the_daemon_a_year_back", true, false, -year},
        Jump{"the_database_an_hour_ahead", false, true, hour}, Jump{"the_database_an_hour_back", false, true, -hour},
        Jump{"the_database_a_year_ahead", false, true, year}, Jump{"the_database_a_year_back", false, true, -year},
        Jump{"both_an_hour_ahead", true, true, hour}, Jump{"both_an_hour_back", true, true, -hour},
        Jump{"both_a_year_ahead", true, true, year}, Jump{"both_a_year_back", true, true, -year}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace sluice
