// The tables refuse what must never be, whoever asks: these statements go past all of our code.

#include "tests/integration/storage/control_fixture.hpp"

#include <stdexcept>

namespace sluice {
namespace {

struct Impossible {
  const char* name;
  const char* statement;
  const char* constraint;
};

std::ostream& operator<<(std::ostream& out, const Impossible& impossible) { return out << impossible.name; }

class Constraints : public ControlFixture, public testing::WithParamInterface<Impossible> {
 protected:
  void SetUp() override {
    const Integration integration = confirmed("acme");
    queue.trigger(integration.id, RunTrigger::confirm);
    const auto claimed = *queue.claim("worker", std::chrono::hours(1));
    queue.start_job(claimed.run.id, claimed.epoch, claimed.jobs[0].id, JobKind::initial);
  }
};

TEST_P(Constraints, refuse) {
  std::string message;

  try {
    sql(GetParam().statement);
  } catch (const std::runtime_error& error) {
    message = error.what();
  }

  EXPECT_NE(message.find(GetParam().constraint), std::string::npos) << "the server said: " << message;
}

INSTANTIATE_TEST_SUITE_P(
    Impossible, Constraints,
    testing::Values(
        Impossible{"a_second_open_run", R"(insert into sluice.runs (id, integration_id, trigger)
                                           select 'run_01ARZ3NDEKTSV4RRFFQ69G5FAV', id, 'manual' from sluice.integrations)",
                   "runs_one_open"},
        Impossible{"a_load_that_found_differences", "update sluice.jobs set verification = '{}'",
                   "only_verifications_find"},
        Impossible{"a_comparison_without_an_outcome", "update sluice.integration_tables set verified_at = now()",
                   "verified_has_an_outcome"},
        Impossible{"a_checkpoint_that_nobody_made",
                   "insert into sluice.checkpoints (integration_id, table_name, cause, rows) select integration_id, "
                   "table_name, 'set', 0 from sluice.integration_tables",
                   "who_did_it"},
        Impossible{"a_window_of_an_increment",
                   "update sluice.jobs set kind = 'incremental', window_until = now() where state = 'queued'",
                   "only_backfills_have_a_window"},
        Impossible{
            "a_window_that_ends_before_it_begins",
            "update sluice.jobs set kind = 'backfill', window_from = now(), window_until = now() - interval '1 h' "
            "where state = 'queued'",
            "window_is_a_range"},
        Impossible{"half_a_lease", "update sluice.runs set lease_owner = null", "lease_is_whole"},
        Impossible{"a_finished_run_under_a_lease", "update sluice.runs set finished_at = now(), result = 'failed'",
                   "finished_is_not_leased"},
        Impossible{"a_finished_run_without_a_result",
                   "update sluice.runs set finished_at = now(), lease_owner = null, lease_until = null, epoch = null",
                   "finished_has_a_result"},
        Impossible{"a_running_job_that_nobody_owns", "update sluice.jobs set epoch = null where state = 'running'",
                   "running_is_owned"},
        Impossible{"an_owned_job_that_does_not_run", "update sluice.jobs set epoch = 1 where state = 'queued'",
                   "running_is_owned"},
        Impossible{"a_final_job_without_an_end", "update sluice.jobs set state = 'cancelled' where state = 'queued'",
                   "final_is_finished"},
        Impossible{"an_ended_job_that_goes_on", "update sluice.jobs set finished_at = now() where state = 'queued'",
                   "final_is_finished"},
        Impossible{"a_success_that_never_began",
                   "update sluice.jobs set state = 'succeeded', finished_at = now() where state = 'queued'",
                   "succeeded_was_started"},
        Impossible{"a_failure_without_an_error",
                   "update sluice.jobs set state = 'failed', finished_at = now() where state = 'queued'",
                   "failed_has_an_error"},
        Impossible{"a_retry_without_a_time", "update sluice.jobs set state = 'waiting_retry' where state = 'queued'",
                   "waiting_has_a_time"},
        Impossible{"half_an_error", "update sluice.jobs set error_code = 'x'", "error_is_whole"},
        Impossible{"a_second_job_for_a_table", "update sluice.jobs set table_name = 'orders'",
                   "jobs_run_id_table_name_key"},
        Impossible{"a_job_for_a_table_not_selected",
                   "update sluice.jobs set table_name = 'nothing' where state = 'queued'",
                   "jobs_integration_id_table_name_fkey"},
        Impossible{"an_unknown_state", "update sluice.jobs set state = 'lost'", "jobs_state_check"},
        Impossible{"an_active_table_that_never_loaded", "update sluice.integration_tables set state = 'active'",
                   "active_was_replicated"},
        Impossible{"a_negative_row_count", "update sluice.integration_tables set rows = -1", "rows_check"},
        Impossible{"a_selection_without_fields", "update sluice.integration_tables set fields = '[]'", "fields_check"},
        Impossible{"a_draft_that_was_confirmed", "update sluice.integrations set state = 'draft', next_run_at = null",
                   "draft_is_not_confirmed"},
        Impossible{"an_active_one_without_a_destination",
                   "update sluice.integrations set destination_id = null, destination_schema = null",
                   "running_needs_setup"},
        Impossible{"a_next_run_without_a_schedule", "update sluice.integrations set frequency = null",
                   "next_run_needs_schedule"},
        Impossible{"a_cron_without_a_time_zone", "update sluice.integrations set frequency = null, cron = '0 6 * * *'",
                   "cron_has_a_time_zone"},
        Impossible{"an_interval_and_a_cron",
                   "update sluice.integrations set cron = '0 6 * * *', time_zone = 'UTC', next_run_at = null",
                   "one_kind_of_schedule"},
        Impossible{"an_end_without_a_pause", "update sluice.integrations set paused_until = now()",
                   "until_belongs_to_pause"},
        Impossible{"a_schedule_of_a_table_that_follows", "update sluice.integration_tables set frequency = 3600000",
                   "schedule_is_its_own"},
        Impossible{"a_next_run_of_a_table_that_follows", "update sluice.integration_tables set next_run_at = now()",
                   "next_run_needs_schedule"},
        Impossible{"a_schedule_of_a_minute", "update sluice.integrations set frequency = 60000", "frequency_check"},
        Impossible{"an_account_without_authentication", "update sluice.integrations set authenticated_at = null",
                   "account_came_by_authentication"},
        Impossible{"a_name_that_is_none", "update sluice.integrations set name = 'x\"; drop table t;--'", "name_check"},
        Impossible{"a_password_among_parameters", R"(insert into sluice.destinations (id, name, parameters)
                   values ('dst_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'x', '{"password": "x"}'))",
                   "parameters_check"},
        Impossible{"a_second_embedded_destination", R"(insert into sluice.destinations (id, name, embedded)
                   values ('dst_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'x', true))",
                   "destinations_embedded"},
        Impossible{"a_destination_in_use_removed", "delete from sluice.destinations",
                   "integrations_destination_id_fkey"}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace sluice
