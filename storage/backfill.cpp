#include "storage/backfill.hpp"

namespace sluice {
namespace {

struct BackfillName {
  Backfill backfill;
  std::string_view name;
};
constexpr BackfillName backfills[] = {
    {Backfill::none, "none"}, {Backfill::column, "column"}, {Backfill::table, "table"}};

}  // namespace

std::string_view to_string(Backfill backfill) {
  for (const BackfillName& each : backfills) {
    if (each.backfill == backfill) return each.name;
  }
  return "none";
}

bool parse(std::string_view text, Backfill& backfill) {
  for (const BackfillName& each : backfills) {
    if (each.name != text) continue;
    backfill = each.backfill;
    return true;
  }
  return false;
}

}  // namespace sluice
