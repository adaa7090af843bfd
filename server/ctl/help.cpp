#include "server/ctl/help.hpp"

#include "server/ctl/outcome.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace sluice::ctl {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

std::string columns(const Rows& rows) {
  std::size_t width = 0;
  for (const auto& [left, right] : rows) width = std::max(width, left.size());
  std::string text;
  for (const auto& [left, right] : rows) {
    text += "  " + left + std::string(width - left.size() + 2, ' ') + right + '\n';
  }
  return text;
}

std::string in_capitals(std::string name) {
  for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

std::string words_of(const Command& command) {
  std::string text;
  for (const std::string& name : path_arguments(command)) text += ' ' + in_capitals(name);
  for (const Argument& argument : command.arguments) text += ' ' + in_capitals(argument.name);
  return text;
}

std::string spelling_of(const Option& option) {
  std::string text = option.letter == 0 ? "    --" : std::string("-") + option.letter + ", --";
  text += option.name;
  if (!option.value.empty()) text += ' ' + option.value;
  return text;
}

std::string meaning_of(const Option& option) {
  std::string text = option.meaning;
  if (option.choices.empty()) return text;
  std::string list;
  for (const std::string& choice : option.choices) list += (list.empty() ? "" : ", ") + choice;
  return text + " (" + list + ")";
}

std::string options_text(const char* title, const std::vector<Option>& options) {
  if (options.empty()) return "";
  Rows rows;
  for (const Option& option : options) rows.emplace_back(spelling_of(option), meaning_of(option));
  return "\n" + std::string(title) + ":\n" + columns(rows);
}

std::string commands_text(const std::string& group, bool everything) {
  Rows rows;
  for (const Command& command : commands()) {
    if (everything || command.group == group)
      rows.emplace_back(full_name(command) + words_of(command), command.meaning);
  }
  return columns(rows);
}

std::string exit_text() {
  Rows rows;
  for (const ExitMeaning& row : exit_meanings()) rows.emplace_back(std::to_string(row.code), row.meaning);
  return "\nExit codes:\n" + columns(rows);
}

constexpr const char* connection_text =
    "\nThe daemon is found by --url or SLUICE_CTL_URL, the token by --token-file or SLUICE_CTL_TOKEN_FILE. Without "
    "them\n"
    "both come from the local daemon's settings: its socket, address file or port, and admin.token in its data\n"
    "directory; those can be given as for sluice serve, such as --data.directory DIR.\n";

}  // namespace

std::string usage_of(const Command& command) {
  return "sluice ctl " + full_name(command) + words_of(command) + (command.options.empty() ? "" : " [OPTIONS]");
}

std::string help() {
  return "Talks to a running daemon's control API.\n\nUsage: sluice ctl COMMAND ... [OPTIONS]\n\nCommands:\n" +
         commands_text("", true) + options_text("Options of every command", common_options()) + connection_text +
         exit_text() + "\nsluice ctl COMMAND --help tells a command's options.";
}

std::string help_of_group(const std::string& group) {
  return "Commands:\n" + commands_text(group, false) + "\nsluice ctl " + group + " COMMAND --help tells the options.";
}

std::string help_of(const Command& command) {
  std::string text = command.meaning + "\n\nUsage: " + usage_of(command) + '\n' +
                     options_text("Options", command.options) +
                     options_text("Options of every command", common_options());
  text.pop_back();
  return text;
}

}  // namespace sluice::ctl
