#include "server/shown_secrets.hpp"

#include "server/settings.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace sluice {
namespace {

void hide(char* text) { std::fill_n(text, std::strlen(text), 'x'); }

}  // namespace

void hide_secret_options(std::span<char*> words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word(words[i]);
    for (const Setting& setting : settings) {
      const std::string option = "--" + std::string(setting.key);
      if (setting.type != SettingType::secret || !word.starts_with(option)) continue;
      if (word.size() == option.size() && i + 1 < words.size()) hide(words[i + 1]);
      if (word.substr(option.size()).starts_with('=')) hide(words[i] + option.size() + 1);
    }
  }
}

void hide_variables(std::string_view prefix) {
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const auto equals = std::string_view(*entry).find('=');
    if (!std::string_view(*entry).starts_with(prefix) || equals == std::string_view::npos) continue;
    char* const shown = *entry;
    if (char* const copy = ::strdup(shown)) {
      *entry = copy;
      hide(shown + equals + 1);
    }
  }
}

}  // namespace sluice
