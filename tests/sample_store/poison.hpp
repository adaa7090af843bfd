#pragma once
// Single records of an answer spoiled on purpose: which of them, and what stands in them. Which records a rule strikes
// depends on their ids alone, so that each read of a list shows the same.

#include "core/json.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::sample_store {

struct PoisonRule {
  enum class Kind {
    nul,
    lone_surrogate,
    invalid_utf8,
    large_exponent,
    digits_19,
    digits_25,
    zero_date,
    wrong_type,
    null_value,
    equal_key,
    long_text,
    deep,
    equal_members,
    unknown_member
  };
  Kind kind = Kind::nul;
  std::string path_contains;  // of path and query; empty: every list
  std::string member;         // of the record itself; of unknown_member its name, of equal_key the one that differs
  std::int64_t every = 1;     // records whose id leaves `rest` when it is divided by this
  std::int64_t rest = 0;
  std::int64_t hits = 0;
};

class Poison {
 public:
  /// Replaces all rules; an empty array ends it. Throws Error{config} naming the member at fault.
  void replace(const Json& rules);
  /// The body of an answer with its records spoiled.
  std::string apply(std::string_view target, std::string body);
  Json describe() const;

 private:
  std::vector<PoisonRule> rules_;
};

}  // namespace sluice::sample_store
