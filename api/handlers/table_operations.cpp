// What is done to one table of an integration: pause, reload, roll back, verify.

#include "api/estimate.hpp"
#include "api/handlers/handlers.hpp"
#include "api/handlers/located_table.hpp"
#include "api/problem.hpp"
#include "api/views/views.hpp"
#include "api/waiting.hpp"

namespace sluice::api {
namespace {

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
    mirror(context, it, *connection, epoch, {"rolled_back", call.request_id});
  });
  call.log.info("table rolled back", {{"integration", it.integration.name}, {"table", it.table}});
  co_return co_await get_table(context, call);
}

/// As a reload: in a run of its own, behind the one that is open.
Task<HttpResponse> verify_table(const ApiContext& context, const Call& call) {
  const Located it = co_await locate(context, call);
  const Json* repair = call.member("repair");
  const bool repairs = repair != nullptr && repair->get<bool>();
  const auto asked =
      co_await context.pool.run([&] { return context.queue.verify(it.integration.id, it.table, repairs); });
  context.wake_scheduler();
  const Run run = co_await wait_for_run(context, call, asked.run);
  Json body = show_run(run);
  body["queued_behind"] = !asked.created;
  co_return run_answer(call, run, body, 202);
}

}  // namespace sluice::api
