// Start dates that move, and what is opened for the ranges that tables lack since.

#include "core/time.hpp"
#include "tests/integration/storage/job_queue_fixture.hpp"

namespace sluice {
namespace {

Time year(int number) { return *parse_iso8601(std::to_string(number) + "-01-01T00:00:00Z"); }

class MissingRanges : public JobQueueTest {
 protected:
  /// Two tables, of which the start date cuts the first; both loaded since 2020.
  void SetUp() override {
    const ClaimedRun first = claim_new_run("acme", {"orders", "brands"});
    id = first.integration.id;
    move_start(year(2020));
    for (const std::size_t job : {0U, 1U}) {
      start(first, job);
      const Json position = job == 0 ? between(year(2020)) : Json{{"v", 1}, {"largest_page", 10}};
      queue.record_progress(first.run.id, first.epoch, first.jobs[job].id, at(position));
      finish(first, job, success());
    }
    release(first);
  }

  static Json between(Time read_from) {
    return {{"v", 1}, {"cursor", "2026-01-01T00:00:00Z"}, {"read_from", format_rfc3339(read_from)}};
  }
  static TableProgress at(const Json& position) {
    TableProgress progress;
    progress.position = position;
    return progress;
  }
  void move_start(std::optional<Time> start) {
    Integrations::Changes changes;
    changes.start_date = start;
    integrations.change(id, changes, std::nullopt);
  }
  std::optional<ClaimedRun> next_run() {
    queue.enqueue_due(0ms);
    return queue.claim("worker", lease);
  }
  /// The backfill that is next; it began when it is answered.
  ClaimedRun begin_backfill() {
    const auto claimed = next_run();
    EXPECT_TRUE(claimed);
    EXPECT_EQ(claimed->jobs.size(), 1U);
    EXPECT_TRUE(queue.start_job(claimed->run.id, claimed->epoch, claimed->jobs[0].id, JobKind::backfill));
    return *claimed;
  }
  void progress(const ClaimedRun& run, const Json& position) {
    EXPECT_TRUE(queue.record_progress(run.run.id, run.epoch, run.jobs[0].id, at(position)));
  }
  void end(const ClaimedRun& run, const JobOutcome& outcome) {
    EXPECT_TRUE(finish(run, 0, outcome));
    EXPECT_TRUE(release(run));
  }
  /// A run by the schedule, which the tables survive.
  void run_as_usual(const std::optional<Json>& position = {}) {
    queue.trigger(id, RunTrigger::manual, {"orders"});
    const ClaimedRun run = *queue.claim("worker", lease);
    EXPECT_EQ(run.jobs[0].kind, JobKind::incremental);
    queue.start_job(run.run.id, run.epoch, run.jobs[0].id, JobKind::incremental);
    if (position) progress(run, *position);
    end(run, success());
  }
  std::string planned() {
    std::string text;
    for (const PlannedRead& read : queue.planned_reads(id)) {
      text += (text.empty() ? "" : "; ") + read.table + " " + std::string(to_string(read.kind));
      if (read.reload) text += " by " + std::string(to_string(*read.reload));
      if (read.window) {
        text += " " + (read.window->from ? format_rfc3339(*read.window->from).substr(0, 4) : "") + ".." +
                format_rfc3339(read.window->until).substr(0, 4);
      }
    }
    return text;
  }

