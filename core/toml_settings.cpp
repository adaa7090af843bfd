#include "core/toml_settings.hpp"

#include "core/text_file.hpp"

#include <toml++/toml.h>

#include <optional>
#include <utility>

namespace sluice {
namespace {

class Flattening {
 public:
  Flattening(std::string file, std::vector<Problem>& problems) : file_(std::move(file)), problems_(problems) {}

  void add(const toml::table& table, const std::string& prefix) {
    for (const auto& [name, node] : table) {
      const std::string key = prefix + std::string(name.str());
      if (const auto* inner = node.as_table()) {
        add(*inner, key + ".");
      } else if (auto text = text_of(node)) {
        settings_.push_back({key, std::move(*text), origin(node)});
      } else {
        problems_.push_back(
            {key, "config.wrong_type",
             "must be text, a whole number, true or false, or an array of texts (" + origin(node) + ")"});
      }
    }
  }

  std::vector<TomlSetting> take() { return std::move(settings_); }

 private:
  std::string origin(const toml::node& node) const { return file_ + ":" + std::to_string(node.source().begin.line); }

  static std::optional<std::string> text_of(const toml::node& node) {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* number = node.as_integer()) return std::to_string(number->get());
    if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
    const auto* array = node.as_array();
    if (array == nullptr) return std::nullopt;
    std::string joined;
    for (const auto& item : *array) {
      const auto* text = item.as_string();
      if (text == nullptr) return std::nullopt;
      if (!joined.empty()) joined += ',';
      joined += text->get();
    }
    return joined;
  }

  std::string file_;
  std::vector<Problem>& problems_;
  std::vector<TomlSetting> settings_;
};

}  // namespace

std::vector<TomlSetting> read_toml_settings(const std::filesystem::path& file, std::vector<Problem>& problems) {
  const auto text = read_text_file(file);
  if (!text) {
    problems.push_back(
        {file.string(), "config.unreadable_file", "cannot read the configuration file: does it exist, and may we?"});
    return {};
  }
  try {
    const toml::table document = toml::parse(*text);
    Flattening flattening(file.string(), problems);
    flattening.add(document, "");
    return flattening.take();
  } catch (const toml::parse_error& error) {
    const auto& place = error.source().begin;
    problems.push_back({file.string(), "config.bad_toml",
                        "line " + std::to_string(place.line) + ", column " + std::to_string(place.column) + ": " +
                            quote_outside_text(error.description())});
    return {};
  }
}

}  // namespace sluice
