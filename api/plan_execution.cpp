#include "api/plan_execution.hpp"

#include "api/blueprint.hpp"
#include "api/handlers/deletion.hpp"
#include "api/handlers/lookup.hpp"
#include "api/integration_plan.hpp"
#include "api/problem.hpp"
#include "api/rehearsal.hpp"
#include "storage/draft_parts.hpp"

#include <algorithm>

namespace sluice::api {
namespace {

/// How long destinations to be removed wait for the runs that load into them.
constexpr Duration wait_for_runs{10'000};

/// All pages of a list.
template <class T, class List>
std::vector<T> whole(List list) {
  std::vector<T> all;
  PageRequest page{500, std::nullopt};
  do {
    Listing<T> listing = list(page);
    std::move(listing.items.begin(), listing.items.end(), std::back_inserter(all));
    page.after = listing.next;
  } while (page.after);
  return all;
}

template <class Declared>
const Declared* find_declared(const std::vector<Declared>& all, const std::string& name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& each) { return same_name(each.name, name); });
  return found == all.end() ? nullptr : &*found;
}

/// As the document says, whatever is kept.
std::unique_ptr<DestinationConnection> open_declared(const ApiContext& context, const DestinationStep& step) {
  DestinationRecord record = step.known == nullptr ? DestinationRecord{} : step.known->record;
  record.parameters = step.declared->parameters;
  Secret password;
  if (step.declared->password) {
    password = step.declared->password->value_or(Secret());
  } else if (step.known != nullptr) {
    password = context.destinations.password(record.id);
  }
  return DestinationConnection::open(address_with(context, record, password));
}

void set_paused(Integrations& integrations, bool paused, const Integration& before) {
  if (paused) {
    integrations.pause(before.id, before.pause_reason);
  } else {
    integrations.resume(before.id);
  }
}

/// Its undo steps outlive it: they hold on to the context and the plan only.
class Execution {
 public:
  Execution(const ApiContext& context, const Plan& plan, Undo& undo) : context_(context), plan_(plan), undo_(undo) {}

  DonePlan run() {
    for (const IntegrationStep& step : plan_.integrations) check_removed(step);
    for (const DestinationStep& step : plan_.destinations) done_.destinations.push_back({carry_out(step)});
    // What can fail for reasons outside of us comes first; runs are opened when nothing is left to fail.
    for (const IntegrationStep& step : plan_.integrations) done_.integrations.push_back({prepare(step)});
    for (const IntegrationStep& step : plan_.integrations) {
      if (step.action == Action::update) update(step);
    }
    confirm_all();
    return std::move(done_);
  }

 private:
  struct ToConfirm {
    std::size_t index = 0;
    PreparedDraft prepared;
  };

  /// What goes last is told first when it is not any more what was planned with.
  void check_removed(const IntegrationStep& step) {
    if (step.action != Action::remove || step.wanted.state == IntegrationState::deleting) return;
    context_.integrations.change(step.wanted.id, {}, step.wanted.generation);
  }

  std::string carry_out(const DestinationStep& step) {
    Destinations& destinations = context_.destinations;
    const auto password = [&] { return step.declared->password->value_or(Secret()); };
    if (step.action == Action::create) {
      const auto made = destinations.create(step.name, step.declared->parameters,
                                            step.stores_password ? password() : Secret(), step.declared->reference);
      undo_.add([&destinations, id = made.id] { destinations.remove(id, std::nullopt); });
      made_[step.name] = made.id;
      return made.id.str();
    }
    const DestinationRecord& before = step.known->record;
    if (step.action == Action::update) {
      destinations.change(before.id, step.declared->parameters,
                          step.stores_password ? std::optional(password()) : std::nullopt, before.generation,
                          step.declared->reference);
      undo_.add([&destinations, &step, &before] {
        std::optional<Secret> kept;
        if (step.stores_password) kept = step.known->password.value_or(Secret());
        destinations.change(before.id, before.parameters, kept, std::nullopt, step.known->reference);
      });
    }
    return before.id.str();
  }

  std::optional<DestinationId> destination_of(const IntegrationStep& step) const {
    if (step.wanted.destination) return step.wanted.destination;
    const auto found = std::find_if(made_.begin(), made_.end(),
                                    [&](const auto& each) { return same_name(each.first, step.destination); });
    return found == made_.end() ? std::nullopt : std::optional(found->second);
  }

