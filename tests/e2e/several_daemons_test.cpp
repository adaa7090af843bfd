// Several daemons on one control database: one of them stops dead in the middle and comes back as if nothing had been,
// or their connections end.
//
//   TEST_ROUNDS=… TEST_SEED=…: the long form

#include "tests/e2e/nothing_lost_fixture.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>

namespace sluice {
namespace {

constexpr const char* any_address = "0.0.0.0";

class SeveralDaemons : public NothingLostOnServers {
 protected:
  /// The first one is also `daemon`, whom the fixture asks.
  void start(int number, std::vector<std::string> flags = {}) {
    const auto key = directory.path() / "master.key";
    std::ofstream(key) << "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n";
    std::filesystem::permissions(key, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    flags.insert(flags.end(), {"--database.url", control_server.url("control"), "--secrets.master_key_file",
                               key.string(), "--scheduler.lease", "2s"});
    for (int i = 0; i < number; ++i) {
      const auto home = i == 0 ? directory.path() : homes.at(static_cast<std::size_t>(i) - 1).path();
      std::string url = store->base_url();
      // Each has an address of its own for the store, which so knows who asks.
      if (const auto at = url.find(any_address); at != std::string::npos)
        url.replace(at, std::string(any_address).size(), address_of(i));
      auto made = std::make_unique<DaemonProcess>(home, url, attentive(flags));
      numbers[made->pid()] = i;
      (i == 0 ? daemon : others.emplace_back()) = std::move(made);
    }
    add_warehouse();
  }

  static std::string address_of(int daemon_number) { return "127.0.0." + std::to_string(daemon_number + 1); }
  /// How often a daemon has asked the store for something.
  std::uint64_t calls_of_daemon(pid_t pid) { return store->calls().by_host[address_of(numbers.at(pid))]; }

  DaemonProcess& by_pid(pid_t pid) {
    const int number = numbers.at(pid);
    return number == 0 ? *daemon : *others.at(static_cast<std::size_t>(number) - 1);
  }
  /// Asked of the database: the daemon that one would ask may be frozen.
  bool is_over(const std::string& run) {
    return control("select finished_at is not null from sluice.runs where id = '" + run + "'") == "t";
  }
  /// "host:pid" of who holds a run, "" when nobody does.
  std::string owner() {
    return control("select coalesce(max(lease_owner), '') from sluice.runs where lease_until > now()");
  }
  static pid_t pid_of(const std::string& owner) { return std::stoi(owner.substr(owner.rfind(':') + 1)); }

  /// Stops whoever holds the run for longer than its lease.
  void freeze_the_owner(const std::string& run, std::mt19937& dice) {
    std::string frozen;
    if (!eventually(10s, [&] { return is_over(run) || !(frozen = owner()).empty(); })) FAIL() << daemon->log();
    if (frozen.empty()) return;
    std::this_thread::sleep_for(Milliseconds(dice() % 300));
    const pid_t pid = pid_of(frozen);
    by_pid(pid).signal(SIGSTOP);
    const auto frozen_at = std::chrono::steady_clock::now();
    const auto is_taken_over = [&] {
      const auto now = owner();
      return !now.empty() && now != frozen;
    };
    EXPECT_TRUE(eventually(60s, [&] { return is_over(run) || is_taken_over(); }));
    if (!is_over(run)) until_taken_over.note(time_since(frozen_at));
    std::this_thread::sleep_for(Milliseconds(dice() % 1'000));
    const auto asked_before = calls_of_daemon(pid);
    const bool is_another_ones = is_taken_over();
    by_pid(pid).signal(SIGCONT);
    // Longer than it takes to learn by itself that its lease is lost.
    const auto thawed_at = std::chrono::steady_clock::now();
    while (is_another_ones && is_taken_over() && time_since(thawed_at) < 1s) {
      const auto asked = calls_of_daemon(pid);
      if (is_taken_over()) {
        EXPECT_EQ(asked, asked_before) << "it walks the list that another one walks";
        if (asked != asked_before) break;
      }
      ++looks_at_thawed;
      std::this_thread::sleep_for(20ms);
    }
  }

  std::array<TemporaryDirectory, 4> homes;
  std::vector<std::unique_ptr<DaemonProcess>> others;
  std::map<pid_t, int> numbers;
  Waits until_taken_over;
  int looks_at_thawed = 0;
};

class SeveralDaemonsOf : public SeveralDaemons, public testing::WithParamInterface<int> {};

TEST_P(SeveralDaemonsOf, lose_nothing_when_owners_freeze_and_thaw) {
  reads_whole = GetParam() == 2;
  open_slow_store(1'000, 50ms, any_address);
  start(GetParam());
  auto dice = seeded_dice();
  auto run = set_up(tables());

  for (int round = 0; round < rounds(5); ++round) {
    freeze_the_owner(run, dice);
    goes_on(run, dice);
  }

  expect_whole(run);
  until_taken_over.expect_within(3s, 8);
  EXPECT_GT(looks_at_thawed, 0);
}

TEST_P(SeveralDaemonsOf, lose_nothing_when_their_connections_end) {
  reads_whole = GetParam() == 2;
  open_slow_store(1'000, 50ms);
  start(GetParam());
  auto dice = seeded_dice();
  auto run = set_up(tables());

  for (int round = 0; round < rounds(5) * 4; ++round) {
    std::this_thread::sleep_for(Milliseconds(dice() % 400));
    (round % 2 == 0 ? warehouse_server : control_server).ask("postgres", end_sessions);
    goes_on(run, dice);
  }

  expect_whole(run);
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
  EXPECT_EQ(control("select count(distinct worker) from sluice.job_attempts"), "2")
      << control_server.ask("control",
                            "select string_agg(r.id || ' ' || r.created_at || ' ' || r.started_at || ' ' || "
                            "r.finished_at || ' by ' || a.worker, '; ') from sluice.runs r join sluice.jobs j "
                            "on j.run_id = r.id join sluice.job_attempts a on a.job_id = j.id");
  for (const char* integration : {"acme", "acme_too"})
    EXPECT_EQ(count_differences(*store, warehouse(), integration), "");
}

}  // namespace
}  // namespace sluice
