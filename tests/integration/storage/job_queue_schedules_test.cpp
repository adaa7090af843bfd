// What a scheduled run contains: tables with a frequency of their own, crons, quiet hours.
#include "tests/integration/storage/job_queue_fixture.hpp"

namespace sluice {
namespace {

class JobQueueSchedules : public JobQueueTest {
 protected:
  /// An hourly integration; `own` are the tables with another frequency.
  IntegrationId with_own(const std::vector<std::pair<std::string, Frequency>>& own) {
    const IntegrationId id = ready_draft("acme", {"orders"}).id;
    std::vector<SelectedTable> selection{{"orders", {"id"}}, {"products", {"id"}}};
    std::vector<std::string> destination{"public.acme_orders", "public.acme_products"};
    for (const auto& [name, frequency] : own) {
      selection.push_back({name, {"id"}});
      selection.back().settings.frequency = frequency;
      destination.push_back("public.acme_" + name);
    }
    integrations.set_selection(id, selection, std::nullopt);
    return integrations.confirm(id, destination).id;
  }
  void make_due(const std::string& table = "") {
    sql(table.empty() ? "update sluice.integrations set next_run_at = now() - interval '1 second'"
                      : "update sluice.integration_tables set next_run_at = now() - interval '1 second' "
                        "where table_name = '" +
                            table + "'");
  }
  std::string tables_of_open_run() {
    return sql(
        "select string_agg(j.table_name, ',' order by j.table_name) from sluice.jobs j join sluice.runs r "
        "on r.id = j.run_id where r.finished_at is null");
  }
  void end_open_run() {
    const auto run = *queue.claim("worker", lease);
    for (std::size_t job = 0; job < run.jobs.size(); ++job) start_and_finish(run, job, success());
    ASSERT_TRUE(release(run));
  }
  std::string minutes_until(const std::string& table) {
    return sql(
        "select round(extract(epoch from next_run_at - now()) / 60) from sluice.integration_tables "
        "where table_name = '" +
        table + "'");
  }
};

TEST_F(JobQueueSchedules, run_a_table_at_its_own_times_and_not_with_its_integration) {
  with_own({{"prices", Frequency{15min}}, {"themes", Frequency{24h}}});
  EXPECT_EQ(minutes_until("prices"), "15");
  EXPECT_LE(*queue.until_next_due(), 15min);

  make_due("prices");
  EXPECT_EQ(queue.until_next_due(), 0ms);
  EXPECT_EQ(queue.enqueue_due(0ms), 1);
  EXPECT_EQ(tables_of_open_run(), "prices");
  EXPECT_EQ(minutes_until("prices"), "15");
  end_open_run();

  make_due();
  EXPECT_EQ(queue.enqueue_due(0ms), 1);
  EXPECT_EQ(tables_of_open_run(), "orders,products");
  end_open_run();

  make_due();
  make_due("themes");
  EXPECT_EQ(queue.enqueue_due(0ms), 1);
  EXPECT_EQ(tables_of_open_run(), "orders,products,themes");
  EXPECT_EQ(minutes_until("themes"), "1440");
}

TEST_F(JobQueueSchedules, lose_no_period_of_a_table_while_a_run_is_open) {
  const IntegrationId id = with_own({{"themes", Frequency{24h}}});
  queue.trigger(id, RunTrigger::manual, {"orders"});
  make_due("themes");

  EXPECT_EQ(queue.enqueue_due(0ms), 0);
  EXPECT_NE(queue.until_next_due(), std::nullopt);
  end_open_run();
  EXPECT_EQ(queue.enqueue_due(0ms), 1);
  EXPECT_EQ(tables_of_open_run(), "themes");
  end_open_run();
  EXPECT_EQ(queue.enqueue_due(0ms), 0);
}

TEST_F(JobQueueSchedules, run_a_manual_table_on_request_only) {
  const IntegrationId id = with_own({{"themes", Frequency{}}});
  make_due();

  EXPECT_EQ(queue.enqueue_due(0ms), 1);
  EXPECT_EQ(tables_of_open_run(), "orders,products");
  end_open_run();
  queue.trigger(id, RunTrigger::manual);
  EXPECT_EQ(tables_of_open_run(), "orders,products,themes");
}

TEST_F(JobQueueSchedules, open_nothing_for_an_integration_whose_tables_all_have_their_own) {
  const IntegrationId id = with_own({{"themes", Frequency{24h}}});
  std::vector<SelectedTable> selection{{"themes", {"id"}}};
  selection[0].settings.frequency = Frequency{24h};
  integrations.set_selection(id, selection, std::nullopt);
  make_due();

  EXPECT_EQ(queue.enqueue_due(0ms), 0);
  EXPECT_GT(*queue.until_next_due(), 59min);
}

/// A selected table with a frequency of its own.
SelectedTable with_frequency(const std::string& name, const Frequency& frequency) {
  SelectedTable table{name, {"id"}};
  table.settings.frequency = frequency;
  return table;
}

TEST_F(JobQueueSchedules, do_not_wait_for_what_a_clock_that_was_ahead_has_planned) {
  const Frequency nightly{.interval = {}, .cron = Cron{"30 2 * * *", "Europe/Berlin"}};
  const IntegrationId id = with_own({{"prices", Frequency{15min}}, {"themes", nightly}});
  sql("update sluice.integrations set next_run_at = now() + interval '1 year'");
  sql("update sluice.integration_tables set next_run_at = now() + interval '1 year' where next_run_at is not null");

  EXPECT_EQ(queue.enqueue_due(60s), 0);

  EXPECT_EQ(sql("select round(extract(epoch from next_run_at - now()) / 60) from sluice.integrations"), "60");
  EXPECT_EQ(minutes_until("prices"), "15");
  EXPECT_LE(std::stoi(minutes_until("themes")), 25 * 60);
  EXPECT_LE(*queue.until_next_due(), 15min);

  sql("update sluice.integrations set next_run_at = now() + interval '70 minutes'");
  EXPECT_EQ(queue.enqueue_due(60s), 0);
  EXPECT_EQ(sql("select round(extract(epoch from next_run_at - now()) / 60) from sluice.integrations"), "60");

  // Leases and waits, too, though whoever still holds one keeps it.
  queue.trigger(id, RunTrigger::manual, {"orders"});
  const auto run = *queue.claim("worker", lease);
  ASSERT_TRUE(start(run, 0));
  ASSERT_TRUE(finish(run, 0, retry(1min)));
  sql("update sluice.jobs set next_attempt_at = now() + interval '1 year'");
  sql("update sluice.runs set lease_until = now() + interval '1 year'");
  queue.enqueue_due(60s);
  EXPECT_LE(*queue.until_next_due(), 10min);
  EXPECT_TRUE(queue.heartbeat(run.run.id, run.epoch, lease));
}

TEST_F(JobQueueSchedules, leave_out_tables_that_are_paused_or_removed) {
  const IntegrationId id = with_own({{"prices", Frequency{15min}}, {"themes", Frequency{24h}}});
  make_due("prices");
  make_due("themes");
  sql("update sluice.integration_tables set state = 'paused' where table_name = 'prices'");
  integrations.set_selection(id, {{"orders", {"id"}}, with_frequency("prices", Frequency{15min})}, std::nullopt);

  EXPECT_EQ(queue.enqueue_due(0ms), 0);
  EXPECT_GT(*queue.until_next_due(), 59min);
}

TEST_F(JobQueueSchedules, keep_the_due_time_of_a_table_whose_frequency_stays) {
  const IntegrationId id = with_own({{"themes", Frequency{24h}}});
  const auto choose = [&](const Frequency& frequency) {
    integrations.set_selection(id, {{"orders", {"id"}}, with_frequency("themes", frequency)}, std::nullopt);
  };
  sql("update sluice.integration_tables set state = 'active', last_replicated_at = now()");
  sql("update sluice.integration_tables set next_run_at = now() + interval '7 hours' where table_name = 'themes'");

  choose(Frequency{24h});
  EXPECT_EQ(minutes_until("themes"), "420");
  choose(Frequency{12h});
  EXPECT_EQ(minutes_until("themes"), "420");
  choose(Frequency{6h});
  EXPECT_EQ(minutes_until("themes"), "360");
  make_due("themes");
  choose(Frequency{.interval = {}, .cron = Cron{"0 6 1 1 *", "Europe/Berlin"}});
  EXPECT_EQ(queue.enqueue_due(0ms), 1);
  EXPECT_EQ(tables_of_open_run(), "themes");
  const auto selection = integrations.find(id.str())->selection;
  EXPECT_EQ(selection.at(1).settings.frequency,
            (Frequency{.interval = {}, .cron = Cron{"0 6 1 1 *", "Europe/Berlin"}}));
  EXPECT_FALSE(selection.at(0).settings.frequency);
}

TEST_F(JobQueueSchedules, load_a_new_table_no_later_than_its_integration_runs) {
  const IntegrationId id = with_own({});
  integrations.set_selection(id, {{"orders", {"id"}}, with_frequency("themes", Frequency{24h})}, std::nullopt);
  EXPECT_EQ(minutes_until("themes"), "60");
  make_due();
  make_due("themes");

  queue.enqueue_due(0ms);

  EXPECT_EQ(tables_of_open_run(), "orders,themes");
  EXPECT_EQ(minutes_until("themes"), "1440");
}

TEST_F(JobQueueSchedules, follow_a_cron_by_the_clock_of_its_zone) {
  const IntegrationId id = confirmed("acme").id;
  const Frequency at_six{.interval = {}, .cron = Cron{"0 6 * * *", "America/Chicago"}};

  const Integration changed = integrations.change(id, {.frequency = at_six}, std::nullopt);

  EXPECT_EQ(changed.frequency, at_six);
  const std::string is_six =
      "select to_char(next_run_at at time zone 'America/Chicago', 'HH24:MI:SS') || ' ' || "
      "(next_run_at > now() and next_run_at <= now() + interval '25 hours')::text from sluice.integrations";
  EXPECT_EQ(sql(is_six), "06:00:00 true");
  sql("update sluice.integrations set next_run_at = now() - interval '3 days'");
  EXPECT_EQ(queue.enqueue_due(60s), 1);
  EXPECT_EQ(queue.enqueue_due(60s), 0);
  EXPECT_EQ(sql(is_six), "06:00:00 true");
  EXPECT_FALSE(integrations.change(id, {.frequency = Frequency{}}, std::nullopt).next_run_at);
}

TEST_F(JobQueueSchedules, are_created_and_confirmed_with_a_cron) {
  const Frequency nightly{.interval = {}, .cron = Cron{"30 2 * * *", "Europe/Berlin"}};
  const QuietHours night{{22h, 2h, "Europe/Berlin"}};
  const IntegrationId id = integrations.create("acme", "bigcommerce", nightly, std::nullopt, night).id;
  integrations.set_credentials(id, "store1", "client1", Secret("token"), Json::object());
  integrations.set_destination(id, destinations.ensure_embedded().id, "public", std::nullopt);
  integrations.set_selection(id, {{"orders", {"id"}}}, std::nullopt);

  const Integration made = integrations.confirm(id, {"public.acme_orders"});

  EXPECT_EQ(made.frequency, nightly);
  EXPECT_EQ(made.quiet_hours, night);
  EXPECT_EQ(sql("select extract(minute from next_run_at) from sluice.integrations"), "30");
}

TEST_F(JobQueueSchedules, start_nothing_in_quiet_hours_and_once_behind_them) {
  const IntegrationId id = with_own({{"prices", Frequency{15min}}});
  // One that goes on for hours from now, whatever the time is.
  const auto minute_of_day = std::chrono::floor<std::chrono::minutes>(SystemClock().now()).time_since_epoch() % 24h;
  const auto shift = [&](Duration by) {
    return std::chrono::duration_cast<std::chrono::minutes>((minute_of_day + by + 24h) % 24h);
  };
  integrations.change(id, {.quiet_hours = QuietHours{{shift(-1h), shift(3h), "UTC"}}}, std::nullopt);
  EXPECT_GT(*queue.until_next_due(), 2h) << "the due times in it have moved to its end";

  make_due();
  make_due("prices");
  EXPECT_EQ(queue.enqueue_due(0ms), 0);
  EXPECT_GT(*queue.until_next_due(), 2h);
  EXPECT_EQ(sql("select count(*) from sluice.runs"), "0");
  EXPECT_TRUE(queue.trigger(id, RunTrigger::manual, {"orders"}).created) << "a person may";
  end_open_run();

  integrations.change(id, {.quiet_hours = QuietHours{}}, std::nullopt);
  EXPECT_EQ(queue.enqueue_due(0ms), 1);
  EXPECT_EQ(tables_of_open_run(), "orders,prices,products");
  end_open_run();
  EXPECT_EQ(queue.enqueue_due(0ms), 0);
}

}  // namespace
}  // namespace sluice
