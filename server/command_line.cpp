#include "server/command_line.hpp"

#include "core/nearest.hpp"
#include "server/settings.hpp"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <sstream>
#include <utility>
#include <vector>

namespace sluice {
namespace {

constexpr const char* default_file = "/etc/sluice/sluice.toml";

constexpr const char* keys_rotate_help =
    "Works beside running daemons, which need no restart, on the control database itself: that of database.url, or the "
    "embedded one, through the running daemon's socket (when none runs, its PostgreSQL is started meanwhile). Give the "
    "daemon's settings and run it as the daemon's user or as root. It writes the new key into the key file (master.key "
    "in the data directory, or secrets.master_key_file), has all daemons seal with it, seals anew whatever is sealed "
    "with another, and takes the old key out of the file once nothing needs it. Killed at any point, run it again: it "
    "goes on from there.\n\n"
    "When Sluice cannot write the keys (secrets.master_key as a text, a mounted file), or each daemon has a copy of "
    "the "
    "file, put a line with the new key in front first, everywhere; then this command makes the first line the one that "
    "seals and tells which lines may go.\n\n"
    "Dumps of the control database from before need the old key: keep a copy of the old file with them.";

struct CommandRow {
  Command command;
  const char* group;  // the command above it, if any
  const char* name;
  const char* meaning;
};

constexpr CommandRow commands[] = {
    {Command::serve, nullptr, "serve", "Run the daemon until SIGTERM or SIGINT"},
    {Command::migrate, nullptr, "migrate", "Bring the control database to this version's schema"},
    {Command::health, nullptr, "health", "Ask the running daemon whether it is ready"},
    {Command::config_check, "config", "check", "Tell everything that is wrong with the settings"},
    {Command::config_show, "config", "show", "Print every setting with its value and origin"},
    {Command::keys_show, "keys", "show", "Print the master keys' ids, which one seals, and how much"},
    {Command::keys_rotate, "keys", "rotate", "Seal everything with a new master key and retire the old one"},
    {Command::version, nullptr, "version", "Print the version"},
};

/// Every setting is an option, a secret has a twin that names a file. What was given lands in `flags`.
std::vector<std::string> add_settings(CLI::App& app, KeyValues& flags) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& key, const std::string& meaning, const char* kind) {
    names.push_back("--" + key);
    app.add_option_function<std::string>(
           names.back(), [&flags, key](const std::string& text) { flags.emplace_back(key, text); }, meaning)
        ->group("Settings")
        ->type_name(kind)
        ->take_last();
  };
  for (const Setting& setting : settings) {
    const std::string key(setting.key);
    std::string meaning(setting.meaning);
    if (!setting.fallback.empty()) meaning += " [" + std::string(setting.fallback) + "]";
    add(key, meaning, "VALUE");
    if (setting.type == SettingType::secret) add(key + "_file", "file with " + key, "FILE");
  }
  return names;
}

std::optional<std::filesystem::path> chosen_file(const std::string& given) {
  if (!given.empty()) return given;
  std::error_code ignored;
  if (std::filesystem::exists(default_file, ignored)) return default_file;
  return std::nullopt;
}

/// The first argument that nothing took, with the option that may have been meant.
std::string complaint_about(const CLI::App& app, const std::vector<std::string>& known) {
  const std::vector<std::string> strangers = app.remaining(true);
  if (strangers.empty()) return "";
  const std::string name = strangers.front().substr(0, strangers.front().find('='));
  return "there is no option or command " + name + did_you_mean(name, known);
}

}  // namespace

int exit_code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::config:
    case ErrorKind::auth:
      return exit_code::configuration;
    case ErrorKind::transient:
    case ErrorKind::throttled:
      return exit_code::unavailable;
    case ErrorKind::data:
    case ErrorKind::missing:
    case ErrorKind::conflict:
    case ErrorKind::cancelled:
    case ErrorKind::bug:
      break;
  }
  return exit_code::internal;
}

std::variant<CommandLine, Refusal> parse_command_line(std::span<const std::string> arguments,
                                                      const KeyValues& environment) {
  CLI::App app("Replicates e-commerce stores into PostgreSQL", "sluice");
  app.require_subcommand(1);
  app.fallthrough();  // options may stand behind the command, too

  std::string file;
  KeyValues flags;
  app.add_option("--config", file, std::string("TOML file with settings [") + default_file + " if it exists]")
      ->type_name("FILE");
  std::vector<std::string> known = add_settings(app, flags);
  known.insert(known.end(), {"--config", "--help", "--json"});

  // It has a command line of its own, which main takes when `ctl` stands first; here for the help.
  app.add_subcommand("ctl", "Talk to a running daemon's control API: sluice ctl --help");
  known.emplace_back("ctl");

  CommandLine line;
  CLI::App* config = app.add_subcommand("config", "Look at the settings");
  CLI::App* keys = app.add_subcommand("keys", "The master keys that seal credentials");
  for (CLI::App* group : {config, keys}) group->require_subcommand(1);
  known.insert(known.end(), {"config", "keys", "--give-up"});
  for (const CommandRow& row : commands) {
    CLI::App* parent = row.group == nullptr ? &app : app.get_subcommand(row.group);
    CLI::App* command = parent->add_subcommand(row.name, row.meaning);
    command->callback([&line, chosen = row.command] { line.command = chosen; });
    const bool shows = row.command == Command::config_show || row.command == Command::keys_show;
    if (shows) command->add_flag("--json", line.json, "As JSON");
    if (row.command == Command::keys_rotate) {
      command->footer(keys_rotate_help);
      command->add_flag("--give-up", line.give_up,
                        "Go on without keys that are lost; what cannot be opened must be given again");
    }
    known.emplace_back(row.name);
  }

  try {
    // CLI11 takes arguments from the back.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ExtrasError&) {
    return Refusal{exit_code::usage, complaint_about(app, known)};
  } catch (const CLI::ParseError& error) {
    std::ostringstream text;
    const bool asked_for = app.exit(error, text, text) == 0;
    std::string said = text.str();
    said.erase(said.find_last_not_of('\n') + 1);
    return Refusal{asked_for ? exit_code::ok : exit_code::usage, said};
  }
  if (app.got_subcommand("ctl")) return Refusal{exit_code::usage, "ctl stands first: sluice ctl COMMAND ..."};
  line.config = Config::load(settings, chosen_file(file), environment, flags);
  return line;
}

}  // namespace sluice
