#include "scheduler/row_counts.hpp"

namespace sluice {

std::string_view to_string(CountVerdict verdict) {
  switch (verdict) {
    case CountVerdict::agree:
      break;
    case CountVerdict::differ:
      return "differ";
    case CountVerdict::moved:
      return "moved";
  }
  return "agree";
}

CountVerdict RowCounts::verdict() const {
  const bool are_missing = destination.rows + destination.lost < source.least;
  const bool are_too_many = destination.rows > source.most && !destination.may_hold_more;
  if (!are_missing && !are_too_many) return CountVerdict::agree;
  return source.least == source.most ? CountVerdict::differ : CountVerdict::moved;
}

Json to_json(const RowCounts& counts) {
  return {{"verdict", to_string(counts.verdict())}, {"source_least", counts.source.least},
          {"source_most", counts.source.most},      {"destination", counts.destination.rows},
          {"put_aside", counts.destination.lost},   {"may_hold_more", counts.destination.may_hold_more}};
}

}  // namespace sluice
