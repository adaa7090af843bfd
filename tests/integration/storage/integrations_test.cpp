#include "storage/draft_parts.hpp"
#include "tests/integration/storage/control_fixture.hpp"

#include <gmock/gmock.h>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class IntegrationsTest : public ControlFixture {};

TEST_F(IntegrationsTest, begin_as_drafts) {
  const Integration made = integrations.create("Acme", "bigcommerce", Frequency{6h}, Time(1'700'000'000s));

  const auto found = integrations.find(made.id.str());

  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "Acme");
  EXPECT_EQ(found->state, IntegrationState::draft);
  EXPECT_EQ(found->health, Health::unknown);
  EXPECT_EQ(found->frequency, Frequency{6h});
  EXPECT_EQ(found->start_date, Time(1'700'000'000s));
  EXPECT_EQ(found->generation, made.generation);
  EXPECT_TRUE(found->selection.empty());
  EXPECT_TRUE(found->account_facts.is_null());
  EXPECT_EQ(integrations.find("aCME")->id, made.id);
  EXPECT_FALSE(integrations.find("other"));
}

TEST_F(IntegrationsTest, have_names_of_their_own_without_regard_to_case) {
  draft("acme");

  EXPECT_EQ(code_thrown_by([this] { draft("ACME"); }), "integration.name_taken");
}

TEST_F(IntegrationsTest, begin_their_generations_behind_those_of_a_namesake_that_is_gone) {
  const Integration first = draft("acme");
  const Integration changed = integrations.change(first.id, {.on_new_fields = NewFieldPolicy::add}, std::nullopt);
  integrations.begin_delete(first.id, std::nullopt);
  integrations.finish_delete(first.id);

  const Integration second = draft("acme");

  EXPECT_GT(second.generation, changed.generation);
  EXPECT_EQ(code_thrown_by([&] { integrations.change(second.id, {}, changed.generation); }), "integration.changed");
}

TEST_F(IntegrationsTest, give_back_what_a_draft_was_given_first) {
  const Integration before = draft("acme");
  const Integration ready = ready_draft("bcme");
  const IntegrationId id = ready.id;

  Integration now = take_back(database, id, {.selection = true});
  EXPECT_TRUE(now.selection.empty());
  EXPECT_EQ(now.account, ready.account);
  EXPECT_EQ(now.destination, ready.destination);
  now = take_back(database, id, {.credentials = true, .destination = true});

  EXPECT_EQ(now.account, "");
  EXPECT_EQ(now.client_id, before.client_id);
  EXPECT_EQ(now.authenticated_at, std::nullopt);
  EXPECT_TRUE(now.account_facts.is_null());
  EXPECT_EQ(now.destination, std::nullopt);
  EXPECT_GT(now.generation, ready.generation);
  EXPECT_EQ(code_thrown_by([&] { integrations.access_token(id); }), "integration.not_authenticated");
  const IntegrationId running = confirmed("ccme").id;
  EXPECT_EQ(code_thrown_by([&] { take_back(database, running, {.credentials = true}); }), "integration.confirmed");
}

TEST_F(IntegrationsTest, keep_credentials_sealed) {
  const Integration before = draft("acme");
  const IntegrationId id = before.id;
  EXPECT_EQ(code_thrown_by([&] { integrations.access_token(id); }), "integration.not_authenticated");

  const Integration after = integrations.set_credentials(id, "store1", "client1", Secret("canary"), {{"plan", "Pro"}});

  EXPECT_EQ(after.account, "store1");
  EXPECT_EQ(after.account_facts["plan"], "Pro");
  EXPECT_TRUE(after.authenticated_at);
  EXPECT_EQ(after.generation, before.generation + 1);
  EXPECT_TRUE(integrations.access_token(id).equals("canary"));
  EXPECT_EQ(sql("select count(*) from sluice.secrets where position('canary'::bytea in sealed) > 0"), "0");
}

TEST_F(IntegrationsTest, open_no_secret_that_was_moved_to_another_row) {
  const IntegrationId mine = ready_draft("mine").id;
  const IntegrationId other = ready_draft("other").id;
  sql("update sluice.secrets set sealed = (select sealed from sluice.secrets where owner = '" + other.str() +
      "') where owner = '" + mine.str() + "'");

  EXPECT_EQ(code_thrown_by([&] { integrations.access_token(mine); }), "secrets.cannot_open");
  EXPECT_TRUE(integrations.access_token(other).equals("token of other"));
}

TEST_F(IntegrationsTest, take_new_credentials_of_the_same_account_only) {
  const IntegrationId id = ready_draft("acme").id;

  integrations.set_credentials(id, "store1", "client2", Secret("second"), nullptr);

  EXPECT_TRUE(integrations.access_token(id).equals("second"));
  EXPECT_EQ(code_thrown_by([&] { integrations.set_credentials(id, "store2", "c", Secret("third"), nullptr); }),
            "integration.different_store");
  EXPECT_TRUE(integrations.access_token(id).equals("second"));
}

TEST_F(IntegrationsTest, keep_the_order_of_selected_tables) {
  const IntegrationId id = draft("acme").id;

  integrations.set_selection(id, {{"products", {"id", "name"}}, {"orders", {"id"}}}, std::nullopt);
  const Integration after =
      integrations.set_selection(id, {{"orders", {"id", "total"}}, {"brands", {"id"}}}, std::nullopt);

  ASSERT_EQ(after.selection.size(), 2U);
  EXPECT_EQ(after.selection[0].name, "orders");
  EXPECT_THAT(after.selection[0].fields, ElementsAre("id", "total"));
  EXPECT_EQ(after.selection[1].name, "brands");
}

TEST_F(IntegrationsTest, refuse_a_change_from_an_older_generation) {
  const Integration before = ready_draft("acme");

  integrations.change(before.id, {.frequency = Frequency{2h}, .start_date = {}}, before.generation);

  EXPECT_EQ(code_thrown_by([&] {
              integrations.change(before.id, {.frequency = Frequency{}, .start_date = {}}, before.generation);
            }),
            "integration.changed");
  EXPECT_EQ(code_thrown_by([&] { integrations.set_selection(before.id, {{"orders", {"id"}}}, before.generation); }),
            "integration.changed");
  EXPECT_EQ(integrations.find("acme")->frequency, Frequency{2h});
}

TEST_F(IntegrationsTest, become_pending_when_confirmed) {
  const Integration after = confirmed("acme");

  EXPECT_EQ(after.state, IntegrationState::pending);
  ASSERT_TRUE(after.confirmed_at && after.next_run_at);
  EXPECT_EQ(*after.next_run_at - *after.confirmed_at, 1h);
  const auto tables = integrations.tables(after.id);
  ASSERT_EQ(tables.size(), 2U);
  EXPECT_EQ(tables[0].table, "orders");
  EXPECT_EQ(tables[0].destination_table, "public.acme_orders");
  EXPECT_EQ(tables[0].state, TableState::pending);
  EXPECT_EQ(tables[1].destination_table, "public.acme_products");
}

TEST_F(IntegrationsTest, name_all_that_is_missing_for_the_confirmation) {
  const IntegrationId id = draft("acme").id;

  try {
    integrations.confirm(id, {});
    FAIL() << "confirmed";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "integration.incomplete");
    EXPECT_EQ(error.problems().size(), 3U);
  }
}

TEST_F(IntegrationsTest, are_confirmed_once) {
  const IntegrationId id = confirmed("acme").id;

  EXPECT_EQ(code_thrown_by([&] { integrations.confirm(id, {"public.acme_orders", "public.acme_products"}); }),
            "integration.confirmed");
  EXPECT_EQ(code_thrown_by(
                [&] { integrations.set_destination(id, destinations.ensure_embedded().id, "other", std::nullopt); }),
            "integration.confirmed");
}

TEST_F(IntegrationsTest, keep_what_a_removed_table_had) {
  const IntegrationId id = confirmed("acme").id;
  sql("update sluice.integration_tables set state = 'active', last_replicated_at = now(), rows = 7");

  integrations.set_selection(id, {{"orders", {"id"}}}, std::nullopt);
  EXPECT_EQ(integrations.tables(id).size(), 1U);
  integrations.set_selection(id, {{"orders", {"id"}}, {"products", {"id"}}, {"brands", {"id"}}}, std::nullopt);

  const auto tables = integrations.tables(id);
  ASSERT_EQ(tables.size(), 3U);
  EXPECT_EQ(tables[1].state, TableState::active);
  EXPECT_EQ(tables[1].rows, 7);
  EXPECT_EQ(tables[2].state, TableState::pending);
  EXPECT_EQ(tables[2].destination_table, "public.acme_brands");
}

TEST_F(IntegrationsTest, pause_and_resume_as_often_as_one_likes) {
  const IntegrationId id = confirmed("acme").id;

  integrations.pause(id, "holiday");
  const Integration paused = integrations.pause(id, "a longer holiday");
  const Integration resumed = integrations.resume(id);

  EXPECT_TRUE(paused.paused);
  EXPECT_EQ(paused.pause_reason, "a longer holiday");
  EXPECT_FALSE(resumed.paused);
  EXPECT_EQ(resumed.pause_reason, "");
  EXPECT_EQ(resumed.generation, paused.generation);
  EXPECT_EQ(code_thrown_by([this] { integrations.pause(draft("other").id, ""); }), "integration.draft");
}

TEST_F(IntegrationsTest, plan_the_next_run_by_a_changed_frequency) {
  const IntegrationId id = confirmed("acme").id;

  const Integration rarer = integrations.change(id, {.frequency = Frequency{24h}, .start_date = {}}, std::nullopt);
  const Integration often = integrations.change(id, {.frequency = Frequency{15min}, .start_date = {}}, std::nullopt);
  const Integration manual = integrations.change(id, {.frequency = Frequency{}, .start_date = {}}, std::nullopt);
  const Integration again = integrations.change(id, {.frequency = Frequency{1h}, .start_date = {}}, std::nullopt);

  EXPECT_LE(*rarer.next_run_at, rarer.updated_at + 1h);
  EXPECT_EQ(*often.next_run_at, often.updated_at + 15min);
  EXPECT_FALSE(manual.next_run_at);
  EXPECT_EQ(*again.next_run_at, again.updated_at + 1h);
}

TEST_F(IntegrationsTest, free_their_name_and_secrets_when_deleted) {
  const IntegrationId id = confirmed("acme").id;
  queue.trigger(id, RunTrigger::confirm);

  EXPECT_EQ(integrations.begin_delete(id, std::nullopt).state, IntegrationState::deleting);
  EXPECT_EQ(integrations.begin_delete(id, std::nullopt).state, IntegrationState::deleting);
  EXPECT_EQ(code_thrown_by([&] { integrations.resume(id); }), "integration.deleting");
  integrations.finish_delete(id);
  integrations.finish_delete(id);

  EXPECT_FALSE(integrations.find("acme"));
  EXPECT_FALSE(integrations.find(id.str()));
  EXPECT_EQ(sql("select count(*) from sluice.secrets"), "0");
  EXPECT_EQ(sql("select state from sluice.integrations"), "deleted");
  EXPECT_EQ(sql("select result from sluice.runs"), "cancelled");
  EXPECT_EQ(draft("acme").state, IntegrationState::draft);
}

TEST_F(IntegrationsTest, are_deleted_after_their_run_has_stopped) {
  const IntegrationId id = confirmed("acme").id;
  queue.trigger(id, RunTrigger::confirm);
  const auto claimed = queue.claim("worker", 1h);
  queue.start_job(claimed->run.id, claimed->epoch, claimed->jobs[0].id, JobKind::initial);

  integrations.begin_delete(id, std::nullopt);

  EXPECT_EQ(code_thrown_by([&] { integrations.finish_delete(id); }), "integration.run_open");
  EXPECT_FALSE(queue.heartbeat(claimed->run.id, claimed->epoch, 1h));
  EXPECT_TRUE(queue.release(claimed->run.id, claimed->epoch));
  integrations.finish_delete(id);
  EXPECT_FALSE(integrations.find("acme"));
}

TEST_F(IntegrationsTest, are_deleted_after_the_lease_of_a_dead_owner) {
  const IntegrationId id = confirmed("acme").id;
  queue.trigger(id, RunTrigger::confirm);
  const auto claimed = queue.claim("worker", 1h);
  queue.start_job(claimed->run.id, claimed->epoch, claimed->jobs[0].id, JobKind::initial);
  integrations.begin_delete(id, std::nullopt);
  sql("update sluice.runs set lease_until = now() - interval '1 s'");

  integrations.finish_delete(id);

  EXPECT_FALSE(integrations.find("acme"));
  EXPECT_EQ(sql("select count(*) from sluice.jobs where finished_at is null"), "0");
}

TEST_F(IntegrationsTest, list_page_by_page_in_the_order_they_were_made) {
  for (const char* name : {"a", "b", "c", "d", "e"}) draft(name);

  std::vector<std::string> names;
  PageRequest page{.limit = 2, .after = {}};
  int pages = 0;
  do {
    const auto listing = integrations.list({}, page);
    for (const Integration& integration : listing.items) names.push_back(integration.name);
    page.after = listing.next;
    ++pages;
  } while (page.after);

  EXPECT_EQ(pages, 3);
  EXPECT_THAT(names, testing::UnorderedElementsAre("a", "b", "c", "d", "e"));
}

TEST_F(IntegrationsTest, list_by_filter) {
  draft("draft_one");
  const IntegrationId paused = confirmed("paused_one").id;
  integrations.pause(paused, "");
  integrations.begin_delete(confirmed("deleting_one").id, std::nullopt);
  integrations.finish_delete(integrations.find("deleting_one")->id);

  const auto names = [this](const IntegrationFilter& filter) {
    std::vector<std::string> all;
    for (const Integration& integration : integrations.list(filter, {}).items) all.push_back(integration.name);
    return all;
  };

  EXPECT_THAT(names({}), testing::UnorderedElementsAre("draft_one", "paused_one"));
  EXPECT_THAT(names({.states = {IntegrationState::draft}, .paused = {}, .healths = {}, .connector = {}, .search = {}}),
              ElementsAre("draft_one"));
  EXPECT_THAT(names({.states = {}, .paused = true, .healths = {}, .connector = {}, .search = {}}),
              ElementsAre("paused_one"));
  EXPECT_THAT(names({.states = {}, .paused = {}, .healths = {Health::failing}, .connector = {}, .search = {}}),
              ElementsAre());
  EXPECT_THAT(names({.states = {}, .paused = {}, .healths = {}, .connector = {}, .search = "DRAFT"}),
              ElementsAre("draft_one"));
  EXPECT_THAT(names({.states = {}, .paused = {}, .healths = {}, .connector = "shopware", .search = {}}), ElementsAre());
  EXPECT_THAT(names({.states = {}, .paused = {}, .healths = {}, .connector = {}, .search = "%"}), ElementsAre());
}

TEST_F(IntegrationsTest, are_reported_missing) {
  const auto nobody = IntegrationId::make(Time{});

  EXPECT_EQ(code_thrown_by([&] { integrations.pause(nobody, ""); }), "integration.unknown");
  EXPECT_EQ(code_thrown_by([&] { integrations.begin_delete(nobody, std::nullopt); }), "integration.unknown");
  EXPECT_EQ(code_thrown_by([&] { integrations.set_selection(nobody, {}, std::nullopt); }), "integration.unknown");
}

TEST_F(IntegrationsTest, survive_a_restart_of_the_server_connection) {
  draft("acme");
  sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'sluice' and datname = "
      "current_database()");

  EXPECT_TRUE(integrations.find("acme"));
}

}  // namespace
}  // namespace sluice
