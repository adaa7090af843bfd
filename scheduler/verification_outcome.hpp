#pragma once
// What a verification found and did, as it is kept and shown. Pure.

#include "core/json.hpp"
#include "storage/key_comparison.hpp"

#include <string_view>

namespace sluice {

/// Why surplus rows stay although a repair was asked for.
enum class SurplusKept {
  no,
  deletes_are_off,  // the table's own setting
  never_deleted,    // the source only ever adds: what its list no longer shows stays
  too_many          // more than a sweep would believe
};

std::string_view to_string(SurplusKept kept);
/// Before it is known how many there are.
SurplusKept surplus_kept(const DestinationTable& table);

struct VerificationOutcome {
  bool repairs = false;
  bool has_dates = false;  // whether what is newer than the checkpoint could be told
  KeyDifferences found;
  KeyComparison::Repaired repaired;
  SurplusKept surplus_kept = SurplusKept::no;
  Json missing_keys = Json::array();
  Json surplus_keys = Json::array();

  /// Whether nothing differs, any more.
  bool is_equal() const { return found.missing == repaired.missing && found.surplus == repaired.surplus; }
};

Json to_json(const VerificationOutcome& outcome);

}  // namespace sluice
