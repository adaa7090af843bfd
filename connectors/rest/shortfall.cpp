#include "connectors/rest/shortfall.hpp"

namespace sluice {

std::optional<Shortfall> compare_counts(const RecordTotal& counted, std::int64_t shown,
                                        const std::optional<Shortfall>& before) {
  const std::int64_t records = counted.least - shown;
  if (records <= 0) return std::nullopt;
  return Shortfall{records, before && before->records == records};
}

}  // namespace sluice
