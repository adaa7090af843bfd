#include "api/integration_plan.hpp"

#include "api/selection.hpp"
#include "api/table_settings.hpp"
#include "api/views/views.hpp"
#include "core/nearest.hpp"
#include "core/time.hpp"
#include "storage/frequency.hpp"

#include <algorithm>

namespace sluice::api {
namespace {

bool same_table(const SelectedTable& one, const SelectedTable& other) {
  return one.name == other.name && one.fields == other.fields && one.settings == other.settings;
}

bool same_selection(const std::vector<SelectedTable>& one, const std::vector<SelectedTable>& other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(), same_table);
}

/// Those tables of `shown` that are not the same in `other`.
Json show_difference(const std::vector<SelectedTable>& shown, const std::vector<SelectedTable>& other) {
  Json tables = Json::array();
  for (const SelectedTable& table : shown) {
    if (std::any_of(other.begin(), other.end(), [&](const auto& each) { return same_table(each, table); })) continue;
    Json item{{"name", table.name}, {"fields", table.fields}};
    item.update(given_settings(table.settings));
    tables.push_back(std::move(item));
  }
  return tables;
}

Json show_quiet(const Integration& integration) {
  return integration.quiet_hours.empty() ? Json(nullptr) : to_json(integration.quiet_hours);
}

std::string name_of_destination(const KnownState& state, const Integration& integration) {
  if (!integration.destination) return "";
  const auto found = std::find_if(state.destinations.begin(), state.destinations.end(),
                                  [&](const auto& each) { return each.record.id == *integration.destination; });
  return found == state.destinations.end() ? "" : found->record.name;
}

class IntegrationPlanner {
 public:
  IntegrationPlanner(const PlanningContext& context, const DeclaredIntegration& declared,
                     std::vector<Problem>& problems)
      : context_(context), declared_(declared), problems_(problems) {
    step_.declared = &declared;
    step_.known = find_known(context.state, declared.name);
    step_.name = declared.name;
    is_new_ = step_.known == nullptr;
    if (!is_new_) {
      before_ = step_.known->integration;
      step_.name = before_.name;
      destination_before_ = name_of_destination(context.state, before_);
    }
    step_.wanted = before_;
    step_.wanted.name = declared.name;
    step_.wanted.connector = declared.connector;
    step_.destination = destination_before_;
  }

  IntegrationStep run() {
    connector_ = find_connector(context_.connectors, declared_.connector);
    check_identity();
    if (connector_ == nullptr) return std::move(step_);
    plan_schedule();
    plan_credentials();
    plan_selection();
    plan_target();
    plan_state();
    step_.action = is_new_ ? Action::create : step_.changes.empty() ? Action::unchanged : Action::update;
    return std::move(step_);
  }

 private:
  void refuse(const char* member, const char* code, std::string detail) {
    problems_.push_back({declared_.pointer + member, code, std::move(detail)});
  }

  void note(const char* member, Json before, Json after) {
    if (is_new_) before = nullptr;
    if (before != after) step_.changes.push_back({member, std::move(before), std::move(after)});
  }

  void check_identity() {
    if (connector_ == nullptr) {
      std::vector<std::string> known;
      for (const auto& each : context_.connectors) known.push_back(each->info().name);
      refuse("/connector", "unknown_connector",
             "there is no connector \"" + quote_outside_text(declared_.connector, 80) + "\"" +
                 did_you_mean(declared_.connector, known));
    } else if (is_new_) {
      if (auto problem = check_name_length(declared_.name, connector_->catalogue(), declared_.pointer + "/name")) {
        problems_.push_back(*std::move(problem));
      }
    }
    if (is_new_) return;
    if (before_.state == IntegrationState::deleting) refuse("/name", "deleting", "is being deleted");
    if (before_.name != declared_.name) refuse("/name", "immutable_field", "is written \"" + before_.name + "\"");
    if (before_.connector != declared_.connector) {
      refuse("/connector", "immutable_field", "is \"" + before_.connector + "\" and never changes: clone instead");
    }
  }

  void plan_schedule() {
    Integration& wanted = step_.wanted;
    if (is_new_) wanted.frequency = *parse_frequency("1h");
    wanted.frequency = declared_.frequency.value_or(wanted.frequency);
    wanted.quiet_hours = declared_.quiet_hours.value_or(wanted.quiet_hours);
    wanted.start_date = declared_.start_date.value_or(wanted.start_date);
    wanted.on_new_fields = declared_.on_new_fields.value_or(wanted.on_new_fields);
    if (declared_.start_date && *declared_.start_date > context_.rules.now) {
      refuse("/start_date", "start_date_in_future", "must not lie in the future");
    }
    note("frequency", to_json(before_.frequency), to_json(wanted.frequency));
    note("quiet_hours", show_quiet(before_), show_quiet(wanted));
    note("start_date", or_null(before_.start_date), or_null(wanted.start_date));
    note("on_new_fields", to_string(before_.on_new_fields), to_string(wanted.on_new_fields));
  }

