#pragma once
// Settings as one table: key, type, default, meaning. Values come, in rising order, from the defaults, a TOML file, the
// environment (SLUICE_SECTION__KEY) and flags (--section.key). An unknown key is an error with the nearest known one.
// Every secret has a `_file` twin.

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/secret.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

enum class SettingType { text, secret, integer, boolean, duration, bytes, path, list };

struct Setting {
  std::string_view key;  // "server.listen"
  SettingType type = SettingType::text;
  std::string_view fallback;  // as one would write it
  std::string_view meaning;
};

/// Variables that begin so are no settings: they hold secrets that POST /v1/apply may refer to.
inline constexpr std::string_view secret_variable_prefix = "SLUICE_SECRET_";

using KeyValues = std::vector<std::pair<std::string, std::string>>;

class Config {
 public:
  /// Never throws for bad values: they are all in problems(), each with key, code and what to do.
  static Config load(std::span<const Setting> settings, const std::optional<std::filesystem::path>& toml_file,
                     const KeyValues& environment, const KeyValues& flags);

  const std::vector<Problem>& problems() const noexcept { return problems_; }

  // Each throws Error{bug} for a key that is not in the table or has another type.
  std::string text(std::string_view key) const;
  Secret secret(std::string_view key) const;                      // from the value or its `_file` twin
  std::filesystem::path secret_file(std::string_view key) const;  // the twin's, for who reads it again; or empty
  std::int64_t integer(std::string_view key) const;
  bool boolean(std::string_view key) const;
  Duration duration(std::string_view key) const;   // "15s", "250ms", "5m", "1h" or ISO 8601
  std::int64_t bytes(std::string_view key) const;  // "64MiB", "16KiB" or a number
  std::filesystem::path path(std::string_view key) const;
  std::vector<std::string> list(std::string_view key) const;  // comma separated, or a TOML array
  bool is_set(std::string_view key) const;                    // anything but the default

  /// Every setting with its value and where it came from; secrets as "(set)" or "(not set)".
  struct Line {
    std::string key;
    std::string value;
    std::string origin;
    std::string meaning;
  };
  std::vector<Line> show() const;

 private:
  struct Value {
    std::string text;
    std::string origin;
    std::string file = {};
  };
  const Setting& setting(std::string_view key, SettingType type) const;
  std::span<const Setting> settings_;
  std::map<std::string, Value, std::less<>> values_;
  std::vector<Problem> problems_;
};

}  // namespace sluice
