// PostgreSQL goes away and comes back, the control database or the destination, while the daemon goes on.
//
//   TEST_ROUNDS=… TEST_SEED=…: the long form

#include "tests/e2e/nothing_lost_fixture.hpp"
#include "tests/support/cutting_proxy.hpp"
#include "tests/support/small_disk.hpp"

namespace sluice {
namespace {

using Stop = PostgresServer::Stop;

class Outage : public NothingLostOnServers {
 protected:
  void start_daemon_with(const std::string& control_url) {
    start_daemon(attentive({"--database.url", control_url, "--log.level", "debug", "--scheduler.retry_cap", "1s"}));
  }
  void start() {
    start_daemon_with(control_server.url("control"));
    add_warehouse();
  }

  /// The daemon that was started once never ended, and answers.
  void expect_same_daemon() { EXPECT_EQ(daemon->call("GET", "/livez").status, 200); }

  /// What is durable at the destination and what the control database knows of it: each changes with every commit.
  struct Progress {
    std::string at_destination;
    std::string at_control;
  };
  Progress progress() {
    return {ask("select case when to_regclass('_sluice.checkpoint') is not null then "
                "(select max(updated_at)::text from _sluice.checkpoint) end"),
            control("select concat_ws(' ', sum(rows_read), count(finished_at)) from sluice.jobs")};
  }
  bool goes_on_since(const Progress& before, const std::string& run) {
    const Progress now = progress();
    return (now.at_destination != before.at_destination && now.at_control != before.at_control) || has_ended(run);
  }
};

struct OutageCase {
  const char* name;
  bool of_control;
  bool of_warehouse;
  bool reads_whole;
};

class OutageOf : public Outage, public testing::WithParamInterface<OutageCase> {};

TEST_P(OutageOf, loses_nothing_and_is_over_soon_after) {
  reads_whole = GetParam().reads_whole;
  open_slow_store(1'000, 50ms);
  start();
  auto dice = seeded_dice();
  auto run = set_up(tables());
  Waits until_it_goes_on;

  std::vector<PostgresServer*> servers;
  if (GetParam().of_control) servers.push_back(&control_server);
  if (GetParam().of_warehouse) servers.push_back(&warehouse_server);
  for (int round = 0; round < rounds(6); ++round) {
    goes_on(run, dice);
    std::this_thread::sleep_for(Milliseconds(dice() % 1'000));
    const bool was_over = has_ended(run);
    const auto how = std::array{Stop::fast, Stop::immediate, Stop::kill}.at(static_cast<std::size_t>(round) % 3);
    for (auto* server : servers) server->stop(how);
    std::this_thread::sleep_for(Milliseconds(dice() % 3'000));
    for (auto* server : servers) server->start();
    const auto before = progress();
    const auto back = std::chrono::steady_clock::now();
    EXPECT_TRUE(eventually(60s, [&] { return goes_on_since(before, run); })) << daemon->log();
    if (!was_over) until_it_goes_on.note(time_since(back));
  }

  expect_whole(run);
  until_it_goes_on.expect_within(5s, 5);
  expect_same_daemon();
}

INSTANTIATE_TEST_SUITE_P(Servers, OutageOf,
                         testing::Values(OutageCase{"the_control_database", true, false, false},
                                         OutageCase{"the_destination", false, true, true},
                                         OutageCase{"both", true, true, false}),
                         [](const auto& tested) { return tested.param.name; });

TEST_F(Outage, of_single_connections_loses_nothing) {
  open_slow_store(1'000, 50ms);
  start();
  auto dice = seeded_dice();
  auto run = set_up(tables());

  for (int round = 0; round < rounds(25); ++round) {
    std::this_thread::sleep_for(Milliseconds(dice() % 400));
    (round % 2 == 0 ? warehouse_server : control_server).ask("postgres", end_sessions);
    goes_on(run, dice);
  }

  expect_whole(run);
  expect_same_daemon();
}

struct CutCase {
  const char* name;
  bool of_control;
  CuttingProxy::Moment moment;
  const char* words;
};

class CutAt : public Outage, public testing::WithParamInterface<CutCase> {};

/// Whether a commit took place is not known to who sent it: it must not matter.
TEST_P(CutAt, loses_nothing_and_writes_nothing_twice) {
  reads_whole = false;
  open_slow_store(1'000, 50ms);
  CuttingProxy proxy(GetParam().of_control ? control_server.port() : warehouse_server.port());
  const auto port_of = [&](bool is_cut, const PostgresServer& server) { return is_cut ? proxy.port() : server.port(); };
  start_daemon_with(
      "postgresql://postgres@127.0.0.1:" + std::to_string(port_of(GetParam().of_control, control_server)) + "/control");
  add_warehouse("127.0.0.1", port_of(!GetParam().of_control, warehouse_server));
  auto dice = seeded_dice();
  auto run = set_up(tables());
  ASSERT_TRUE(loading(200));

  const auto cut = [&](int times) {
    proxy.cut_at(GetParam().words, GetParam().moment, times);
    EXPECT_TRUE(eventually(60s, [&] { return proxy.cuts() == times; })) << proxy.cuts();
  };
  cut(4);
  expect_whole(run);
  for (const auto& table : items("/v1/integrations/acme/tables?limit=500")) {
    EXPECT_EQ(std::to_string(table.at("rows").get<std::int64_t>()),
              ask("select count(*) from public.acme_" + table.at("name").get<std::string>()));
  }
  change_store(dice);
  run = sync();
  cut(2);
  expect_whole(run);
  expect_same_daemon();
}

using Moment = CuttingProxy::Moment;
INSTANTIATE_TEST_SUITE_P(
    Moments, CutAt,
    testing::Values(CutCase{"a_commit_that_the_server_did_not_hear", false, Moment::before_the_server_hears, "commit"},
                    CutCase{"a_commit_whose_answer_was_lost", false, Moment::after_the_server_has_answered, "commit"},
                    CutCase{"the_middle_of_a_copy", false, Moment::before_the_server_hears, "PGCOPY"},
                    CutCase{"a_commit_that_the_control_database_did_not_hear", true, Moment::before_the_server_hears,
                            "COMMIT"},
                    CutCase{"a_commit_of_the_control_database_whose_answer_was_lost", true,
                            Moment::after_the_server_has_answered, "COMMIT"}),
    [](const auto& tested) { return tested.param.name; });

/// On a disk of its own for the rows, so that the server itself can go on writing its log.
TEST_F(Outage, of_space_is_named_and_over_when_there_is_some) {
  SmallDisk disk(160);
  if (!disk.is_there()) GTEST_SKIP() << "mounting a small disk needs root";
  warehouse_server.ask("postgres", "create tablespace small location '" + disk.path().string() + "'");
  warehouse_server.ask("postgres", "alter database warehouse set tablespace small");
  open_slow_store(1'000, 50ms);
  start();
  disk.fill_up_to(3);

  const auto run = set_up(tables());

  const auto is_waiting = [&] {
    const Json job = job_of(run, "orders");
    return job.at("state") == "waiting_retry" && job.at("error").at("code") == "destination.disk_full";
  };
  EXPECT_TRUE(eventually(60s, is_waiting)) << job_of(run, "orders").dump(2);
  EXPECT_NE(job_of(run, "orders").at("error").at("hint"), nullptr);
  const Json reasons = expect(200, "GET", "/v1/integrations/acme").body.at("health_reasons");
  EXPECT_TRUE(std::ranges::any_of(reasons, [](const Json& reason) {
    return reason.at("code") == "destination.disk_full" && reason.at("table") == "orders";
  })) << reasons.dump(2);
  expect_each_row_written_once();
  disk.empty();

  EXPECT_TRUE(eventually(60s, [&] { return has_ended(run); }));
  expect_whole(run);
  expect_same_daemon();
}

/// One server is gone for good, and the other takes its place.
class OutageAndFailover : public Outage {
 protected:
  void fail_over(PostgresServer*& serving_one, PostgresServer& standby, std::mt19937& dice) {
    auto run = set_up(tables());
    ASSERT_TRUE(loading(200));

    serving_one->stop(Stop::kill);
    standby.promote();
    serving_one = &standby;
    const auto before = progress();

    Waits until_it_goes_on;
    EXPECT_TRUE(until_it_goes_on.until([&] { return goes_on_since(before, run); })) << daemon->log();
    until_it_goes_on.expect_within(5s, 10);
    expect_whole(run);
    change_store(dice);
    run = sync();
    expect_whole(run);
    expect_same_daemon();
  }
};

TEST_F(OutageAndFailover, of_the_control_database_lose_nothing) {
  open_slow_store(1'000, 50ms);
  const auto standby = control_server.standby();
  start_daemon_with("postgresql://postgres@127.0.0.1:" + std::to_string(control_server.port()) +
                    ",127.0.0.1:" + std::to_string(standby->port()) + "/control?target_session_attrs=read-write");
  add_warehouse();
  auto dice = seeded_dice();

  fail_over(control_serving, *standby, dice);
}

/// What the standby has not heard of is read again: its checkpoints are as old as its rows.
TEST_F(OutageAndFailover, of_the_destination_lose_nothing) {
  open_slow_store(1'000, 50ms);
  const auto standby = warehouse_server.standby();
  start_daemon_with(control_server.url("control"));
  add_warehouse("127.0.0.1,127.0.0.1", {warehouse_server.port(), standby->port()});
  auto dice = seeded_dice();

  fail_over(serving, *standby, dice);
}

}  // namespace
}  // namespace sluice
