#pragma once
// Misbehaviour on purpose: which calls go wrong, how often, and in what way.

#include "core/clock.hpp"
#include "core/json.hpp"
#include "tests/sample_store/dice.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::sample_store {

struct FaultRule {
  enum class Kind {
    status,
    reset,
    reset_in_body,
    truncate,
    hang,
    delay,
    html,
    garbage,
    empty,
    throttled,
    throttled_without_headers,
    no_content,
    empty_page,
    duplicated,
    shifted,  // a counted list, behind its first page, until the next strike or until it is begun anew
    wrong_type,
    redirect,
    drip,
    endless,
    gzip_bomb,
    huge_header,
    long_length,
    short_length
  };
  Kind kind = Kind::status;
  std::string path_contains;  // of path and query; empty: every call
  std::int64_t nth = 0;       // this one call of those that match, counted from 1
  std::int64_t every = 0;     // each so-many-th of them
  double probability = 1.0;   // of each, when neither is given; the rules that fit a call share its one roll
  std::int64_t times = 0;     // at most so often; 0: without an end
  int status = 503;
  std::int64_t delay = 0;  // milliseconds
  Duration reset{1'000};   // what a 429 tells
  std::int64_t rows = 1;   // that have gone before a shifted page, or have come when below 0
  std::string location;    // of a redirect
  std::int64_t seen = 0;
  std::int64_t hits = 0;
};

class Faults {
 public:
  /// The same seed spoils the same calls, in whatever order they come.
  explicit Faults(std::uint64_t seed) : seed_(seed) {}

  /// Replaces all rules; an empty array ends the misbehaviour. Throws Error{config} naming the member at fault.
  void replace(const Json& rules);
  /// The rule that strikes this call.
  std::optional<FaultRule> strike(std::string_view target);
  /// By how many rows the page that is asked for is shifted: so many before it are gone, or have come when below 0.
  std::int64_t shift(const std::string& target);
  Json describe() const;

 private:
  double roll_for(std::string_view target);

  std::uint64_t seed_;
  std::vector<FaultRule> rules_;
  std::map<std::string, std::int64_t> asked_;   // how often, by target
  std::map<std::string, std::int64_t> shifts_;  // by target of the first page
};

}  // namespace sluice::sample_store
