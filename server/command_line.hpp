#pragma once
// What the process was asked to do: a command, and every setting from flags, environment and file. Pure but for reading
// the files that the settings name.

#include "core/config.hpp"
#include "core/error.hpp"

#include <optional>
#include <span>
#include <string>
#include <variant>

namespace sluice {

// As in sysexits.h: what starts a process can tell a typing error from an outage.
namespace exit_code {
inline constexpr int ok = 0;
inline constexpr int usage = 64;
inline constexpr int unavailable = 69;
inline constexpr int internal = 70;
inline constexpr int configuration = 78;
}  // namespace exit_code

int exit_code_of(ErrorKind kind);

enum class Command { serve, version, config_check, config_show, migrate, health, keys_show, keys_rotate };

struct CommandLine {
  Command command = Command::serve;
  bool json = false;     // config show, keys show
  bool give_up = false;  // keys rotate
  Config config;
};

/// The answer when there is nothing to run: help that was asked for, or what is wrong with the arguments.
struct Refusal {
  int code = exit_code::usage;
  std::string text;
};

/// `arguments` without the program's name. Bad settings are no refusal: they are in the config's problems().
std::variant<CommandLine, Refusal> parse_command_line(std::span<const std::string> arguments,
                                                      const KeyValues& environment);

}  // namespace sluice
