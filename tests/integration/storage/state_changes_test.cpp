// What the control database tells of itself.
#include "storage/state_changes.hpp"

#include "storage/retention.hpp"
#include "storage/schema_changes.hpp"
#include "tests/integration/storage/job_queue_fixture.hpp"
#include "tests/support/eventually.hpp"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Told = std::vector<std::string>;

class StateChangesTest : public JobQueueTest {
 protected:
  /// "job.state orders queued->running"
  static std::string text(const StateChange& change) {
    const auto value = [](const Json& json) { return json.is_string() ? json.get<std::string>() : json.dump(); };
    return change.type + (change.table.empty() ? "" : " " + change.table) + " " +
           (change.before.is_null() ? "" : value(change.before)) + "->" + value(change.after);
  }
  static Told texts(const std::vector<StateChange>& items) {
    Told told;
    for (const StateChange& change : items) told.push_back(text(change));
    return told;
  }
  Told since(std::int64_t position, const StateChangeFilter& filter = {}) {
    return texts(changes.after(position, filter, 500).items);
  }

  StateChanges changes{database};
};

TEST_F(StateChangesTest, tell_the_life_of_a_run) {
  const IntegrationId id = confirmed("acme", {"orders"}).id;
  const std::int64_t begin = changes.last();

  queue.trigger(id, RunTrigger::manual);
  const ClaimedRun run = *queue.claim("worker", lease);
  start_and_finish(run, 0, success());
  release(run);

  EXPECT_THAT(since(begin),
              ElementsAre("run.opened ->open", "job.state orders ->queued", "job.state orders queued->running",
                          "table.state orders pending->loading", "job.state orders running->succeeded",
                          "table.state orders loading->active", "integration.state pending->active",
                          "integration.health unknown->ok", "run.finished open->succeeded"));
  const auto all = changes.after(begin, {}, 500).items;
  EXPECT_EQ(all[0].integration_name, "acme");
  EXPECT_EQ(all[0].run, run.run.id);
  EXPECT_EQ(all[1].job, run.jobs[0].id);
  EXPECT_EQ(all[2].detail["attempt"], 1);
}

TEST_F(StateChangesTest, tell_pauses_and_schemas_without_values_of_records) {
  const IntegrationId id = confirmed("acme", {"orders"}).id;
  const std::int64_t begin = changes.last();

  integrations.pause(id, "holiday");
  integrations.pause(id, "longer");
  SchemaChanges(database).note(id, "orders", {{SchemaChangeKind::new_field, "gift", "\"a secret\"", ColumnType::text}});
  integrations.resume(id);

  EXPECT_THAT(since(begin), ElementsAre("integration.paused false->true", "schema_change orders ->open",
                                        "integration.paused true->false"));
  const auto all = changes.after(begin, {}, 500).items;
  EXPECT_EQ(all[0].detail["reason"], "holiday");
  EXPECT_EQ(all[1].detail["field"], "gift");
  EXPECT_EQ(all[1].detail.dump().find("a secret"), std::string::npos);
}

TEST_F(StateChangesTest, are_filtered_and_paged) {
  const IntegrationId acme = confirmed("acme", {"orders"}).id;
  confirmed("other", {"orders"});

  EXPECT_THAT(since(0, {acme, {"integration.state"}}),
              ElementsAre("integration.state ->draft", "integration.state draft->pending"));
  const auto page = changes.after(0, {}, 2);
  EXPECT_EQ(page.items.size(), 2U);
  EXPECT_TRUE(page.has_more);
  EXPECT_EQ(page.seen, page.items.back().position);
  EXPECT_EQ(changes.after(page.seen, {}, 500).items.front().position, page.seen + 1) << "without a gap";
  EXPECT_EQ(changes.after(0, {acme, {"run.opened"}}, 500).seen, changes.last()) << "what does not fit was seen, too";
  const auto newest = changes.latest({}, 2);
  EXPECT_EQ(newest.items.size(), 2U);
  EXPECT_EQ(newest.items.back().position, changes.last());
}

