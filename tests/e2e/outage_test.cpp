// PostgreSQL goes away and comes back, the control database or the destination, while the daemon goes on.
//
//   TEST_ROUNDS=… TEST_SEED=…: the long form

#include "tests/e2e/nothing_lost_fixture.hpp"
#include "tests/support/cutting_proxy.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/small_disk.hpp"

namespace sluice {
namespace {

using Milliseconds = std::chrono::milliseconds;
using Stop = PostgresServer::Stop;

class Outage : public NothingLost {
 protected:
  void start_with(const std::string& control_url, std::uint16_t warehouse_port) {
    start_with(control_url, "127.0.0.1", Json::array({warehouse_port}));
  }
  void start_with(const std::string& control_url, const std::string& warehouse_hosts, const Json& warehouse_ports) {
    start_daemon(attentive({"--database.url", control_url, "--log.level", "debug"}));
    destination = "warehouse";
    expect(201, "POST", "/v1/destinations",
           {{"name", "warehouse"},
            {"parameters",
             {{"host", warehouse_hosts},
              {"port", warehouse_ports},
              {"database", "warehouse"},
              {"user", "postgres"},
              {"sslmode", "disable"}}}});
  }
  std::string warehouse() override { return serving->url("warehouse"); }

  /// The daemon itself never ended, and answers.
  void expect_same_daemon() { EXPECT_EQ(daemon->call("GET", "/livez").status, 200); }

