#pragma once
// A TOML file as a flat list of settings: "[server]" with "listen" is "server.listen". Says nothing about which are
// known.

#include "core/error.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace sluice {

struct TomlSetting {
  std::string key;
  std::string text;    // arrays joined with commas
  std::string origin;  // file and line
};

/// What cannot be read (the file, its syntax, a value of a kind that no setting has) is added to `problems`.
std::vector<TomlSetting> read_toml_settings(const std::filesystem::path& file, std::vector<Problem>& problems);

}  // namespace sluice