  IntegrationId id{""};
};

TEST_F(MissingRanges, an_earlier_start_date_opens_a_backfill_of_what_is_missing) {
  EXPECT_FALSE(next_run());

  move_start(year(2018));

  EXPECT_EQ(planned(), "orders backfill 2018..2020");
  EXPECT_EQ(queue.until_next_due(), 0ms);
  const auto claimed = next_run();
  ASSERT_TRUE(claimed);
  ASSERT_EQ(claimed->jobs.size(), 1U);
  EXPECT_EQ(claimed->jobs[0].table, "orders");
  EXPECT_EQ(claimed->jobs[0].kind, JobKind::backfill);
  EXPECT_EQ(claimed->jobs[0].window, (DateWindow{year(2018), year(2020)}));
}

TEST_F(MissingRanges, without_a_start_date_everything_before_is_missing) {
  move_start(std::nullopt);

  EXPECT_EQ(begin_backfill().jobs[0].window, (DateWindow{std::nullopt, year(2020)}));
}

TEST_F(MissingRanges, are_read_once) {
  move_start(year(2018));
  const ClaimedRun run = begin_backfill();

  progress(run, between(year(2018)));
  end(run, success());

  EXPECT_EQ(planned(), "");
  EXPECT_FALSE(next_run());
  EXPECT_NE(queue.until_next_due(), 0ms);
}

TEST_F(MissingRanges, come_to_nothing_when_the_start_date_moves_back) {
  move_start(year(2018));
  move_start(year(2021));
  EXPECT_EQ(planned(), "");

  // What was read since 2020 is still there.
  move_start(year(2019));
  EXPECT_EQ(planned(), "orders backfill 2019..2020");
}

TEST_F(MissingRanges, of_a_date_that_moves_twice_are_read_one_after_the_other) {
  move_start(year(2018));
  const ClaimedRun run = begin_backfill();
  move_start(year(2016));
  EXPECT_FALSE(queue.claim("worker", lease));

  progress(run, between(year(2018)));
  end(run, success());

  EXPECT_EQ(begin_backfill().jobs[0].window, (DateWindow{year(2016), year(2018)}));
}

TEST_F(MissingRanges, wait_for_what_is_due) {
  move_start(year(2018));
  sql("update sluice.integrations set next_run_at = now()");

  const auto claimed = next_run();

  ASSERT_TRUE(claimed);
  EXPECT_EQ(claimed->jobs.size(), 2U);
  EXPECT_EQ(claimed->jobs[0].kind, JobKind::incremental);
}

TEST_F(MissingRanges, whose_backfill_failed_wait_until_the_table_was_loaded_again) {
  for (const JobOutcome& ending : {failure(), JobOutcome{JobState::cancelled, {}, {}, {}}}) {
    move_start(year(2018));
    end(begin_backfill(), ending);
    EXPECT_FALSE(next_run()) << to_string(ending.state);
    EXPECT_NE(queue.until_next_due(), 0ms);

    run_as_usual();

    EXPECT_EQ(planned(), "orders backfill 2018..2020");
  }
}

TEST_F(MissingRanges, half_read_go_on_with_their_window) {
  move_start(year(2018));
  const ClaimedRun run = begin_backfill();
  Json half = between(year(2020));
  half.update(
      {{"mode", "backfill"}, {"since", "2018-01-01T00:00:00Z"}, {"until", "2020-01-01T00:00:00Z"}, {"ranges", {1}}});
  progress(run, half);
  end(run, failure());
  Json waiting = between(year(2020));
  waiting["backfill"] = {{"since", "2018-01-01T00:00:00Z"}, {"until", "2020-01-01T00:00:00Z"}, {"ranges", {1}}};
  run_as_usual(waiting);

  move_start(year(2016));
  EXPECT_EQ(planned(), "orders backfill 2018..2020") << "the rest of what was begun comes first";
  move_start(year(2019));
  EXPECT_EQ(planned(), "orders backfill 2019..2020") << "nobody wants all of it any more";
}

TEST_F(MissingRanges, of_a_table_that_is_read_anew_are_not_read_apart) {
  move_start(year(2018));

  queue.reload_later(id, {"orders"});

  EXPECT_EQ(planned(), "orders reload by merge");
}

TEST_F(MissingRanges, of_a_paused_table_wait) {
  move_start(year(2018));
  integrations.pause_table(id, "orders", true);
  EXPECT_FALSE(next_run());

  integrations.pause_table(id, "orders", false);

  EXPECT_TRUE(next_run());
}

class AddedFields : public MissingRanges {
 protected:
  void select(std::vector<SelectedTable> tables, Backfill backfill = Backfill::column) {
    integrations.set_selection(id, tables, std::nullopt, backfill);
  }
};

TEST_F(AddedFields, are_filled_as_it_is_wanted) {
  select({{"orders", {"id", "date_modified", "total"}}, {"brands", {"id", "date_modified"}}}, Backfill::none);
  EXPECT_EQ(planned(), "") << "none";

  select({{"orders", {"id", "date_modified", "total", "notes"}}, {"brands", {"id", "date_modified"}}});
  EXPECT_EQ(planned(), "orders backfill") << "by default the column";

  select({{"orders", {"id", "date_modified", "total", "notes"}}, {"brands", {"id", "date_modified", "name"}}},
         Backfill::table);
  EXPECT_EQ(planned(), "orders backfill; brands reload by swap") << "the table";
}

TEST_F(AddedFields, are_all_that_costs_a_read) {
  select({{"orders", {"id"}}, {"brands", {"id", "date_modified"}}, {"customers", {"id", "email"}}});
  EXPECT_EQ(planned(), "") << "fields taken out, and a table that is new";

  select({{"brands", {"id", "date_modified"}}});
  select({{"orders", {"id"}}, {"brands", {"id", "date_modified"}}});
  EXPECT_EQ(planned(), "") << "a table that comes back as it was";

  select({{"orders", {"id", "total"}}, {"brands", {"id", "date_modified"}}});
  EXPECT_EQ(planned(), "orders backfill");
}

TEST_F(AddedFields, of_a_first_load_under_way_have_it_begin_again) {
  const ClaimedRun run = claim_new_run("other", {"orders", "products"});
  id = run.integration.id;
  start(run, 0);

  select({{"orders", {"id", "date_modified", "total"}}, {"products", {"id", "date_modified", "price"}}},
         Backfill::table);

  EXPECT_EQ(planned(), "orders backfill") << "nothing of the other was read yet";
}

}  // namespace
}  // namespace sluice
