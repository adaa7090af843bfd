#include "scheduler/verification_outcome.hpp"

namespace sluice {

std::string_view to_string(SurplusKept kept) {
  switch (kept) {
    case SurplusKept::no:
      break;
    case SurplusKept::deletes_are_off:
      return "deletes_are_off";
    case SurplusKept::never_deleted:
      return "never_deleted";
    case SurplusKept::too_many:
      return "too_many";
  }
  return "";
}

SurplusKept surplus_kept(const DestinationTable& table) {
  if (table.table->deletes == DeleteKind::none) return SurplusKept::never_deleted;
  return table.deletes == DeletePolicy::off ? SurplusKept::deletes_are_off : SurplusKept::no;
}

Json to_json(const VerificationOutcome& outcome) {
  const KeyDifferences& found = outcome.found;
  const bool is_kept = outcome.repairs && found.surplus > 0 && outcome.surplus_kept != SurplusKept::no;
  return {{"repair", outcome.repairs},
          {"equal", outcome.is_equal()},
          {"source_rows", found.source_rows},
          {"destination_rows", found.destination_rows},
          {"not_judged", found.not_judged},
          {"missing", found.missing},
          {"surplus", found.surplus},
          {"newer", outcome.has_dates ? Json(found.newer) : Json(nullptr)},
          {"repaired", {{"missing", outcome.repaired.missing}, {"surplus", outcome.repaired.surplus}}},
          {"surplus_kept", is_kept ? Json(to_string(outcome.surplus_kept)) : Json(nullptr)},
          {"missing_keys", outcome.missing_keys},
          {"surplus_keys", outcome.surplus_keys}};
}

}  // namespace sluice