  void plan_credentials() {
    if (!declared_.parsed) return;
    if (!before_.account.empty() && before_.account != declared_.parsed->account) {
      refuse("/credentials", "different_store",
             "belong to \"" + quote_outside_text(declared_.parsed->account, 80) + "\", the integration to \"" +
                 before_.account + "\"");
    }
    const bool are_new = are_new_credentials(declared_, step_.known);
    const Json reference_before = is_new_ ? Json(nullptr) : step_.known->reference;
    // The same secret from another place is worth a note, not a login.
    if (!are_new && same_value(reference_before, declared_.reference)) return;
    step_.stores_credentials = true;
    step_.wanted.account = declared_.parsed->account;
    step_.wanted.client_id = declared_.parsed->client_id;
    if (are_new) step_.wanted.account_facts = declared_.facts_of_login.value_or(Json(nullptr));
    Json before = before_.account.empty() ? Json(nullptr) : Json("(kept)");
    if (!reference_before.is_null()) before = reference_before;
    step_.changes.push_back(
        {"credentials", std::move(before), declared_.reference.is_null() ? Json("(given)") : declared_.reference});
  }

  void plan_selection() {
    if (declared_.selection.is_null()) return;
    try {
      step_.wanted.selection = resolve_selection(connector_->catalogue(), declared_.selection,
                                                 step_.wanted.account_facts, declared_.pointer + "/selection");
    } catch (const Error& error) {
      problems_.insert(problems_.end(), error.problems().begin(), error.problems().end());
      return;
    }
    if (same_selection(before_.selection, step_.wanted.selection)) return;
    step_.changes.push_back({"selection",
                             is_new_ ? Json(nullptr) : show_difference(before_.selection, step_.wanted.selection),
                             show_difference(step_.wanted.selection, before_.selection)});
  }

  bool is_available(const std::string& name) const {
    const auto& made = context_.declaration.destinations;
    const auto& there = context_.state.destinations;
    return std::any_of(made.begin(), made.end(), [&](const auto& each) { return same_name(each.name, name); }) ||
           std::any_of(there.begin(), there.end(), [&](const auto& each) { return same_name(each.record.name, name); });
  }

  void plan_target() {
    if (!declared_.target) return;
    const auto& [name, schema] = *declared_.target;
    if (!is_available(name)) {
      refuse("/destination/destination", "unknown_destination",
             "there is no destination \"" + quote_outside_text(name, 80) + "\", nor does the document declare one");
    }
    const bool is_other = !same_name(name, destination_before_);
    if (before_.confirmed_at && is_other) {
      refuse("/destination/destination", "immutable_field",
             "is \"" + destination_before_ + "\" and never changes once confirmed: clone instead");
    }
    if (before_.confirmed_at && schema != before_.schema) {
      refuse("/destination/schema", "immutable_field",
             "is \"" + before_.schema + "\" and never changes once confirmed: clone instead");
    }
    if (!is_other && schema == before_.schema) return;
    choose(name, schema);
  }

  void choose(const std::string& name, const std::string& schema) {
    step_.wanted.destination.reset();
    for (const KnownDestination& each : context_.state.destinations) {
      if (same_name(each.record.name, name)) step_.wanted.destination = each.record.id;
    }
    Json before;
    if (!destination_before_.empty()) before = {{"destination", destination_before_}, {"schema", before_.schema}};
    step_.destination = name;
    step_.wanted.schema = schema;
    note("destination", std::move(before), {{"destination", name}, {"schema", schema}});
  }

  void plan_state() {
    const bool was_confirmed = before_.confirmed_at.has_value();
    if (was_confirmed && !declared_.confirmed) {
      refuse("/confirmed", "immutable_field", "is confirmed, which cannot be taken back: pause or delete it instead");
    }
    if (declared_.confirmed && !was_confirmed) plan_confirmation();
    // A draft cannot be paused.
    const bool is_confirmed = was_confirmed || step_.confirms;
    step_.wanted.paused = is_confirmed && declared_.paused.value_or(before_.paused);
    note("paused", before_.paused, step_.wanted.paused);
    note("confirmed", was_confirmed, is_confirmed);
  }

  void plan_confirmation() {
    if (step_.destination.empty()) {
      for (const KnownDestination& each : context_.state.destinations) {
        if (each.record.embedded) choose(each.record.name, "public");
      }
    }
    if (step_.wanted.account.empty()) step_.missing.push_back("authenticate");
    if (step_.wanted.selection.empty()) step_.missing.push_back("select");
    if (step_.destination.empty()) step_.missing.push_back("destination");
    step_.confirms = step_.missing.empty();
    if (!step_.confirms || !problems_.empty()) return;
    for (const DestinationTable& table : destination_tables(step_.wanted, connector_->catalogue())) {
      step_.creates.push_back(qualified_name(table));
    }
  }

  const PlanningContext& context_;
  const DeclaredIntegration& declared_;
  std::vector<Problem>& problems_;
  const Connector* connector_ = nullptr;
  Integration before_;
  std::string destination_before_;
  bool is_new_ = false;
  IntegrationStep step_;
};

}  // namespace

IntegrationStep plan_integration(const PlanningContext& context, const DeclaredIntegration& declared,
                                 std::vector<Problem>& problems) {
  return IntegrationPlanner(context, declared, problems).run();
}

}  // namespace sluice::api
