// POST /v1/integrations: a draft, or with ?confirm=true the whole set-up, all or nothing.

#include "api/confirmation.hpp"
#include "api/handlers/handlers.hpp"
#include "api/handlers/log_in.hpp"
#include "api/handlers/lookup.hpp"
#include "api/problem.hpp"
#include "api/selection.hpp"
#include "api/views/views.hpp"
#include "api/waiting.hpp"
#include "core/nearest.hpp"
#include "core/time.hpp"
#include "storage/frequency.hpp"

#include <functional>
#include <memory>

namespace sluice::api {
namespace {

struct Wanted {
  std::string name;
  const Connector* connector = nullptr;
  Frequency frequency;
  QuietHours quiet_hours;
  std::optional<Time> start_date;
};

constexpr std::string_view whole_parts[] = {"credentials", "selection", "destination"};

void check_parts(const Call& call, std::vector<Problem>& problems) {
  const bool is_whole = call.flag("confirm");
  for (const std::string_view part : whole_parts) {
    const bool is_there = call.member(part) != nullptr;
    if (!is_whole && is_there) {
      problems.push_back(
          {"/" + std::string(part), "needs_confirm", "is taken with ?confirm=true only; else it is a step of its own"});
    }
    if (is_whole && !is_there && part != "destination") {
      problems.push_back({"/" + std::string(part), "missing_member", "is required with ?confirm=true"});
    }
  }
}

Wanted read_wanted(const ApiContext& context, const Call& call) {
  Wanted wanted;
  std::vector<Problem> problems;
  wanted.name = *call.text("name");
  const std::string connector = *call.text("connector");
  wanted.connector = find_connector(context, connector);
  if (wanted.connector == nullptr) {
    std::vector<std::string> known;
    for (const auto& each : context.connectors) known.push_back(each->info().name);
    problems.push_back(
        {"/connector", "unknown_connector",
         "there is no connector \"" + quote_outside_text(connector, 80) + "\"" + did_you_mean(connector, known)});
  } else if (auto problem = check_name_length(wanted.name, wanted.connector->catalogue(), "/name")) {
    problems.push_back(*std::move(problem));
  }
  const Json* frequency = call.member("frequency");
  wanted.frequency =
      read_frequency(frequency == nullptr ? Json("1h") : *frequency, "/frequency", problems).value_or(Frequency{});
  if (const Json* quiet = call.member("quiet_hours")) {
    wanted.quiet_hours = read_quiet_hours(*quiet, "/quiet_hours", problems);
  }
  if (const auto start = call.text("start_date")) wanted.start_date = parse_iso8601(*start);
  if (auto problem = check_start_date(wanted.start_date, context.clock.now())) problems.push_back(*std::move(problem));
  check_parts(call, problems);
  if (!problems.empty()) throw body_refusal(std::move(problems));
  return wanted;
}

Error name_taken(const std::string& name) {
  return {ErrorKind::conflict, "integration.name_taken", "there is an integration named \"" + name + "\" already"};
}

/// What was done, to be undone in reverse when a later step fails.
class Undo {
 public:
  explicit Undo(const Log& log) : log_(log) {}
  void add(std::function<void()> step) { steps_.push_back(std::move(step)); }
  void run() {
    for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
      try {
        (*step)();
      } catch (const Error& error) {
        log_.warn("a step of a failed set-up could not be undone",
                  {{"code", error.code()}, {"detail", error.message()}});
      }
    }
  }

