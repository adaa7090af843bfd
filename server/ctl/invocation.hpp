#pragma once
// The words behind `sluice ctl`, understood. Pure.

#include "core/config.hpp"
#include "server/ctl/command.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::ctl {

struct Invocation {
  const Command* command = nullptr;
  std::vector<std::string> path = {};       // one per path_arguments()
  std::vector<std::string> arguments = {};  // one per Command::arguments
  std::vector<std::pair<const Option*, std::string>> options = {};
  KeyValues settings = {};  // --server.listen and the like, of the local daemon

  /// The last one counts.
  std::optional<std::string> option(std::string_view name) const;
  bool has(std::string_view name) const { return option(name).has_value(); }
};

/// There is nothing to do: help that was asked for, or what is wrong with the words.
struct Advice {
  int code = 0;
  std::string text;
};

std::variant<Invocation, Advice> parse(std::span<const std::string> words);

}  // namespace sluice::ctl