  /// Makes the draft of a new integration, and the tables of one that is confirmed at once.
  std::string prepare(const IntegrationStep& step) {
    if (step.action != Action::create) return step.known->integration.id.str();
    Blueprint blueprint{step.wanted};
    blueprint.wanted.destination = destination_of(step);
    if (step.stores_credentials) {
      blueprint.access_token = step.declared->parsed->access_token;
      blueprint.reference = step.declared->reference;
    }
    Integration draft = make_draft(context_, blueprint, undo_);
    const std::string id = draft.id.str();
    if (step.confirms) prepare_tables(step, std::move(draft));
    return id;
  }

  void prepare_tables(const IntegrationStep& step, Integration draft) {
    const auto index = static_cast<std::size_t>(&step - plan_.integrations.data());
    const Connector& connector = usable_connector(context_, step.wanted.connector);
    try {
      to_confirm_.push_back({index, prepare_draft(context_, connector, std::move(draft), undo_)});
    } catch (const Error& error) {
      throw placed(error, step);
    }
  }

  /// Which of the integrations it is about.
  static Error placed(const Error& error, const IntegrationStep& step) {
    const std::string& pointer = step.declared->pointer;
    Error below = below_pointer(error, pointer + "/selection");
    std::vector<Problem> problems = below.problems();
    if (problems.empty()) {
      const ProblemKind& kind = problem_of(error);
      problems.push_back({pointer + "/destination", std::string(kind.code), std::string(kind.hint)});
    }
    return {error.kind(), error.code(), step.name + ": " + error.message(), std::move(problems)};
  }

  void update(const IntegrationStep& step) {
    Integrations& integrations = context_.integrations;
    const Integration& before = step.known->integration;
    Integration now = change_settings(step, before);
    now = store_credentials(step, std::move(now));
    if (has(step, "selection")) {
      now = integrations.set_selection(before.id, step.wanted.selection, now.generation);
      undo_.add([&integrations, &database = context_.database, &before] {
        if (before.selection.empty()) {
          take_back(database, before.id, {.selection = true});
        } else {
          integrations.set_selection(before.id, before.selection, std::nullopt);
        }
      });
    }
    if (has(step, "destination")) {
      now = integrations.set_destination(before.id, *destination_of(step), step.wanted.schema, now.generation);
      undo_.add([&integrations, &database = context_.database, &before] {
        if (before.destination) {
          integrations.set_destination(before.id, *before.destination, before.schema, std::nullopt);
        } else {
          take_back(database, before.id, {.destination = true});
        }
      });
    }
    if (step.confirms) {
      prepare_tables(step, std::move(now));
    } else if (step.wanted.paused != before.paused) {
      set_paused(integrations, step.wanted.paused, before);
      undo_.add([&integrations, &before] { set_paused(integrations, before.paused, before); });
    }
  }

  Integration change_settings(const IntegrationStep& step, const Integration& before) {
    const Integration& wanted = step.wanted;
    const auto changes_to = [&](const Integration& target) {
      Integrations::Changes changes;
      if (has(step, "frequency")) changes.frequency = target.frequency;
      if (has(step, "quiet_hours")) changes.quiet_hours = target.quiet_hours;
      if (has(step, "start_date")) changes.start_date = target.start_date;
      if (has(step, "on_new_fields")) changes.on_new_fields = target.on_new_fields;
      return changes;
    };
    // Without any change it still sees to it that the integration is what the plan was made with.
    Integration now = context_.integrations.change(before.id, changes_to(wanted), before.generation);
    undo_.add([&integrations = context_.integrations, &before, back = changes_to(before)] {
      integrations.change(before.id, back, std::nullopt);
    });
    return now;
  }

  Integration store_credentials(const IntegrationStep& step, Integration now) {
    if (!step.stores_credentials) return now;
    const Integration& before = step.known->integration;
    now = context_.integrations.set_credentials(before.id, step.wanted.account, step.wanted.client_id,
                                                step.declared->parsed->access_token, step.wanted.account_facts,
                                                step.declared->reference, now.generation);
    undo_.add([&integrations = context_.integrations, &database = context_.database, &step, &before] {
      if (step.known->access_token) {
        integrations.set_credentials(before.id, before.account, before.client_id, *step.known->access_token,
                                     before.account_facts, step.known->reference);
      } else {
        take_back(database, before.id, {.credentials = true});
      }
    });
    return now;
  }