 private:
  const Log& log_;
  std::vector<std::function<void()>> steps_;
};

/// The destination that the body names or describes; made when it is described.
DestinationRecord resolve_destination(const ApiContext& context, const Json& choice, Undo& undo) {
  if (choice.is_string()) {
    auto found = context.destinations.find(choice.get<std::string>());
    if (!found)
      throw Error(ErrorKind::missing, "destination.unknown",
                  "there is no destination \"" + quote_outside_text(choice.get<std::string>(), 80) + "\"");
    return *std::move(found);
  }
  const Secret password(choice.value("password", ""));
  auto made = context.destinations.create(choice.at("name").get<std::string>(), choice.at("parameters"), password);
  undo.add([&context, id = made.id] { context.destinations.remove(id, std::nullopt); });
  return made;
}

/// Runs on the pool.
Confirmed set_up(const ApiContext& context, const Wanted& wanted, const Credentials& credentials, const Json& facts,
                 const std::vector<SelectedTable>& selection, const Json* target, Undo& undo) {
  std::optional<DestinationRecord> destination;
  if (target != nullptr) destination = resolve_destination(context, target->at("destination"), undo);
  Integration draft = context.integrations.create(wanted.name, wanted.connector->info().name, wanted.frequency,
                                                  wanted.start_date, wanted.quiet_hours);
  undo.add([&context, id = draft.id] {
    context.integrations.begin_delete(id, std::nullopt);
    context.integrations.finish_delete(id);
  });
  context.integrations.set_credentials(draft.id, credentials.account, credentials.client_id, credentials.access_token,
                                       facts);
  draft = context.integrations.set_selection(draft.id, selection, std::nullopt);
  if (destination) {
    draft = context.integrations.set_destination(draft.id, destination->id, target->value("schema", "public"),
                                                 std::nullopt);
  }
  draft = complete_draft(context, std::move(draft));
  const auto opened = std::make_shared<OpenDestination>(open_destination(context, *wanted.connector, draft));
  undo.add([opened] { opened->connection->drop(opened->tables); });
  return confirm_draft(context, draft, *opened);
}

void check_inline_destination(const Json* target) {
  if (target == nullptr || !target->at("destination").is_object()) return;
  try {
    const Json& inline_one = target->at("destination");
    parse_destination(inline_one.at("parameters"), Secret(inline_one.value("password", "")));
  } catch (const Error& error) {
    throw below_pointer(error, "/destination/destination/parameters");
  }
}

Credentials read_credentials(const Connector& connector, const Json& body) {
  try {
    return connector.parse_credentials(body);
  } catch (const Error& error) {
    throw below_pointer(error, "/credentials");
  }
}

Task<HttpResponse> create_whole(const ApiContext& context, const Call& call, Wanted wanted) {
  const Json* target = call.member("destination");
  check_inline_destination(target);
  const Credentials credentials = read_credentials(*wanted.connector, *call.member("credentials"));
  // What is known to be wrong is said before the source is asked.
  resolve_selection(wanted.connector->catalogue(), *call.member("selection"), Json(), "/selection");
  const auto same_name = co_await context.pool.run([&] { return context.integrations.find(wanted.name); });
  if (same_name) throw name_taken(wanted.name);

  const Account account =
      co_await log_in(context, usable_connector(context, wanted.connector->info().name), credentials);
  const Json facts = account_facts(account);
  const auto selection =
      resolve_selection(wanted.connector->catalogue(), *call.member("selection"), facts, "/selection");
  const auto work = [&] {
    Undo undo(call.log);
    try {
      auto confirmed = set_up(context, wanted, credentials, facts, selection, target, undo);
      return std::pair(destination_name(context, confirmed.integration), std::move(confirmed));
    } catch (...) {
      undo.run();
      throw;
    }
  };
  auto [target_name, confirmed] = co_await context.pool.run(work);
  context.wake_scheduler();
  const Run run = co_await wait_for_run(context, call, confirmed.run);
  if (!run.open) {
    const auto seen =
        co_await context.pool.run([&] { return context.integrations.find(confirmed.integration.id.str()); });
    if (seen) confirmed.integration = *seen;
  }
  HttpResponse response = integration_answer(call, 201, confirmed.integration, target_name);
  Json body = show_integration(confirmed.integration, target_name);
  body["run"] = show_run(run);
  response.body = body.dump();
  response.headers.set("Location", "/v1/integrations/" + confirmed.integration.id.str());
  co_return response;
}

}  // namespace

Task<HttpResponse> create_integration(const ApiContext& context, const Call& call) {
  Wanted wanted = read_wanted(context, call);
  if (call.flag("confirm")) co_return co_await create_whole(context, call, std::move(wanted));
  const auto draft = co_await context.pool.run([&] {
    return context.integrations.create(wanted.name, wanted.connector->info().name, wanted.frequency, wanted.start_date,
                                       wanted.quiet_hours);
  });
  HttpResponse response = integration_answer(call, 201, draft, "");
  response.headers.set("Location", "/v1/integrations/" + draft.id.str());
  co_return response;
}

}  // namespace sluice::api
