// How far one table has been read: to see it, its past, and to set it by hand.

#include "api/handlers/handlers.hpp"
#include "api/handlers/located_table.hpp"
#include "api/problem.hpp"
#include "api/views/views.hpp"
#include "core/time.hpp"

namespace sluice::api {
namespace {

bool is_under_way(const Json& position) { return position.is_object() && position.contains("ranges"); }

Json cursor_of(const Json& position) { return position.is_object() ? position.value("cursor", Json()) : Json(); }

Json show_checkpoint(const Located& it, const Checkpoint& checkpoint) {
  return {{"table", it.table},
          {"cursor", cursor_of(checkpoint.position)},
          {"pass_under_way", is_under_way(checkpoint.position)},
          {"rows", checkpoint.rows},
          {"position", checkpoint.position}};
}

Json show_past_checkpoint(const PastCheckpoint& past) {
  return {{"id", past.id},
          {"at", format_rfc3339(past.at)},
          {"cause", past.cause},
          {"job", past.job ? Json(past.job->str()) : Json(nullptr)},
          {"request_id", past.request_id.empty() ? Json(nullptr) : Json(past.request_id)},
          {"cursor", cursor_of(past.checkpoint.position)},
          {"pass_under_way", is_under_way(past.checkpoint.position)},
          {"rows", past.checkpoint.rows},
          {"replicated_until", or_null(past.replicated_until)},
          {"position", past.checkpoint.position}};
}

/// Blocks. As the destination has it.
Checkpoint read_checkpoint(const ApiContext& context, const Located& it) {
  const TableStatus status = status_of(context, it);
  return {status.position, status.rows};
}

Json with_cursor(const ApiContext& context, const Located& it, const Json& now, const std::string& text) {
  if (cursor_of(now).is_null() || is_under_way(now) || !it.target.table->increment) {
    throw Error(ErrorKind::conflict, "table.no_cursor",
                "the table " + it.table +
                    " has no cursor to set: it was not read to its end yet, or is read whole "
                    "each time; DELETE its checkpoint to begin again");
  }
  const Time cursor = *parse_iso8601(text);
  if (cursor > context.clock.now()) {
    throw body_refusal(
        {Problem{"/cursor", "time_in_future", "lies in the future: changes until then would be missed"}});
  }
  Json position = now;
  position["cursor"] = format_rfc3339(cursor);
  return position;
}

/// Blocks.
Json past_position(const ApiContext& context, const Located& it, std::int64_t id) {
  const auto past = context.integrations.find_checkpoint(it.integration.id, it.table, id);
  if (!past) {
    throw body_refusal({Problem{"/checkpoint", "unknown_checkpoint",
                                "the table " + it.table + " has no checkpoint " + std::to_string(id)}});
  }
  // What that pass had shown by then is not known any more, so it cannot go on.
  if (is_under_way(past->checkpoint.position)) {
    throw body_refusal({Problem{"/checkpoint", "checkpoint_under_way",
                                "checkpoint " + std::to_string(id) + " lies in the middle of a pass"}});
  }
  return past->checkpoint.position;
}

Task<HttpResponse> put_position(const ApiContext& context, const Call& call, const Located& it, const Json& position,
                                const std::string& cause) {
  const auto work = [&] {
    check_paused(context, it);
    check_idle(context, it);
    if (context.rehearsal != nullptr) return Checkpoint{position, status_of(context, it).rows};
    const auto connection = open(it);
    const std::int64_t epoch = context.queue.next_epoch();
    connection->take_over({it.target}, epoch);
    connection->set_position(it.target, position, epoch);
    return mirror(context, it, *connection, epoch, {cause, call.request_id});
  };
  const Checkpoint now = co_await context.pool.run(work);
  call.log.info("checkpoint set", {{"integration", it.integration.name}, {"table", it.table}, {"cause", cause}});
  co_return answer(200, show_checkpoint(it, now));
}

/// Whether what was read before is read once more; without cursors nobody can tell, so all of it may be.
bool reads_again(const Json& from, const Json& to) {
  if (!from.is_string()) return false;
  return !to.is_string() || *parse_iso8601(to.get<std::string>()) < *parse_iso8601(from.get<std::string>());
}

}  // namespace

Task<HttpResponse> get_checkpoint(const ApiContext& context, const Call& call) {
  const Located it = co_await locate(context, call);
  const auto work = [&] { return read_checkpoint(context, it); };
  const Checkpoint checkpoint = co_await context.pool.run(work);
  co_return answer(200, show_checkpoint(it, checkpoint));
}

Task<HttpResponse> list_checkpoints(const ApiContext& context, const Call& call) {
  const PageRequest page = call.page();
  const Located it = co_await locate(context, call);
  const auto listing =
      co_await context.pool.run([&] { return context.integrations.checkpoints(it.integration.id, it.table, page); });
  Json items = Json::array();
  for (const PastCheckpoint& past : listing.items) items.push_back(show_past_checkpoint(past));
  co_return list_answer(call, std::move(items), listing.next);
}

Task<HttpResponse> put_checkpoint(const ApiContext& context, const Call& call) {
  const Located it = co_await locate(context, call);
  const auto cursor = call.text("cursor");
  const Json* id = call.member("checkpoint");
  if (cursor.has_value() == (id != nullptr)) {
    throw body_refusal({Problem{"", "one_of", "give either a cursor or the id of an earlier checkpoint"}});
  }
  const auto before = co_await context.pool.run([&] { return read_checkpoint(context, it); });
  Json position;
  if (cursor) {
    position = with_cursor(context, it, before.position, *cursor);
  } else {
    position = co_await context.pool.run([&] { return past_position(context, it, id->get<std::int64_t>()); });
  }
  if (call.flag("dry_run")) {
    const Json from = cursor_of(before.position);
    const Json to = cursor_of(position);
    co_return answer(200, {{"table", it.table}, {"from", from}, {"to", to}, {"reads_again", reads_again(from, to)}});
  }
  co_return co_await put_position(context, call, it, position, cursor ? "set" : "rewound");
}

Task<HttpResponse> delete_checkpoint(const ApiContext& context, const Call& call) {
  const Located it = co_await locate(context, call);
  co_return co_await put_position(context, call, it, nullptr, "cleared");
}

}  // namespace sluice::api
