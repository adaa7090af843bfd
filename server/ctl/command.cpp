#include "server/ctl/command.hpp"

#include <algorithm>

namespace sluice::ctl {
namespace {

template <class Matches>
const Option* find_where(const Command& command, Matches matches) {
  for (const auto* options : {&command.options, &common_options()}) {
    const auto found = std::find_if(options->begin(), options->end(), matches);
    if (found != options->end()) return &*found;
  }
  return nullptr;
}

}  // namespace

std::vector<std::string> path_arguments(const Command& command) {
  std::vector<std::string> names;
  for (auto open = command.path.find('{'); open != std::string::npos; open = command.path.find('{', open + 1)) {
    names.push_back(command.path.substr(open + 1, command.path.find('}', open) - open - 1));
  }
  return names;
}

std::string full_name(const Command& command) {
  return command.group.empty() ? command.name : command.group + ' ' + command.name;
}

const Option* find_option(const Command& command, std::string_view name) {
  return find_where(command, [&](const Option& option) { return option.name == name; });
}

const Option* find_option(const Command& command, char letter) {
  return find_where(command, [&](const Option& option) { return option.letter == letter; });
}

}  // namespace sluice::ctl