  void confirm_all() {
    for (const ToConfirm& each : to_confirm_) {
      const Confirmed confirmed = confirm_prepared(context_, each.prepared.draft, each.prepared.tables);
      done_.integrations[each.index].run = confirmed.run.id.str();
      if (plan_.integrations[each.index].wanted.paused) context_.integrations.pause(confirmed.integration.id, "");
    }
  }

  static bool has(const IntegrationStep& step, std::string_view member) {
    return std::any_of(step.changes.begin(), step.changes.end(),
                       [&](const auto& change) { return change.member == member; });
  }

  const ApiContext& context_;
  const Plan& plan_;
  Undo& undo_;
  DonePlan done_;
  std::map<std::string, DestinationId> made_;
  std::vector<ToConfirm> to_confirm_;
};

}  // namespace

KnownState read_state(const ApiContext& context, const Declaration& declaration) {
  KnownState state;
  const auto destinations =
      whole<DestinationRecord>([&](const PageRequest& page) { return context.destinations.list(page); });
  for (const DestinationRecord& record : destinations) {
    KnownDestination known{record};
    const auto* declared = find_declared(declaration.destinations, record.name);
    if (declared != nullptr && record.has_password) {
      known.reference = context.destinations.password_reference(record.id);
      if (declared->password) known.password = context.destinations.password(record.id);
    }
    state.destinations.push_back(std::move(known));
  }
  const auto integrations =
      whole<Integration>([&](const PageRequest& page) { return context.integrations.list({}, page); });
  for (const Integration& integration : integrations) {
    KnownIntegration known{integration};
    const auto* declared = find_declared(declaration.integrations, integration.name);
    if (declared != nullptr && !integration.account.empty()) {
      known.reference = context.integrations.credentials_reference(integration.id);
      if (declared->parsed) known.access_token = context.integrations.access_token(integration.id);
    }
    state.integrations.push_back(std::move(known));
  }
  return state;
}

std::vector<DoneStep> try_destinations(const ApiContext& context, const Plan& plan) {
  std::vector<DoneStep> tried;
  for (const DestinationStep& step : plan.destinations) {
    tried.emplace_back();
    if (step.action != Action::create && step.action != Action::update) continue;
    try {
      open_declared(context, step)->check(*Identifier::parse_schema("public"));
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::bug) throw;
      tried.back().detail = error.message();
    }
  }
  return tried;
}

DonePlan carry_out(const ApiContext& context, const Log& log, const Plan& plan) {
  return all_or_nothing(log, [&](Undo& undo) { return Execution(context, plan, undo).run(); });
}

Task<void> prune(const ApiContext& context, const Plan& plan, DonePlan& done) {
  // All of them at once, so that their runs stop side by side.
  co_await context.pool.run([&] {
    for (const IntegrationStep& step : plan.integrations) {
      const Integration& integration = step.wanted;
      if (step.action == Action::remove) context.integrations.begin_delete(integration.id, integration.generation);
    }
  });
  for (std::size_t i = 0; i < plan.integrations.size(); ++i) {
    const IntegrationStep& step = plan.integrations[i];
    if (step.action != Action::remove) continue;
    const bool is_gone =
        co_await remove_integration(context, step.wanted, std::nullopt, TablesLeft::kept, wait_for_runs);
    if (!is_gone) done.integrations[i].detail = "its run has not stopped yet; then it goes by itself";
  }
  co_await context.pool.run([&] {
    for (std::size_t i = 0; i < plan.destinations.size(); ++i) {
      const DestinationStep& step = plan.destinations[i];
      if (step.action != Action::remove) continue;
      try {
        context.destinations.remove(step.known->record.id, step.known->record.generation);
      } catch (const Error& error) {
        if (error.code() != "destination.in_use") throw;
        done.destinations[i].detail = error.message();
      }
    }
  });
}

}  // namespace sluice::api
