#pragma once
// Whether an answer without records is to be believed. Proxies and busy services say "nothing here" where they mean
// "not now", and what such an answer ends is lost without an error. Pure.

#include "connectors/record.hpp"
#include "connectors/rest/position.hpp"
#include "core/backoff.hpp"

#include <optional>

namespace sluice {

/// What one source has shown of itself so far.
struct Credibility {
  bool has_lied = false;    // it said that nothing was there, and the next time something was
  bool overcounts = false;  // it counts what its lists do not show, however often they are asked for
};

// How often an answer is asked for once more that something speaks against. A source that insists is believed in the
// end: that it counts wrongly must not stop a table for ever.
inline constexpr int confirmations_in_doubt = 6;
// Until what is busy for a moment may answer otherwise.
inline constexpr Backoff between_looks{Duration(200), Duration(3'000)};

/// How much hangs on an answer, when nothing in it speaks for it.
enum class Stake {
  none,    // there are many such answers, most of them true: asking each again is not worth it
  some,    // the end of a list
  much,    // the end of a list that is not soon looked at as a whole again
  refuted  // something says that there is more: the list counted it, or a record above it has it
};

/// The page that was asked for by number, where an answer's count of pages can be held against it.
std::optional<int> numbered_page(const RangePosition& asked);

/// Whether the list said before that there is something at this place. `largest_page`: see Walk::advance.
bool should_have_records(const RangePosition& asked, std::size_t largest_page);

/// How often an answer must be given again before it counts. 0: it has records, or it counts them itself and there are
/// none.
int confirmations_wanted(const PageFacts& page, std::optional<int> asked, Stake stake, const Credibility& source);

}  // namespace sluice
