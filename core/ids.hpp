#pragma once
// Identifiers of the things Sluice keeps: a prefix and a ULID, so that they sort by the time they were made.
// Each is a type of its own; a JobId never goes where a RunId is wanted.

#include "core/clock.hpp"

#include <compare>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

/// 26 characters of Crockford's base 32: 48 bits of milliseconds, 80 random bits.
std::string make_ulid(Time now);
bool is_ulid(std::string_view text);

template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string text) : text_(std::move(text)) {}
  static Id make(Time now) { return Id(std::string(Tag::prefix) + make_ulid(now)); }
  static bool matches(std::string_view text) {
    return text.starts_with(Tag::prefix) && is_ulid(text.substr(Tag::prefix.size()));
  }

  const std::string& str() const noexcept { return text_; }
  bool empty() const noexcept { return text_.empty(); }
  auto operator<=>(const Id&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const Id& id) { return out << id.text_; }

 private:
  std::string text_;
};

namespace id_tag {
struct Integration {
  static constexpr std::string_view prefix = "int_";
};
struct Destination {
  static constexpr std::string_view prefix = "dst_";
};
struct Run {
  static constexpr std::string_view prefix = "run_";
};
struct Job {
  static constexpr std::string_view prefix = "job_";
};
struct Token {
  static constexpr std::string_view prefix = "tok_";
};
}  // namespace id_tag

using IntegrationId = Id<id_tag::Integration>;
using DestinationId = Id<id_tag::Destination>;
using RunId = Id<id_tag::Run>;
using JobId = Id<id_tag::Job>;
using TokenId = Id<id_tag::Token>;

}  // namespace sluice
