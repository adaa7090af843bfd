#pragma once
// Misbehaviour on purpose: which calls go wrong, how often, and in what way.

#include "core/json.hpp"
#include "tests/sample_store/dice.hpp"

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
    throttled_without_headers,
    no_content,
    empty_page,
    duplicated,
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
  double probability = 1.0;   // of each, when neither is given
  std::int64_t times = 0;     // at most so often; 0: without an end
  int status = 503;
  std::int64_t delay = 0;  // milliseconds
  std::string location;    // of a redirect
  std::int64_t seen = 0;
  std::int64_t hits = 0;
};

class Faults {
 public:
  /// Replaces all rules; an empty array ends the misbehaviour. Throws Error{config} naming the member at fault.
  void replace(const Json& rules);
  /// The first rule that strikes this call.
  std::optional<FaultRule> strike(std::string_view target);
  Json describe() const;

 private:
  std::vector<FaultRule> rules_;
  Dice dice_{1, "faults", 0};
};

}  // namespace sluice::sample_store
