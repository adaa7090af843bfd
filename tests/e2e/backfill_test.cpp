// What a table lacks, a range of dates or a column, is read: that, once, and nothing besides.

#include "tests/e2e/replication_fixture.hpp"

namespace sluice {
namespace {

// The sample store's rows changed between June 2023 and June 2025.
constexpr const char* late = "2024-12-01T00:00:00Z";
constexpr const char* early = "2024-02-01T00:00:00Z";

class Backfilling : public Replication {
 protected:
  /// Loaded since `late`.
  void load(SampleStoreOptions options = {}) {
    open_store(std::move(options));
    start_daemon({"--scheduler.batch_rows", "500"});
    expect(201, "POST", "/v1/integrations",
           {{"name", "acme"}, {"connector", "bigcommerce"}, {"frequency", "manual"}, {"start_date", late}});
    expect(200, "POST", "/v1/integrations/acme/authenticate", credentials());
    const Json tables{{"tables",
                       {{{"name", "orders"}},
                        {{"name", "order_products"}},
                        {{"name", "products"}},
                        {{"name", "customers"}},
                        {{"name", "brands"}}}}};
    expect(200, "PUT", "/v1/integrations/acme/selection", tables);
    expect(200, "PUT", "/v1/integrations/acme/destination", {{"destination", "embedded"}, {"schema", "public"}});
    const auto confirmed = expect(202, "POST", "/v1/integrations/acme/confirm", Json::object());
    ASSERT_EQ(wait_for(confirmed.body.at("run").at("id").get<std::string>()), "succeeded");
  }
  Json move_start(const Json& date, const std::string& query = "") {
    return expect(200, "PATCH", "/v1/integrations/acme" + query, {{"start_date", date}}).body;
  }
  Json backfills() { return daemon->call("GET", "/v1/jobs?integration=acme&kind=backfill&limit=100").body.at("items"); }
  /// Until there are that many and all have ended.
  Json wait_for_backfills(std::size_t count, std::chrono::milliseconds limit = 60s) {
    Json jobs;
    EXPECT_TRUE(eventually(limit,
                           [&] {
                             jobs = backfills();
                             return jobs.size() >= count && std::ranges::all_of(jobs, [](const Json& job) {
                                      return !job.at("ended").is_null();
                                    });
                           }))
        << jobs.dump(2) << daemon->log();
    EXPECT_EQ(jobs.size(), count) << jobs.dump(2);
    return jobs;
  }
  /// A sync while a run is open is answered with that one, so it must have ended first.
  void wait_until_idle() {
    EXPECT_TRUE(eventually(60s, [&] {
      const Json runs = daemon->call("GET", "/v1/runs?integration=acme&limit=1").body.at("items");
      return runs.empty() || !runs.at(0).at("open").get<bool>();
    }));
  }
  void sync_once_idle() {
    wait_until_idle();
    EXPECT_EQ(wait_for(sync()), "succeeded");
  }
  Json checkpoint_of(const std::string& table) {
    return expect(200, "GET", "/v1/integrations/acme/tables/" + table + "/checkpoint").body;
  }
  std::int64_t rows_between(const std::string& from, const std::string& until) {
    return std::stoll(ask("select count(*) from public.acme_orders where date_modified >= '" + from +
                          "' and date_modified < '" + until + "'"));
  }
};

TEST_F(Backfilling, an_earlier_start_date_reads_the_missing_range_and_nothing_else) {
  load();
  const auto before = checkpoint_of("orders").at("cursor");
  EXPECT_EQ(rows_between("2020-01-01", late), 0);
  store->control("reset_calls", Json::object());

  const Json plan = move_start(early, "?dry_run=true");
  ASSERT_EQ(plan.at("reads").size(), 4U) << plan.dump(2);
  EXPECT_EQ(plan.at("reads").at(0), (Json{{"table", "orders"},
                                          {"kind", "backfill"},
                                          {"mode", nullptr},
                                          {"window", {{"from", early}, {"until", late}}}}));
  EXPECT_EQ(backfills().size(), 0U);

  move_start(early);
  const Json jobs = wait_for_backfills(4);

  for (const Json& job : jobs) {
    EXPECT_EQ(job.at("state"), "succeeded") << job.dump(2);
    EXPECT_EQ(job.at("window"), (Json{{"from", early}, {"until", late}}));
    EXPECT_NE(job.at("table"), "brands") << "no date cuts it";
    if (job.at("table") != "orders") continue;
    EXPECT_GT(job.at("rows").at("inserted"), 100);
    EXPECT_EQ(job.at("rows").at("read"), job.at("rows").at("inserted")) << "what is there is not read";
    EXPECT_EQ(job.at("rows").at("read"), rows_between(early, late));
  }
  const auto calls = store->calls();
  std::int64_t counted = 0;
  for (const Json& job : jobs) counted += job.at("source_calls").get<std::int64_t>();
  EXPECT_EQ(static_cast<std::int64_t>(calls.total), counted);
  EXPECT_EQ(calls.by_path.size(), 4U) << "orders with their lines, how many are behind the last, products, customers";
  // The question for the largest id, pages of 250, and the one behind the last, whose count says that it is none.
  EXPECT_LE(static_cast<std::int64_t>(calls.by_path.at("/v2/orders")), 1 + rows_between(early, late) / 250 + 2);
  EXPECT_EQ(calls.by_path.at("/v2/orders/count"), 1U);
  EXPECT_EQ(checkpoint_of("orders").at("cursor"), before);

  move_start(nullptr);
  wait_for_backfills(8);
  expect_equal();
  sync_once_idle();
  expect_equal();
}

TEST_F(Backfilling, dates_that_move_to_and_fro_leave_no_hole) {
  load();
  store->control("reset_calls", Json::object());

  move_start("2025-03-01T00:00:00Z");
  move_start("2024-12-01T00:00:00Z");
  sync_once_idle();
  EXPECT_EQ(backfills().size(), 0U) << "it was all there";
  store->control("modify", {{"table", "orders"}, {"count", 5}, {"set", {{"staff_notes", "now"}}}});
  move_start("2024-08-01T00:00:00Z");
  move_start(early);
  move_start("2024-05-01T00:00:00Z");
  EXPECT_TRUE(eventually(60s, [&] {
    return checkpoint_of("orders").at("position").value("read_from", "") <= "2024-05-01T00:00:00Z";
  })) << checkpoint_of("orders").dump(2);
  move_start(nullptr);
  EXPECT_TRUE(eventually(60s, [&] { return checkpoint_of("orders").at("position").at("read_from").is_null(); }));
  EXPECT_TRUE(eventually(60s, [&] { return checkpoint_of("customers").at("position").at("read_from").is_null(); }));
  EXPECT_TRUE(eventually(60s, [&] { return checkpoint_of("products").at("position").at("read_from").is_null(); }));

  sync_once_idle();
  expect_equal();
}

TEST_F(Backfilling, a_kill_in_the_middle_goes_on_where_it_stood) {
  SampleStoreOptions options;
  options.orders = 10'000;
  load(options);
  store->control("options", {{"latency_ms", 400}});
  store->control("reset_calls", Json::object());
  const auto there = rows_between("2020-01-01", "2030-01-01");
  move_start(nullptr);
  ASSERT_TRUE(eventually(60s, [&] { return rows_between("2020-01-01", late) >= 1000; }));

  daemon->kill();
  store->control("options", {{"latency_ms", 0}});
  daemon->start();

  for (const Json& job : wait_for_backfills(4)) EXPECT_EQ(job.at("state"), "succeeded") << job.dump(2);
  expect_equal();
  // Pages of the missing orders, the question for the largest id, and per range its end and a page or two again.
  const auto pages = (10'000 - there) / 250 + 1;
  EXPECT_LE(static_cast<std::int64_t>(store->calls().by_path["/v2/orders"]), pages + 1 + 4 + 8);
}

TEST_F(Backfilling, one_that_failed_half_way_lets_increments_pass_and_goes_on_after_them) {
  SampleStoreOptions options;
  options.orders = 10'000;
  load(options);
  store->control("options", {{"latency_ms", 200}});
  move_start(nullptr);
  ASSERT_TRUE(eventually(60s, [&] { return rows_between("2020-01-01", late) >= 1000; }));
  std::vector<std::string> scopes = sample_store::read_only_scopes();
  std::erase(scopes, "store_v2_orders_read_only");
  store->control("options", {{"scopes", scopes}});
  ASSERT_TRUE(eventually(60s, [&] {
    return daemon->call("GET", "/v1/jobs?integration=acme&table=orders&kind=backfill&state=failed")
               .body.at("items")
               .size() == 1;
  })) << daemon->log();
  const auto half = rows_between("2020-01-01", late);
  store->control("options", {{"scopes", sample_store::read_only_scopes()}, {"latency_ms", 0}});
  store->control("modify", {{"table", "orders"}, {"ids", {9999}}, {"set", {{"staff_notes", "meanwhile"}}}});

  sync_once_idle();
  EXPECT_EQ(ask("select staff_notes from public.acme_orders where id = 9999"), "meanwhile");
  EXPECT_GE(half, 1000);

  EXPECT_TRUE(eventually(60s, [&] { return checkpoint_of("orders").at("position").at("read_from").is_null(); }))
      << daemon->log();
  wait_until_idle();
  const Json again =
      daemon->call("GET", "/v1/jobs?integration=acme&table=orders&kind=backfill&state=succeeded").body.at("items");
  ASSERT_EQ(again.size(), 1U);
  EXPECT_LT(again.at(0).at("rows").at("read"), 10'000 - half) << "what was read before the failure is not read again";
  sync_once_idle();
  expect_equal();
}

TEST_F(Backfilling, a_column_that_is_added_is_filled) {
  load();
  const auto select = [&](const Json& fields, const std::string& backfill, const std::string& query = "") {
    Json body{{"tables", {{{"name", "customers"}, {"fields", fields}}}}};
    if (!backfill.empty()) body["backfill"] = backfill;
    return expect(200, "PUT", "/v1/integrations/acme/selection" + query, body).body;
  };
  const auto filled = [&](const std::string& column) {
    return ask("select count(" + column + ") from public.acme_customers");
  };
  select({"id", "date_modified"}, "");
  ask("update public.acme_customers set email = null, last_name = null, first_name = null");
  EXPECT_EQ(ask("select count(*) from information_schema.columns where table_name = 'acme_customers' and "
                "column_name = 'email'"),
            "1")
      << "columns stay";
  sync_once_idle();
  const auto rows = ask("select count(*) from public.acme_customers");

  select({"id", "date_modified", "email"}, "none");
  sync_once_idle();
  EXPECT_EQ(filled("email"), "0");

  const Json plan = select({"id", "date_modified", "email", "last_name"}, "", "?dry_run=true");
  EXPECT_EQ(plan.at("reads").at(0).at("kind"), "backfill") << plan.dump(2);
  select({"id", "date_modified", "email", "last_name"}, "");
  const auto run = sync();
  EXPECT_EQ(wait_for(run), "succeeded");
  EXPECT_EQ(job_of(run, "customers").at("kind"), "backfill");
  EXPECT_EQ(filled("last_name"), rows);

  select({"id", "date_modified", "email", "last_name", "first_name"}, "table");
  EXPECT_TRUE(eventually(60s, [&] { return filled("first_name") == rows; })) << daemon->log();
  const Json jobs = daemon->call("GET", "/v1/jobs?integration=acme&table=customers&kind=reload").body.at("items");
  EXPECT_EQ(jobs.size(), 1U);
  EXPECT_NE(ask("select count(*) from public.acme_orders"), "0") << "tables that are taken out keep their rows";
}

}  // namespace
}  // namespace sluice
