#include "server/ctl/completion.hpp"

#include "server/ctl/command.hpp"

#include <algorithm>
#include <vector>

namespace sluice::ctl {
namespace {

constexpr std::string_view other_commands[] = {"serve", "migrate", "health", "config", "version", "ctl"};

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::vector<std::string> groups() {
  std::vector<std::string> names;
  for (const Command& command : commands()) {
    if (!command.group.empty() && std::ranges::find(names, command.group) == names.end())
      names.push_back(command.group);
  }
  return names;
}

std::vector<std::string> first_words() {
  std::vector<std::string> words = groups();
  for (const Command& command : commands()) {
    if (command.group.empty()) words.push_back(command.name);
  }
  return words;
}

std::vector<std::string> names_in(const std::string& group) {
  std::vector<std::string> words;
  for (const Command& command : commands()) {
    if (command.group == group) words.push_back(command.name);
  }
  return words;
}

std::vector<std::string> words_of(const Command& command) {
  std::vector<std::string> words;
  for (const Argument& argument : command.arguments) {
    words.insert(words.end(), argument.choices.begin(), argument.choices.end());
  }
  for (const auto* options : {&command.options, &common_options()}) {
    for (const Option& option : *options) words.push_back("--" + option.name);
  }
  return words;
}

bool is_file(const Option& option) { return option.value == "FILE"; }

/// How a shell offers a list of words.
using Offer = std::string (*)(const std::string& words);

/// Branches of a shell's `case` for the words behind an option, such as "jobs list --state".
std::string value_cases(Offer offer, std::string_view offer_files) {
  std::string text;
  const auto add = [&](const std::string& place, const Option& option) {
    if (option.form == Form::flag) return;
    const std::string pattern = "    " + place + "--" + option.name + "\"" +
                                (option.letter == 0 ? "" : "|" + place + "-" + option.letter + "\"") + ") ";
    text += pattern;
    text += is_file(option) ? std::string(offer_files) : option.choices.empty() ? ":" : offer(joined(option.choices));
    text += "; return ;;\n";
  };
  for (const Command& command : commands()) {
    for (const Option& option : command.options) add("\"" + full_name(command) + " ", option);
  }
  for (const Option& option : common_options()) add("*\" ", option);
  return text;
}

std::string place_cases() {
  std::string text = "    \"\") choices=\"" + joined(first_words()) + "\" ;;\n";
  for (const std::string& group : groups())
    text += "    \"" + group + "\") choices=\"" + joined(names_in(group)) + "\" ;;\n";
  for (const Command& command : commands()) {
    text += "    \"" + full_name(command) + "\") choices=\"" + joined(words_of(command)) + "\" ;;\n";
  }
  return text;
}

std::string other_words() {
  std::vector<std::string> words(std::begin(other_commands), std::end(other_commands));
  return joined(words);
}

/// `place` becomes the command so far: its group and its name, whatever options stand between.
std::string find_place() {
  return "  local place=\"\" word\n"
         "  for word in \"${before[@]}\"; do\n"
         "    case \"$word\" in -*) continue ;; esac\n"
         "    case \" " +
         joined(groups()) +
         " \" in *\" $place \"*) place=\"$place $word\"; break ;; esac\n"
         "    [ -n \"$place\" ] && break\n"
         "    place=\"$word\"\n"
         "    case \" " +
         joined(groups()) +
         " \" in *\" $place \"*) ;; *) break ;; esac\n"
         "  done\n";
}

std::string offer_in_bash(const std::string& words) {
  return "COMPREPLY=($(compgen -W \"" + words + "\" -- \"$current\"))";
}

std::string offer_in_zsh(const std::string& words) { return "compadd -- " + words; }

std::string bash() {
  return "# bash completion of sluice: source <(sluice ctl completion bash)\n"
         "_sluice() {\n"
         "  local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\" choices=\"\"\n"
         "  COMPREPLY=()\n"
         "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
         "    COMPREPLY=($(compgen -W \"" +
         other_words() +
         "\" -- \"$current\")); return\n"
         "  fi\n"
         "  [ \"${COMP_WORDS[1]}\" = ctl ] || return\n"
         "  local before=(\"${COMP_WORDS[@]:2:COMP_CWORD-2}\")\n" +
         find_place() + "  case \"$place $previous\" in\n" +
         value_cases(offer_in_bash, "COMPREPLY=($(compgen -f -- \"$current\"))") +
         "  esac\n"
         "  case \"$place\" in\n" +
         place_cases() +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$choices\" -- \"$current\"))\n"
         "}\n"
         "complete -F _sluice sluice\n";
}

std::string zsh() {
  return "#compdef sluice\n"
         "# zsh completion of sluice: source <(sluice ctl completion zsh)\n"
         "_sluice() {\n"
         "  setopt local_options sh_word_split ksh_arrays\n"
         "  local at=$((CURRENT - 1)) words_given\n"
         "  words_given=(\"${words[@]}\")\n"
         "  local previous=\"${words_given[at-1]}\" choices=\"\"\n"
         "  if [ \"$at\" -eq 1 ]; then compadd -- " +
         other_words() +
         "; return; fi\n"
         "  [ \"${words_given[1]}\" = ctl ] || return\n"
         "  local before; before=(\"${words_given[@]:2:$((at - 2))}\")\n" +
         find_place() + "  case \"$place $previous\" in\n" + value_cases(offer_in_zsh, "_files") +
         "  esac\n"
         "  case \"$place\" in\n" +
         place_cases() +
         "  esac\n"
         "  compadd -- $choices\n"
         "}\n"
         "compdef _sluice sluice\n";
}

std::string quoted(std::string text) {
  for (std::size_t at = text.find('\''); at != std::string::npos; at = text.find('\'', at + 2))
    text.replace(at, 1, "\\'");
  return "'" + text + "'";
}

std::string fish_option(const std::string& condition, const Option& option) {
  std::string text = "complete -c sluice -n " + quoted(condition) + " -l " + option.name;
  if (option.letter != 0) text += std::string(" -s ") + option.letter;
  if (option.form != Form::flag) text += is_file(option) ? " -r -F" : " -x";
  if (!option.choices.empty()) text += " -a " + quoted(joined(option.choices));
  return text + " -d " + quoted(option.meaning) + "\n";
}

std::string fish() {
  std::string text =
      "# fish completion of sluice: sluice ctl completion fish | source\n"
      "function __sluice_at\n"
      "  set -l words (commandline -opc | string match -v -- '-*')\n"
      "  test (count $argv) -eq 0; and test (count $words) -eq 2; and test $words[2] = ctl; and return 0\n"
      "  test (count $argv) -gt 0; or return 1\n"
      "  test (count $words) -ge (math 2 + (count $argv)); or return 1\n"
      "  set -l last (math 2 + (count $argv))\n"
      "  test \"$words[2..$last]\" = \"ctl $argv\"\n"
      "end\n"
      "function __sluice_exactly\n"
      "  __sluice_at $argv; and test (count (commandline -opc | string match -v -- '-*')) -eq (math 2 + (count "
      "$argv))\n"
      "end\n"
      "complete -c sluice -f\n"
      "complete -c sluice -n __fish_use_subcommand -a " +
      quoted(other_words()) + "\n";
  for (const std::string& group : groups()) text += "complete -c sluice -n __sluice_at -a " + group + "\n";
  for (const Command& command : commands()) {
    const std::string place = command.group.empty() ? "__sluice_at" : "__sluice_exactly " + command.group;
    text += "complete -c sluice -n " + quoted(place) + " -a " + command.name + " -d " + quoted(command.meaning) + "\n";
    for (const Option& option : command.options) text += fish_option("__sluice_at " + full_name(command), option);
    for (const Argument& argument : command.arguments) {
      if (argument.choices.empty()) continue;
      text += "complete -c sluice -n " + quoted("__sluice_exactly " + full_name(command)) + " -a " +
              quoted(joined(argument.choices)) + "\n";
    }
  }
  for (const Option& option : common_options()) text += fish_option("__fish_seen_subcommand_from ctl", option);
  return text;
}

}  // namespace

std::string completion_for(std::string_view shell) {
  if (shell == "bash") return bash();
  return shell == "zsh" ? zsh() : fish();
}

}  // namespace sluice::ctl
