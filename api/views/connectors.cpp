#include "api/views/views.hpp"
#include "core/time.hpp"

namespace sluice::api {
namespace {

std::string_view name_of(DeleteKind kind) {
  switch (kind) {
    case DeleteKind::none:
      return "none";
    case DeleteKind::soft_flag:
      return "soft_flag";
    case DeleteKind::snapshot:
      return "snapshot";
    case DeleteKind::id_sweep:
      return "id_sweep";
    case DeleteKind::with_parent:
      return "with_parent";
  }
  return "none";
}

std::string_view sync_of(const Table& table) {
  if (table.parent) return "children";
  return table.increment ? "incremental" : "snapshot";
}

Json show_field(const Table& table, const Field& field) {
  return {{"name", field.name},
          {"type", to_string(field.type)},
          {"meaning", field.meaning},
          {"sensitive", field.sensitive},
          {"required", table.is_required(field)}};
}

}  // namespace

Json or_null(const std::optional<Time>& time) { return time ? Json(format_rfc3339(*time)) : Json(nullptr); }

Json show_connector_summary(const Connector& connector) {
  const ConnectorInfo& info = connector.info();
  return {{"name", info.name},
          {"title", info.title},
          {"version", info.version},
          {"meaning", info.meaning},
          {"tables", connector.catalogue().tables().size()}};
}

Json show_connector(const Connector& connector) {
  Json shown = show_connector_summary(connector);
  shown["credentials_schema"] = connector.info().credentials_schema;
  shown["scopes"] = connector.info().scopes;
  shown["frequencies"] = offered_frequencies();
  return shown;
}

Json show_table(const Catalogue& catalogue, const Table& table) {
  Json fields = Json::array();
  for (const Field& field : table.fields) fields.push_back(show_field(table, field));
  return {{"name", table.name},
          {"title", table.title},
          {"meaning", table.meaning},
          {"subject", to_string(table.subject)},
          {"aliases", table.aliases},
          {"sync", sync_of(table)},
          {"cursor_field", table.increment ? Json(table.increment->field) : Json(nullptr)},
          {"parent", table.parent ? Json(table.parent->table) : Json(nullptr)},
          {"carrier", catalogue.carrier_of(table).name},
          {"key", table.key},
          {"deletes", name_of(table.deletes)},
          {"scopes", table.scopes},
          {"recommended", table.recommended},
          {"fields", std::move(fields)}};
}

}  // namespace sluice::api