TEST_F(StateChangesTest, miss_none_that_is_committed_late) {
  const IntegrationId slow = confirmed("slow", {"orders"}).id;
  const IntegrationId fast = confirmed("fast", {"orders"}).id;
  const std::int64_t begin = changes.last();
  auto late = std::async(std::launch::async, [&] {
    sql("update sluice.integrations set paused = true where id = '" + slow.str() + "'; select pg_sleep(3)");
  });
  ASSERT_TRUE(eventually(5s, [&] {
    return sql("select count(*) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()") ==
           "1";
  }));

  integrations.pause(fast, "");
  const auto first = changes.after(begin, {}, 500);
  late.get();
  const auto second = changes.after(first.seen, {}, 500);

  ASSERT_EQ(first.items.size(), 1U);
  EXPECT_EQ(first.items[0].integration, fast);
  ASSERT_EQ(second.items.size(), 1U) << "it was told earlier, and committed later";
  EXPECT_EQ(second.items[0].integration, slow);
}

TEST_F(StateChangesTest, stand_in_one_order_for_many_readers) {
  const IntegrationId id = confirmed("acme", {"orders"}).id;
  const std::int64_t begin = changes.last();
  constexpr int rounds = 20;
  auto writer = std::async(std::launch::async, [&] {
    for (int i = 0; i < rounds; ++i) {
      integrations.pause(id, "");
      integrations.resume(id);
    }
  });
  const auto read = [&] {
    StateChanges own(database);
    std::vector<std::int64_t> positions;
    for (std::int64_t at = begin; positions.size() < 2 * rounds;) {
      const auto page = own.after(at, {}, 7);
      for (const StateChange& change : page.items) positions.push_back(change.position);
      at = page.seen;
    }
    return positions;
  };
  auto one = std::async(std::launch::async, read);
  auto another = std::async(std::launch::async, read);

  const auto seen = one.get();

  EXPECT_EQ(seen, another.get());
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], begin + 1 + static_cast<std::int64_t>(i));
}

TEST_F(StateChangesTest, are_forgotten_when_old_and_a_reader_learns_how_many_he_missed) {
  confirmed("acme", {"orders"});
  const std::int64_t last = changes.last();
  Retention retention(database);
  EXPECT_EQ(retention.sweep({.state_changes = 24h}, 100).state_changes, 0);
  sql("alter table sluice.state_changes disable trigger all; update sluice.state_changes set at = at - interval '2 "
      "days';"
      "alter table sluice.state_changes enable trigger all");

  EXPECT_EQ(retention.sweep({.state_changes = 24h}, 2).state_changes, 2);
  EXPECT_EQ(changes.after(0, {}, 500).missing, 2);
  EXPECT_EQ(changes.after(1, {}, 500).missing, 1);
  EXPECT_EQ(changes.after(2, {}, 500).missing, 0);
  EXPECT_EQ(retention.sweep({.state_changes = 24h}, 100).state_changes, last - 2);
  EXPECT_EQ(changes.after(0, {}, 500).missing, last);
  EXPECT_EQ(changes.after(last, {}, 500).missing, 0);
  draft("another");
  EXPECT_THAT(since(last), ElementsAre("integration.state ->draft"));
}

TEST_F(StateChangesTest, are_not_rewritten) {
  draft("acme");
  changes.last();

  for (const char* statement :
       {"update sluice.state_changes set type = 'run.opened'", "update sluice.state_changes set position = 100",
        "delete from sluice.state_changes", "truncate sluice.state_changes"}) {
    EXPECT_ANY_THROW(sql(statement)) << statement;
  }
}

TEST_F(StateChangesTest, are_not_told_of_what_was_only_rehearsed) {
  const IntegrationId id = confirmed("acme", {"orders"}).id;
  const std::int64_t begin = changes.last();
  {
    const auto rehearsal = database.rehearse();
    Integrations(*rehearsal, box).pause(id, "");
  }

  EXPECT_THAT(since(begin), IsEmpty());
}

}  // namespace
}  // namespace sluice
