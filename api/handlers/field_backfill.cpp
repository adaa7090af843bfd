#include "api/handlers/field_backfill.hpp"

#include "api/handlers/lookup.hpp"
#include "storage/destination_table.hpp"

#include <algorithm>

namespace sluice::api {
namespace {

bool gets_fields(const Integration& integration, const SelectedTable& wanted) {
  const auto now = std::ranges::find(integration.selection, wanted.name, &SelectedTable::name);
  return now != integration.selection.end() && std::ranges::any_of(wanted.fields, [&now](const std::string& field) {
           return std::ranges::find(now->fields, field) == now->fields.end();
         });
}

}  // namespace

Backfill backfill_in(const Call& call) {
  Backfill backfill = Backfill::column;
  if (const auto text = call.text("backfill")) parse(*text, backfill);
  return backfill;
}

void check_can_fill(const ApiContext& context, const Integration& integration,
                    const std::vector<SelectedTable>& selection, Backfill backfill) {
  if (backfill != Backfill::table || !integration.confirmed_at) return;
  const Catalogue& catalogue = connector_of(context, integration).catalogue();
  const auto record = context.destinations.find(integration.destination->str());
  std::unique_ptr<DestinationConnection> connection;
  for (const SelectedTable& wanted : selection) {
    const auto target = destination_table(integration, catalogue, wanted.name);
    if (!record || !target || !gets_fields(integration, wanted)) continue;
    if (!connection) connection = DestinationConnection::open(context.address_of(*record));
    const auto references = connection->references_to(*target);
    if (references.empty()) continue;
    std::string names;
    for (const std::string& name : references) names += (names.empty() ? "" : ", ") + name;
    throw Error(ErrorKind::conflict, "table.referenced",
                "foreign keys point at " + target->schema.str() + "." + target->name.str() + ": " + names +
                    "; its rows cannot be replaced under them: choose the backfill \"column\"");
  }
}

}  // namespace sluice::api
