#include "core/log.hpp"
#include "server/commands.hpp"
#include "server/ctl/ctl.hpp"
#include "server/daemon.hpp"
#include "server/shown_secrets.hpp"

#include <unistd.h>

#include <exception>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace sluice;

KeyValues environment_of_process() {
  KeyValues variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

/// Commands that act do so only on settings without a fault.
bool acts(Command command) {
  return command != Command::version && command != Command::config_check && command != Command::config_show;
}

int run(const CommandLine& line) {
  if (const auto prefix = line.config.text("api.secret_env_prefix"); !prefix.empty()) hide_variables(prefix);
  if (acts(line.command)) {
    // Whoever migrates or asks for health need not be able to listen.
    const auto problems = line.command == Command::serve ? all_problems(line.config) : line.config.problems();
    if (!problems.empty()) {
      print_problems(std::cerr, problems);
      return exit_code::configuration;
    }
  }
  return line.command == Command::serve ? serve(line.config) : run_command(line, std::cout, std::cerr);
}

int report(const Error& error) {
  std::cerr << "sluice: " << scrub(error.message()) << " [" << error.code() << "]\n";
  print_problems(std::cerr, error.problems());
  return exit_code_of(error.kind());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    const KeyValues environment = environment_of_process();
    hide_secret_options(std::span(argv + 1, argv + argc));
    hide_variables("SLUICE_");
    if (!arguments.empty() && arguments.front() == "ctl") {
      return ctl::run(std::span(arguments).subspan(1), environment);
    }
    const auto parsed = parse_command_line(arguments, environment);
    if (const auto* refusal = std::get_if<Refusal>(&parsed)) {
      (refusal->code == exit_code::ok ? std::cout : std::cerr) << refusal->text << '\n';
      return refusal->code;
    }
    return run(std::get<CommandLine>(parsed));
  } catch (const Error& error) {
    return report(error);
  } catch (const std::exception&) {
    return report(to_error(std::current_exception()));
  }
}