  PostgresServer control_server;
  PostgresServer warehouse_server;
  PostgresServer* serving = &warehouse_server;
};

struct OutageCase {
  const char* name;
  bool of_control;
  bool of_warehouse;
};

class OutageOf : public Outage, public testing::WithParamInterface<OutageCase> {};

TEST_P(OutageOf, loses_nothing_and_is_over_soon_after) {
  open_slow_store(4'000, 50ms);
  start_with(control_server.url("control"), warehouse_server.port());
  auto dice = seeded_dice();
  auto run = set_up(tables());
  const auto calls = [this] { return store->calls().total; };
  Waits until_it_goes_on;

  std::vector<PostgresServer*> servers;
  if (GetParam().of_control) servers.push_back(&control_server);
  if (GetParam().of_warehouse) servers.push_back(&warehouse_server);
  for (int round = 0; round < rounds(6); ++round) {
    std::this_thread::sleep_for(Milliseconds(dice() % 1'000));
    const auto how = std::array{Stop::fast, Stop::immediate, Stop::kill}.at(static_cast<std::size_t>(round) % 3);
    for (auto* server : servers) server->stop(how);
    std::this_thread::sleep_for(Milliseconds(dice() % 3'000));
    for (auto* server : servers) server->start();
    const auto before = calls();
    EXPECT_TRUE(until_it_goes_on.until([&] { return calls() > before || has_ended(run); })) << daemon->log();
    if (!has_ended(run)) continue;
    change_store(dice);
    run = sync();
  }

  EXPECT_EQ(wait_for(run), "succeeded");
  EXPECT_LE(until_it_goes_on.median(), 5s);
  expect_nothing_lost();
  expect_same_daemon();
}

INSTANTIATE_TEST_SUITE_P(Servers, OutageOf,
                         testing::Values(OutageCase{"the_control_database", true, false},
                                         OutageCase{"the_destination", false, true}, OutageCase{"both", true, true}),
                         [](const auto& tested) { return tested.param.name; });

TEST_F(Outage, of_single_connections_loses_nothing) {
  open_slow_store(4'000, 50ms);
  start_with(control_server.url("control"), warehouse_server.port());
  auto dice = seeded_dice();
  auto run = set_up(tables());

  for (int round = 0; round < rounds(25); ++round) {
    std::this_thread::sleep_for(Milliseconds(dice() % 400));
    PostgresServer& server = round % 2 == 0 ? warehouse_server : control_server;
    server.ask("postgres",
               "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name like 'sluice%'");
    if (!has_ended(run)) continue;
    change_store(dice);
    run = sync();
  }

  EXPECT_EQ(wait_for(run), "succeeded");
  expect_nothing_lost();
  expect_same_daemon();
}

struct CutCase {
  const char* name;
  CuttingProxy::Moment moment;
  const char* words;
};

class CutAt : public Outage, public testing::WithParamInterface<CutCase> {};

/// Whether a commit took place is not known to who sent it: it must not matter.
TEST_P(CutAt, loses_nothing_and_writes_nothing_twice) {
  open_slow_store(4'000, 50ms);
  CuttingProxy proxy(warehouse_server.port());
  start_with(control_server.url("control"), proxy.port());
  auto dice = seeded_dice();
  const auto run = set_up(tables());
  ASSERT_TRUE(loading(500));

  proxy.cut_at(GetParam().words, GetParam().moment, 5);

  EXPECT_TRUE(eventually(60s, [&] { return proxy.cuts() == 5; }));
  EXPECT_EQ(wait_for(run), "succeeded");
  for (const auto& table : items("/v1/integrations/acme/tables?limit=500")) {
    EXPECT_EQ(std::to_string(table.at("rows").get<std::int64_t>()),
              ask("select count(*) from public.acme_" + table.at("name").get<std::string>()));
  }
  change_store(dice);
  expect_nothing_lost();
}

INSTANTIATE_TEST_SUITE_P(Moments, CutAt,
                         testing::Values(CutCase{"a_commit_that_the_server_did_not_hear",
                                                 CuttingProxy::Moment::before_the_server_hears, "commit"},
                                         CutCase{"a_commit_whose_answer_was_lost",
                                                 CuttingProxy::Moment::after_the_server_has_answered, "commit"},
                                         CutCase{"the_middle_of_a_copy", CuttingProxy::Moment::before_the_server_hears,
                                                 "PGCOPY"}),
                         [](const auto& tested) { return tested.param.name; });

/// On a disk of its own for the rows, so that the server itself can go on writing its log.
TEST_F(Outage, of_space_is_named_and_over_when_there_is_some) {
  SmallDisk disk(160);
  if (!disk.is_there()) GTEST_SKIP() << "mounting a small disk needs root";
  warehouse_server.ask("postgres", "create tablespace small location '" + disk.path().string() + "'");
  warehouse_server.ask("postgres", "alter database warehouse set tablespace small");
  open_slow_store(4'000, 50ms);
  start_with(control_server.url("control"), warehouse_server.port());
  disk.fill_up_to(3);

  const auto run = set_up(tables());

  const auto is_waiting = [&] {
    const Json job = job_of(run, "orders");
    return job.at("state") == "waiting_retry" && job.at("error").at("code") == "destination.disk_full";
  };
  EXPECT_TRUE(eventually(60s, is_waiting)) << job_of(run, "orders").dump(2);
  EXPECT_NE(job_of(run, "orders").at("error").at("hint"), nullptr);
  disk.empty();

  EXPECT_TRUE(eventually(60s, [&] { return has_ended(run); }));
  EXPECT_EQ(wait_for(run), "succeeded");
  expect_nothing_lost();
  expect_same_daemon();
}

TEST_F(Outage, ends_with_a_failover_to_the_standby) {
  open_slow_store(4'000, 50ms);
  auto standby = control_server.standby();
  const auto urls = "postgresql://postgres@127.0.0.1:" + std::to_string(control_server.port()) +
                    ",127.0.0.1:" + std::to_string(standby->port()) + "/control?target_session_attrs=read-write";
  start_with(urls, warehouse_server.port());
  auto dice = seeded_dice();
  const auto run = set_up(tables());
  ASSERT_TRUE(loading(500));

  control_server.stop(Stop::kill);
  standby->promote();
  const auto before = store->calls().total;

  EXPECT_TRUE(eventually(20s, [&] { return store->calls().total > before; })) << daemon->log();
  EXPECT_EQ(wait_for(run), "succeeded");
  change_store(dice);
  expect_nothing_lost();
  expect_same_daemon();
}

TEST_F(Outage, of_the_destination_ends_with_a_failover_to_its_standby) {
  open_slow_store(4'000, 50ms);
  const auto standby = warehouse_server.standby();
  start_with(control_server.url("control"), "127.0.0.1,127.0.0.1", {warehouse_server.port(), standby->port()});
  auto dice = seeded_dice();
  const auto run = set_up(tables());
  ASSERT_TRUE(loading(500));

  // What the standby has not heard of is read again: its checkpoints are as old as its rows.
  warehouse_server.stop(Stop::kill);
  standby->promote();
  serving = standby.get();
  const auto before = store->calls().total;

  EXPECT_TRUE(eventually(10s, [&] { return store->calls().total > before; })) << daemon->log();
  EXPECT_EQ(wait_for(run), "succeeded");
  change_store(dice);
  expect_nothing_lost();
  expect_same_daemon();
}

}  // namespace
}  // namespace sluice
