// What is done to one table of an integration: pause, reload, roll back, set its checkpoint.

#include "api/estimate.hpp"
#include "api/handlers/handlers.hpp"
#include "api/handlers/lookup.hpp"
#include "api/problem.hpp"
#include "api/views/views.hpp"
#include "api/waiting.hpp"
#include "core/time.hpp"
#include "storage/destination_table.hpp"

#include <algorithm>

namespace sluice::api {
namespace {

/// A selected table with its place at the destination.
struct Located {
  Integration integration;
  const Catalogue* catalogue = nullptr;
  std::string table;
  DestinationTable target;
  DestinationAddress address;
};

Task<Located> locate(const ApiContext& context, const Call& call) {
  const Integration integration = co_await integration_in_path(context, call);
  const Catalogue& catalogue = connector_of(context, integration).catalogue();
  const std::string table = table_in_path(context, call, integration).name;
  auto target = destination_table(integration, catalogue, table);
  if (!target || !integration.confirmed_at) {
    throw Error(ErrorKind::conflict, "integration.draft", "the integration is not confirmed yet");
  }
  const auto record =
      co_await context.pool.run([&] { return context.destinations.find(integration.destination->str()); });
  if (!record) throw Error(ErrorKind::missing, "destination.unknown", "the destination does not exist any more");
  co_return Located{integration, &catalogue, table, *std::move(target), context.address_of(*record)};
}

/// Blocks.
TableStatus status_of(const ApiContext& context, const Located& it) {
  const auto all = context.integrations.tables(it.integration.id);
  const auto status = std::ranges::find(all, it.table, &TableStatus::table);
  if (status == all.end()) throw not_found("selected table", it.table);
  return *status;
}

/// Blocks. A job that is under way holds the table's place; nobody else may move it.
void check_idle(const ApiContext& context, const Located& it) {
  const JobFilter open{.integration = it.integration.id,
                       .run = {},
                       .table = it.table,
                       .states = {JobState::queued, JobState::running, JobState::waiting_retry},
                       .kinds = {},
                       .since = {},
                       .until = {}};
  if (context.queue.list_jobs(open, {1, std::nullopt}).items.empty()) return;
  throw Error(ErrorKind::conflict, "table.busy", "a job of the table " + it.table + " is not finished");
}

/// Blocks.
void check_paused(const ApiContext& context, const Located& it) {
  if (it.integration.paused || status_of(context, it).state == TableState::paused) return;
  throw Error(ErrorKind::conflict, "table.not_paused",
              "neither the table " + it.table + " nor its integration is paused");
}

/// Blocks.
std::unique_ptr<DestinationConnection> open(const Located& it) { return DestinationConnection::open(it.address); }

/// Blocks. After the destination was changed outside of a run.
Checkpoint mirror(const ApiContext& context, const Located& it, DestinationConnection& connection, std::int64_t epoch) {
  auto checkpoint = connection.take_over({it.target}, epoch).front();
  context.integrations.mirror(it.integration.id, it.table, checkpoint);
  return checkpoint;
}

Json show_checkpoint(const Located& it, const Checkpoint& checkpoint) {
  const bool under_way = checkpoint.position.is_object() && checkpoint.position.contains("ranges");
  return {{"table", it.table},
          {"cursor", checkpoint.position.is_object() ? checkpoint.position.value("cursor", Json()) : Json()},
          {"pass_under_way", under_way},
          {"rows", checkpoint.rows},
          {"position", checkpoint.position}};
}

/// The tables whose foreign keys forbid a swap. Blocks.
void check_can_swap(const Located& it) {
  const auto references = open(it)->references_to(it.target);
  if (references.empty()) return;
  std::string names;
  for (const std::string& name : references) names += (names.empty() ? "" : ", ") + name;
  throw Error(ErrorKind::conflict, "table.referenced",
              "foreign keys point at " + it.target.schema.str() + "." + it.target.name.str() + ": " + names +
                  "; its rows cannot be replaced under them, but merged");
}

Task<HttpResponse> set_table_pause(const ApiContext& context, const Call& call, bool paused) {
  const Located it = co_await locate(context, call);
  co_await context.pool.run([&] { context.integrations.pause_table(it.integration.id, it.table, paused); });
  context.wake_scheduler();
  co_return co_await get_table(context, call);
}

Task<HttpResponse> put_position(const ApiContext& context, const Call& call, const Located& it, const Json& position) {
  const auto work = [&] {
    check_paused(context, it);
    check_idle(context, it);
    if (context.rehearsal != nullptr) return Checkpoint{position, status_of(context, it).rows};
    const auto connection = open(it);
    const std::int64_t epoch = context.queue.next_epoch();
    connection->take_over({it.target}, epoch);
    connection->set_position(it.target, position, epoch);
    return mirror(context, it, *connection, epoch);
  };
  const Checkpoint now = co_await context.pool.run(work);
  call.log.info("checkpoint set", {{"integration", it.integration.name}, {"table", it.table}});
  co_return answer(200, show_checkpoint(it, now));
}

/// Blocks. As the destination has it.
Checkpoint read_checkpoint(const ApiContext& context, const Located& it) {
  const TableStatus status = status_of(context, it);
  return {status.position, status.rows};
}

}  // namespace

Task<HttpResponse> pause_table(const ApiContext& context, const Call& call) {
  co_return co_await set_table_pause(context, call, true);
}

Task<HttpResponse> resume_table(const ApiContext& context, const Call& call) {
  co_return co_await set_table_pause(context, call, false);
}

Task<HttpResponse> reload_table(const ApiContext& context, const Call& call) {
  const Located it = co_await locate(context, call);
  ReloadMode mode = ReloadMode::swap;
  if (const auto name = call.text("mode")) parse(*name, mode);
  if (mode == ReloadMode::swap) co_await context.pool.run([&] { check_can_swap(it); });
  if (call.flag("dry_run")) {
    const Estimate estimate = estimate_load(*it.catalogue, {{it.table, {}}}, it.integration.account_facts);
    const auto status = co_await context.pool.run([&] { return status_of(context, it); });
    co_return answer(200, {{"table", it.table},
                           {"mode", to_string(mode)},
                           {"rows_now", status.rows},
                           {"keeps_rollback", mode == ReloadMode::swap},
                           {"estimate", show_estimate(estimate)}});
  }
  const auto asked = co_await context.pool.run([&] { return context.queue.reload(it.integration.id, it.table, mode); });
  context.wake_scheduler();
  const Run run = co_await wait_for_run(context, call, asked.run);
  Json body = show_run(run);
  // Behind a run that was open before, the reload is the next thing to be done.
  body["queued_behind"] = !asked.created;
  co_return run_answer(call, run, body, 202);
}

Task<HttpResponse> roll_back_table(const ApiContext& context, const Call& call) {
  const Located it = co_await locate(context, call);
  co_await context.pool.run([&] {
    check_idle(context, it);
    const auto connection = open(it);
    if (context.rehearsal != nullptr) {
      if (!connection->kept(it.target)) {
        throw Error(ErrorKind::missing, "destination.nothing_kept",
                    "nothing is kept of the table " + it.table + " to go back to");
      }
      return;
    }
    const std::int64_t epoch = context.queue.next_epoch();
    connection->roll_back(it.target, epoch);
    mirror(context, it, *connection, epoch);
  });
  call.log.info("table rolled back", {{"integration", it.integration.name}, {"table", it.table}});
  co_return co_await get_table(context, call);
}

Task<HttpResponse> get_checkpoint(const ApiContext& context, const Call& call) {
  const Located it = co_await locate(context, call);
  const auto work = [&] { return read_checkpoint(context, it); };
  const Checkpoint checkpoint = co_await context.pool.run(work);
  co_return answer(200, show_checkpoint(it, checkpoint));
}

Task<HttpResponse> put_checkpoint(const ApiContext& context, const Call& call) {
  const Located it = co_await locate(context, call);
  const auto before = co_await context.pool.run([&] { return read_checkpoint(context, it); });
  const bool is_between_passes =
      before.position.is_object() && before.position.contains("cursor") && !before.position.contains("ranges");
  if (!is_between_passes || !it.target.table->increment) {
    throw Error(ErrorKind::conflict, "table.no_cursor",
                "the table " + it.table +
                    " has no cursor to set: it was not read to its end yet, or is read whole "
                    "each time; DELETE its checkpoint to begin again");
  }
  const Time cursor = *parse_iso8601(*call.text("cursor"));
  if (cursor > context.clock.now()) {
    throw body_refusal(
        {Problem{"/cursor", "time_in_future", "lies in the future: changes until then would be missed"}});
  }
  Json position = before.position;
  position["cursor"] = format_rfc3339(cursor);
  if (call.flag("dry_run")) {
    co_return answer(200, {{"table", it.table},
                           {"from", before.position["cursor"]},
                           {"to", position["cursor"]},
                           {"reads_again", cursor < parse_iso8601(before.position["cursor"].get<std::string>())}});
  }
  co_return co_await put_position(context, call, it, position);
}

Task<HttpResponse> delete_checkpoint(const ApiContext& context, const Call& call) {
  const Located it = co_await locate(context, call);
  co_return co_await put_position(context, call, it, nullptr);
}

}  // namespace sluice::api
