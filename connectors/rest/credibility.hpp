#pragma once
// Whether an answer without records is to be believed. Proxies and busy services say "nothing here" where they mean
// "not now", and what such an answer ends is lost without an error. Pure.

#include "connectors/record.hpp"
#include "connectors/rest/position.hpp"

#include <optional>

namespace sluice {

/// What one source has shown of itself so far.
struct Credibility {
  bool has_lied = false;  // it said that nothing was there, and the next time something was
};

/// How much hangs on an answer, when nothing in it speaks for it.
enum class Stake {
  none,    // there are many such answers, most of them true: asking each again is not worth it
  some,    // the end of a list
  much,    // the end of a list that is not soon looked at as a whole again
  refuted  // the end of a list that counted more records than it has shown
};

/// The page that was asked for by number, where an answer's count of pages can be held against it.
std::optional<int> numbered_page(const RangePosition& asked);

/// Whether the list said before that there is something at this place. `largest_page`: see Walk::advance.
bool should_have_records(const RangePosition& asked, std::size_t largest_page);

/// How often an answer must be given again before it counts. 0: it has records, or it counts them itself and there are
/// none.
int confirmations_wanted(const PageFacts& page, std::optional<int> asked, Stake stake, const Credibility& source);

}  // namespace sluice
