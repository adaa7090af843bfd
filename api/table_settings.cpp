#include "api/table_settings.hpp"

#include "core/time.hpp"
#include "storage/frequency.hpp"

namespace sluice::api {
namespace {

Shape new_fields() {
  return text("members that the table does not know yet: ask keeps them under schema-changes, add makes them columns")
      .among({"ask", "add", "ignore"});
}

Shape deletes() {
  return text(
             "rows that the source no longer has: soft marks them in _sluice_deleted_at, hard removes them, off does "
             "not look")
      .among({"soft", "hard", "off"});
}

Shape sweep_interval() {
  return text("how often a table that is read by changes is looked at as a whole, to find what is gone")
      .following(sweep_interval_rule)
      .such_as("PT12H");
}

}  // namespace

std::vector<Member> table_settings_members() {
  return {optional("on_new_fields", new_fields().or_null()), optional("deletes", deletes().or_null()),
          optional("sweep_interval", sweep_interval().or_null()), optional("frequency", named("frequency").or_null())};
}

TableSettings merge_table_settings(TableSettings settings, const Json& body, const std::string& pointer,
                                   std::vector<Problem>& problems) {
  const TableSettings defaults;
  if (const auto given = body.find("on_new_fields"); given != body.end()) {
    NewFieldPolicy policy{};
    const bool is_set = given->is_string() && parse(given->get_ref<const std::string&>(), policy);
    settings.on_new_fields = is_set ? std::optional(policy) : defaults.on_new_fields;
  }
  if (const auto given = body.find("deletes"); given != body.end()) {
    settings.deletes = defaults.deletes;
    if (given->is_string()) parse(given->get_ref<const std::string&>(), settings.deletes);
  }
  if (const auto given = body.find("sweep_interval"); given != body.end()) {
    settings.sweep_interval =
        given->is_string() ? parse_iso_duration(given->get_ref<const std::string&>()) : defaults.sweep_interval;
  }
  if (const auto given = body.find("frequency"); given != body.end()) {
    settings.frequency = defaults.frequency;
    if (!given->is_null()) settings.frequency = read_frequency(*given, pointer + "/frequency", problems);
  }
  return settings;
}

Json given_settings(const TableSettings& settings) {
  Json given = Json::object();
  if (settings.on_new_fields) given["on_new_fields"] = to_string(*settings.on_new_fields);
  if (settings.deletes != TableSettings{}.deletes) given["deletes"] = to_string(settings.deletes);
  if (settings.sweep_interval) given["sweep_interval"] = format_iso_duration(*settings.sweep_interval);
  if (settings.frequency) given["frequency"] = to_json(*settings.frequency);
  return given;
}

Json show_table_settings(const TableSettings& settings, const Integration& integration) {
  return {
      {"on_new_fields", to_string(settings.on_new_fields.value_or(integration.on_new_fields))},
      {"deletes", to_string(settings.deletes)},
      {"sweep_interval", settings.sweep_interval ? Json(format_iso_duration(*settings.sweep_interval)) : Json(nullptr)},
      {"frequency", settings.frequency ? to_json(*settings.frequency) : Json(nullptr)}};
}

std::vector<Member> shown_table_settings() {
  return {required("on_new_fields", new_fields()), required("deletes", deletes()),
          required("sweep_interval", sweep_interval().or_null()),
          required("frequency", named("shown_frequency").or_null())};
}

}  // namespace sluice::api
