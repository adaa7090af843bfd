// The process dies, or is told to stop, at any instant, over and over.
//
//   TEST_ROUNDS=1000 TEST_SEED=…: the long form

#include "tests/e2e/nothing_lost_fixture.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>

namespace sluice {
namespace {

using Milliseconds = std::chrono::milliseconds;

TEST_F(NothingLost, when_the_daemon_is_killed_again_and_again) {
  open_slow_store(2'000, 20ms);
  start_daemon(attentive());
  auto dice = seeded_dice();
  auto run = set_up(tables());

  std::vector<Milliseconds> until_ready;
  int runs = 1;
  // On a busy machine the first load takes more of them; increments are to have their share.
  const auto goes_on = [&](int round) { return round < rounds(50) || (runs < 3 && round < 3 * rounds(50)); };
  for (int round = 0; goes_on(round); ++round) {
    std::this_thread::sleep_for(Milliseconds(dice() % 1'200));
    daemon->kill();
    const auto killed = std::chrono::steady_clock::now();
    daemon->start();
    until_ready.push_back(std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - killed));
    if (!has_ended(run)) continue;
    change_store(dice);
    run = sync();
    ++runs;
  }

  EXPECT_EQ(wait_for(run), "succeeded");
  expect_nothing_lost();
  EXPECT_GT(runs, 1) << "no increment was under way";
  std::ranges::sort(until_ready);
  const auto median = until_ready[until_ready.size() / 2];
  std::cout << until_ready.size() << " kills in " << runs << " runs; ready again after " << median.count()
            << " ms (median), " << until_ready.back().count() << " ms (longest); " << store->calls().total
            << " source calls\n";
  EXPECT_LE(median, 2s);
}

TEST_F(NothingLost, when_only_the_embedded_server_is_killed) {
  open_slow_store(2'000, 20ms);
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
    EXPECT_TRUE(until_it_goes_on.until([&] { return daemon->call("GET", "/readyz").status == 200; })) << daemon->log();
    EXPECT_TRUE(eventually(60s, [&] { return calls() > before || has_ended(run); })) << daemon->log();
    if (!has_ended(run)) continue;
    change_store(dice);
    run = sync();
  }

  EXPECT_EQ(wait_for(run), "succeeded");
  EXPECT_LE(until_it_goes_on.median(), 5s);
  expect_nothing_lost();
}

TEST_F(NothingLost, when_the_daemon_is_asked_to_stop_again_and_again) {
  open_slow_store(2'000, 20ms);
  start_daemon(attentive());
  auto dice = seeded_dice();
  auto run = set_up(tables());

  std::vector<std::string> seen{run};
  std::vector<Milliseconds> until_ended;
  for (int round = 0; round < rounds(50); ++round) {
    std::this_thread::sleep_for(Milliseconds(dice() % 600));
    daemon->signal(SIGTERM);
    const auto asked = std::chrono::steady_clock::now();
    EXPECT_EQ(daemon->wait(25s), 0);
    until_ended.push_back(std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - asked));
    daemon->start();
    EXPECT_EQ(daemon->log().find("runs of a dead daemon freed"), std::string::npos) << "a lease was left";
    if (!has_ended(run)) continue;
    change_store(dice);
    seen.push_back(run = sync());
  }

  EXPECT_EQ(wait_for(run), "succeeded");
  std::ranges::sort(until_ended);
  const auto median = until_ended[until_ended.size() / 2];
  std::cout << until_ended.size() << " stops in " << seen.size() << " runs; ended after " << median.count()
            << " ms (median), " << until_ended.back().count() << " ms (longest)\n";
  EXPECT_LE(median, 10s);
  for (const auto& id : seen) {
    for (const auto& job : items("/v1/jobs?limit=500&run=" + id))
      EXPECT_EQ(job.at("attempt"), 1) << "a release is no attempt: " << job.dump();
  }
  expect_nothing_lost();
}

}  // namespace
}  // namespace sluice
