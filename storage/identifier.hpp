#pragma once
// The only thing that becomes an SQL identifier.

#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// Lower case `[a-z_][a-z0-9_]{0,62}`; schemas of PostgreSQL and of Sluice are refused where a schema is meant.
class Identifier {
 public:
  /// Folds to lower case; nullopt when that is no identifier or longer than PostgreSQL's 63 bytes.
  static std::optional<Identifier> parse(std::string_view text);
  /// Also refuses pg_*, information_schema, sluice and _sluice.
  static std::optional<Identifier> parse_schema(std::string_view text);

  const std::string& str() const noexcept { return text_; }
  std::string quoted() const { return '"' + text_ + '"'; }
  bool operator==(const Identifier&) const = default;

 private:
  explicit Identifier(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

constexpr std::size_t identifier_limit = 63;

}  // namespace sluice
