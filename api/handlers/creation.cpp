// POST /v1/integrations: a draft, or with ?confirm=true the whole set-up, all or nothing.

#include "api/estimate.hpp"
#include "api/handlers/handlers.hpp"
#include "api/handlers/log_in.hpp"
#include "api/handlers/lookup.hpp"
#include "api/handlers/making.hpp"
#include "api/problem.hpp"
#include "api/rehearsal.hpp"
#include "api/selection.hpp"
#include "api/views/views.hpp"
#include "core/nearest.hpp"
#include "core/time.hpp"
#include "storage/frequency.hpp"

namespace sluice::api {
namespace {

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

Integration read_wanted(const ApiContext& context, const Call& call) {
  Integration wanted;
  std::vector<Problem> problems;
  wanted.name = *call.text("name");
  wanted.connector = *call.text("connector");
  const Connector* connector = find_connector(context.connectors, wanted.connector);
  if (connector == nullptr) {
    std::vector<std::string> known;
    for (const auto& each : context.connectors) known.push_back(each->info().name);
    problems.push_back({"/connector", "unknown_connector",
                        "there is no connector \"" + quote_outside_text(wanted.connector, 80) + "\"" +
                            did_you_mean(wanted.connector, known)});
  } else if (auto problem = check_name_length(wanted.name, connector->catalogue(), "/name")) {
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

Task<HttpResponse> create_whole(const ApiContext& context, const Call& call, Integration wanted) {
  Connector& connector = usable_connector(context, wanted.connector);
  const Credentials credentials = read_credentials(connector, *call.member("credentials"), "/credentials");
  // What is known to be wrong is said before the source is asked.
  resolve_selection(connector.catalogue(), *call.member("selection"), Json(), "/selection");
  co_await check_name_is_free(context, wanted.name);
  std::optional<TargetChoice> target;
  if (const Json* choice = call.member("destination")) {
    wanted.schema = Identifier::parse_schema(choice->value("schema", "public"))->str();
    target = co_await context.pool.run(
        [&] { return choose_target(context, choice->at("destination"), "/destination/destination"); });
  }

  const Account account = co_await log_in(context, connector, credentials);
  Blueprint blueprint{std::move(wanted)};
  take_credentials(blueprint, credentials, account_facts(account));
  blueprint.wanted.selection =
      resolve_selection(connector.catalogue(), *call.member("selection"), blueprint.wanted.account_facts, "/selection");
  if (context.rehearsal != nullptr) {
    context.rehearsal->estimate =
        show_estimate(estimate_load(connector.catalogue(), blueprint.wanted.selection, blueprint.wanted.account_facts));
  }
  auto confirmed = co_await context.pool.run([&] {
    return all_or_nothing(call.log, [&](Undo& undo) {
      if (target) blueprint.wanted.destination = make_target(context, *target, undo).id;
      const auto prepared = prepare_draft(context, connector, make_draft(context, blueprint, undo), undo);
      return confirm_prepared(context, prepared.draft, prepared.tables);
    });
  });
  co_return co_await made_answer(context, call, std::move(confirmed.integration), std::move(confirmed.run));
}

}  // namespace

Task<HttpResponse> create_integration(const ApiContext& context, const Call& call) {
  Integration wanted = read_wanted(context, call);
  if (call.flag("confirm")) co_return co_await create_whole(context, call, std::move(wanted));
  auto draft = co_await context.pool.run([&] {
    return context.integrations.create(wanted.name, wanted.connector, wanted.frequency, wanted.start_date,
                                       wanted.quiet_hours);
  });
  co_return co_await made_answer(context, call, std::move(draft), std::nullopt);
}

}  // namespace sluice::api
