#include "core/config.hpp"

#include "core/nearest.hpp"
#include "core/setting_value.hpp"
#include "core/text_file.hpp"
#include "core/toml_settings.hpp"

#include <algorithm>

namespace sluice {
namespace {

constexpr std::string_view file_suffix = "_file";
constexpr std::string_view environment_prefix = "SLUICE_";
constexpr std::string_view default_origin = "default";

/// A name under which a setting may be given: its key or its `_file` twin.
struct Name {
  std::string key;
  const Setting* setting = nullptr;
  bool is_file = false;
};

/// A value that somebody gave, not yet looked at.
struct Given {
  Name name;
  std::string text;
  std::string origin;
};

std::vector<Name> names_of(std::span<const Setting> settings) {
  std::vector<Name> names;
  for (const Setting& setting : settings) {
    names.push_back({std::string(setting.key), &setting, false});
    if (setting.type != SettingType::secret) continue;
    names.push_back({std::string(setting.key).append(file_suffix), &setting, true});
  }
  return names;
}

std::string environment_name(std::string_view key) {
  std::string name(environment_prefix);
  for (const char c : key) {
    if (c == '.') {
      name += "__";
    } else {
      name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
  return name;
}

/// Kubernetes puts the address of every Service into the environment of its neighbours: a Service called "sluice"
/// brings SLUICE_SERVICE_HOST and SLUICE_PORT_8080_TCP, which nobody meant as settings.
bool is_service_link(std::string_view name) {
  if (name.find("__") != std::string_view::npos) return false;
  return name.ends_with("_SERVICE_HOST") || name.find("_SERVICE_PORT") != std::string_view::npos ||
         name.ends_with("_PORT") || name.find("_PORT_") != std::string_view::npos;
}

/// What `sluice ctl` looks at is for the client: one environment may serve both.
bool is_for_client(std::string_view name) { return name.starts_with("SLUICE_CTL_"); }
/// Secrets for documents to refer to, not settings.
bool is_secret_variable(std::string_view name) { return name.starts_with(secret_variable_prefix); }

/// Sorts the values of one origin under the settings' names.
class Layer {
 public:
  Layer(const std::vector<Name>& names, std::string (*spell)(std::string_view), std::vector<Problem>& problems)
      : names_(names), problems_(problems) {
    for (const Name& name : names_) spellings_.push_back(spell(name.key));
  }

  void add(std::string_view spelling, std::string text, std::string origin) {
    const auto found = std::find(spellings_.begin(), spellings_.end(), spelling);
    if (found == spellings_.end()) {
      problems_.push_back({std::string(spelling), "config.unknown_key",
                           "there is no such setting" + did_you_mean(spelling, spellings_) + " (" + origin + ")"});
      return;
    }
    const Name& name = names_[static_cast<std::size_t>(found - spellings_.begin())];
    const auto twin = given_.find(name.setting->key);
    if (twin != given_.end() && twin->second.name.is_file != name.is_file) {
      problems_.push_back(
          {std::string(name.setting->key), "config.given_twice",
           "is given as a value and as a file; give one (" + twin->second.origin + ", " + origin + ")"});
    }
    given_[std::string(name.setting->key)] = {name, std::move(text), std::move(origin)};
  }

  /// What stands here replaces what a weaker origin said, whichever of the two forms that used.
  void override_in(std::map<std::string, Given, std::less<>>& chosen) {
    for (auto& [key, given] : given_) chosen[key] = std::move(given);
  }

 private:
  const std::vector<Name>& names_;
  std::vector<std::string> spellings_;
  std::vector<Problem>& problems_;
  std::map<std::string, Given, std::less<>> given_;
};

std::string same(std::string_view key) { return std::string(key); }
std::string flag_name(std::string_view key) { return "--" + std::string(key); }

/// The text of a given value, read from its file where one is named. Adds what is wrong with it to `problems`.
std::optional<std::string> resolve(const Given& given, std::vector<Problem>& problems) {
  const auto refuse = [&](std::string code, std::string detail) -> std::optional<std::string> {
    problems.push_back({given.name.key, std::move(code), std::move(detail) + " (" + given.origin + ")"});
    return std::nullopt;
  };
  if (!given.name.is_file) {
    const auto complaint = complaint_about(given.name.setting->type, given.text);
    if (complaint)
      return refuse("config.bad_value",
                    std::string(*complaint) + ", not \"" + quote_outside_text(given.text, 60) + "\"");
    return given.text;
  }
  auto text = read_text_file(given.text);
  if (!text) return refuse("config.unreadable_file", "cannot read " + given.text + ": does it exist, and may we?");
  // Editors and `echo` end files with a line end that belongs to no secret.
  text->erase(text->find_last_not_of("\r\n") + 1);
  if (text->empty()) return refuse("config.empty_file", given.text + " is empty");
  return text;
}

}  // namespace

Config Config::load(std::span<const Setting> settings, const std::optional<std::filesystem::path>& toml_file,
                    const KeyValues& environment, const KeyValues& flags) {
  Config config;
  config.settings_ = settings;
  const std::vector<Name> names = names_of(settings);
  std::map<std::string, Given, std::less<>> chosen;

  if (toml_file) {
    Layer layer(names, same, config.problems_);
    for (auto& [key, text, origin] : read_toml_settings(*toml_file, config.problems_)) {
      layer.add(key, std::move(text), std::move(origin));
    }
    layer.override_in(chosen);
  }

  Layer variables(names, environment_name, config.problems_);
  for (const auto& [name, text] : environment) {
    // An empty variable is how a shell or a compose file says "not given".
    if (!name.starts_with(environment_prefix) || text.empty()) continue;
    if (is_service_link(name) || is_for_client(name) || is_secret_variable(name)) continue;
    variables.add(name, text, name);
  }
  variables.override_in(chosen);

  Layer arguments(names, flag_name, config.problems_);
  for (const auto& [key, text] : flags) arguments.add(flag_name(key), text, flag_name(key));
  arguments.override_in(chosen);

  for (const Setting& setting : settings) {
    config.values_[std::string(setting.key)] = {std::string(setting.fallback), std::string(default_origin)};
  }
  for (const auto& [key, given] : chosen) {
    if (auto text = resolve(given, config.problems_)) {
      config.values_[key] = {std::move(*text), given.origin, given.name.is_file ? given.text : std::string()};
    }
  }
  return config;
}

const Setting& Config::setting(std::string_view key, SettingType type) const {
  const auto found =
      std::find_if(settings_.begin(), settings_.end(), [&](const Setting& item) { return item.key == key; });
  if (found == settings_.end()) {
    throw Error(ErrorKind::bug, "config.no_such_setting", "nothing declares the setting " + std::string(key));
  }
  if (found->type != type) {
    throw Error(ErrorKind::bug, "config.other_type", "the setting " + std::string(key) + " has another type");
  }
  return *found;
}

std::string Config::text(std::string_view key) const {
  return values_.find(setting(key, SettingType::text).key)->second.text;
}

Secret Config::secret(std::string_view key) const {
  return Secret(values_.find(setting(key, SettingType::secret).key)->second.text);
}

// What does not parse never got into values_, and the table's own fallbacks are held to the same rules by a test.
std::int64_t Config::integer(std::string_view key) const {
  return parse_integer(values_.find(setting(key, SettingType::integer).key)->second.text).value();
}

bool Config::boolean(std::string_view key) const {
  return parse_boolean(values_.find(setting(key, SettingType::boolean).key)->second.text).value();
}

Duration Config::duration(std::string_view key) const {
  return parse_duration(values_.find(setting(key, SettingType::duration).key)->second.text).value();
}

std::filesystem::path Config::secret_file(std::string_view key) const {
  return values_.find(setting(key, SettingType::secret).key)->second.file;
}

std::int64_t Config::bytes(std::string_view key) const {
  return parse_bytes(values_.find(setting(key, SettingType::bytes).key)->second.text).value();
}

std::filesystem::path Config::path(std::string_view key) const {
  return values_.find(setting(key, SettingType::path).key)->second.text;
}

std::vector<std::string> Config::list(std::string_view key) const {
  return parse_list(values_.find(setting(key, SettingType::list).key)->second.text);
}

bool Config::is_set(std::string_view key) const {
  const auto found =
      std::find_if(settings_.begin(), settings_.end(), [&](const Setting& item) { return item.key == key; });
  if (found == settings_.end()) {
    throw Error(ErrorKind::bug, "config.no_such_setting", "nothing declares the setting " + std::string(key));
  }
  return values_.find(key)->second.text != found->fallback;
}

std::vector<Config::Line> Config::show() const {
  std::vector<Line> lines;
  for (const Setting& setting : settings_) {
    const Value& value = values_.find(setting.key)->second;
    std::string text = value.text;
    if (setting.type == SettingType::secret) text = text.empty() ? "(not set)" : "(set)";
    lines.push_back({std::string(setting.key), std::move(text), value.origin, std::string(setting.meaning)});
  }
  return lines;
}

}  // namespace sluice
