// Several daemons on one control database: one of them stops dead in the middle and comes back as if nothing had been.
//
//   TEST_ROUNDS=… TEST_SEED=…: the long form

#include "tests/e2e/nothing_lost_fixture.hpp"
#include "tests/support/postgres_server.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>

namespace sluice {
namespace {

using Milliseconds = std::chrono::milliseconds;

class SeveralDaemons : public NothingLost {
 protected:
  /// The first one is also `daemon`, whom the fixture asks.
  void start(int number, std::vector<std::string> flags = {}) {
    const auto key = directory.path() / "master.key";
    std::ofstream(key) << "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n";
    std::filesystem::permissions(key, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    flags.insert(flags.end(), {"--database.url", control_server.url("control"), "--secrets.master_key_file",
                               key.string(), "--scheduler.lease", "2s"});
    start_daemon(attentive(flags));
    for (int i = 1; i < number; ++i) {
      others.push_back(std::make_unique<DaemonProcess>(homes.at(static_cast<std::size_t>(i) - 1).path(),
                                                       store->base_url(), attentive(flags)));
    }
    destination = "warehouse";
    expect(201, "POST", "/v1/destinations",
           {{"name", "warehouse"},
            {"parameters",
             {{"host", "127.0.0.1"},
              {"port", warehouse_server.port()},
              {"database", "warehouse"},
              {"user", "postgres"},
              {"sslmode", "disable"}}}});
  }
  std::string warehouse() override { return warehouse_server.url("warehouse"); }

  DaemonProcess& by_pid(pid_t pid) {
    if (daemon->pid() == pid) return *daemon;
    for (const auto& other : others) {
      if (other->pid() == pid) return *other;
    }
    throw std::runtime_error("no daemon has the pid " + std::to_string(pid));
  }
  /// Asked of the database: the daemon that one would ask may be frozen.
  bool is_over(const std::string& run) {
    return control_server.ask("control", "select finished_at is not null from sluice.runs where id = '" + run + "'") ==
           "t";
  }
  /// "host:pid" of who holds a run, "" when nobody does.
  std::string owner() {
    return control_server.ask("control",
                              "select coalesce(max(lease_owner), '') from sluice.runs where lease_until > now()");
  }
  static pid_t pid_of(const std::string& owner) { return std::stoi(owner.substr(owner.rfind(':') + 1)); }

  PostgresServer control_server;
  PostgresServer warehouse_server;
  std::array<TemporaryDirectory, 4> homes;
  std::vector<std::unique_ptr<DaemonProcess>> others;
};

class SeveralDaemonsOf : public SeveralDaemons, public testing::WithParamInterface<int> {};

TEST_P(SeveralDaemonsOf, lose_nothing_when_owners_freeze_and_thaw) {
  open_slow_store(3'000, 50ms);
  start(GetParam());
  auto dice = seeded_dice();
  auto run = set_up(tables());

  Waits until_taken_over;
  for (int round = 0; round < rounds(5); ++round) {
    std::string frozen;
    if (!eventually(10s, [&] { return is_over(run) || !(frozen = owner()).empty(); })) FAIL() << daemon->log();
    if (!frozen.empty() && !is_over(run)) {
      std::this_thread::sleep_for(Milliseconds(dice() % 300));
      auto& victim = by_pid(pid_of(frozen));
      victim.signal(SIGSTOP);
      EXPECT_TRUE(until_taken_over.until([&] { return is_over(run) || (!owner().empty() && owner() != frozen); }));
      std::this_thread::sleep_for(Milliseconds(dice() % 1'000));
      victim.signal(SIGCONT);
    } else {
      std::this_thread::sleep_for(200ms);
    }
    if (!has_ended(run)) continue;
    change_store(dice);
    run = sync();
  }

  EXPECT_EQ(wait_for(run), "succeeded");
  EXPECT_LE(until_taken_over.median(), 3s) << "the lease, and a second";
  expect_nothing_lost();
}

INSTANTIATE_TEST_SUITE_P(Number, SeveralDaemonsOf, testing::Values(2, 5),
                         [](const auto& tested) { return std::to_string(tested.param); });

TEST_F(SeveralDaemons, keep_to_the_quota_of_one_store_together) {
  SampleStoreOptions options;
  // Many enough that the first run still goes on when the clone, who waits for the same quota, is confirmed.
  options.orders = 9'000;
  options.quota = 30;
  options.window = 3s;
  open_store(options);
  start(2, {"--scheduler.runs", "1"});
  const auto first = set_up({"orders", "order_products", "customers"});
  const auto clone = expect(201, "POST", "/v1/integrations/acme/clone", {{"name", "acme_too"}, {"confirm", true}});

  EXPECT_EQ(wait_for(first), "succeeded");
  EXPECT_EQ(wait_for(clone.body.at("run").at("id").get<std::string>()), "succeeded");
  EXPECT_LE(store->calls().refused, store->calls().total / 50);
  EXPECT_EQ(control_server.ask("control", "select count(distinct worker) from sluice.job_attempts"), "2")
      << control_server.ask("control",
                            "select string_agg(r.id || ' ' || r.created_at || ' ' || r.started_at || ' ' || "
                            "r.finished_at || ' by ' || a.worker, '; ') from sluice.runs r join sluice.jobs j "
                            "on j.run_id = r.id join sluice.job_attempts a on a.job_id = j.id");
  for (const char* integration : {"acme", "acme_too"})
    EXPECT_EQ(count_differences(*store, warehouse(), integration), "");
}

}  // namespace
}  // namespace sluice
