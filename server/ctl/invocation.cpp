#include "server/ctl/invocation.hpp"

#include "core/nearest.hpp"
#include "core/setting_value.hpp"
#include "server/ctl/help.hpp"
#include "server/ctl/outcome.hpp"

#include <algorithm>

namespace sluice::ctl {
namespace {

Advice complain(std::string text) { return {exit_code::usage, std::move(text)}; }

bool is_option(std::string_view word) { return word.size() > 1 && word.front() == '-'; }

const Command* find_command(std::string_view group, std::string_view name) {
  const auto found = std::ranges::find_if(
      commands(), [&](const Command& command) { return command.group == group && command.name == name; });
  return found == commands().end() ? nullptr : &*found;
}

bool is_group(std::string_view name) {
  return !name.empty() &&
         std::ranges::any_of(commands(), [&](const Command& command) { return command.group == name; });
}

/// What may stand first, or behind a group.
std::vector<std::string> names_below(std::string_view group) {
  std::vector<std::string> names;
  for (const Command& command : commands()) {
    if (command.group == group) names.push_back(command.name);
    if (group.empty() && !command.group.empty() && std::ranges::find(names, command.group) == names.end()) {
      names.push_back(command.group);
    }
  }
  return names;
}

std::vector<std::string> option_names(const Command& command) {
  std::vector<std::string> names;
  for (const auto* options : {&command.options, &common_options()}) {
    for (const Option& option : *options) names.push_back("--" + option.name);
  }
  return names;
}

/// What is wrong with a value, if anything.
std::string complaint_about(const Option& option, std::string_view text) {
  if (option.form == Form::integer && !parse_integer(text)) return "must be a number";
  if (option.name == "timeout" && !parse_duration(text)) return "must be a time such as 90s, 30m or 1h";
  if (option.choices.empty()) return "";
  for (const std::string& choice : parse_list(text)) {
    if (std::ranges::find(option.choices, choice) != option.choices.end()) continue;
    std::string list;
    for (const std::string& known : option.choices) list += (list.empty() ? "" : ", ") + known;
    return "must be one of " + list + did_you_mean(choice, option.choices);
  }
  return "";
}

class Parser {
 public:
  explicit Parser(std::span<const std::string> words) : words_(words) {}

  std::variant<Invocation, Advice> run() {
    if (auto advice = find_names()) return std::move(*advice);
    for (; next_ < words_.size(); ++next_) {
      if (auto advice = take(words_[next_])) return std::move(*advice);
    }
    if (out_.has("help")) return Advice{exit_code::ok, help_of(*out_.command)};
    if (auto advice = check_arguments()) return std::move(*advice);
    add_implied();
    return std::move(out_);
  }

 private:
  /// Options of all commands may stand before the command; they are kept for when it is known.
  std::optional<Advice> find_names() {
    std::vector<std::string> names;
    std::size_t at = 0;
    while (at < words_.size()) {
      if (!is_option(words_[at])) break;
      if (words_[at] == "--help" || words_[at] == "-h") return Advice{exit_code::ok, help()};
      const bool takes_value = words_[at].find('=') == std::string::npos && words_[at] != "--quiet" &&
                               words_[at] != "-q" && words_[at] != "--insecure";
      for (std::size_t i = 0; i < (takes_value ? 2U : 1U) && at < words_.size(); ++i) leading_.push_back(words_[at++]);
    }
    if (at == words_.size()) return complain("what is to be done? sluice ctl --help lists the commands");
    const std::string first = words_[at++];
    if (!is_group(first)) {
      out_.command = find_command("", first);
      if (out_.command == nullptr) {
        return complain("there is no command " + first + did_you_mean(first, names_below("")));
      }
    } else if (auto advice = find_in_group(first, at)) {
      return advice;
    }
    all_words_ = leading_;
    all_words_.insert(all_words_.end(), words_.begin() + static_cast<std::ptrdiff_t>(at), words_.end());
    words_ = all_words_;
    return std::nullopt;
  }

  std::optional<Advice> find_in_group(const std::string& group, std::size_t& at) {
    const bool has_name = at < words_.size() && !is_option(words_[at]);
    if (at < words_.size() && (words_[at] == "--help" || words_[at] == "-h")) {
      return Advice{exit_code::ok, help_of_group(group)};
    }
    out_.command = has_name ? find_command(group, words_[at]) : nullptr;
    if (out_.command != nullptr) {
      ++at;
      return std::nullopt;
    }
    // `jobs` is `jobs list`, and `tables acme` is `tables list acme`.
    out_.command = find_command(group, "list");
    if (out_.command == nullptr || (has_name && path_arguments(*out_.command).empty())) {
      const std::string name = has_name ? words_[at] : "";
      return complain("there is no command " + group + ' ' + name + did_you_mean(name, names_below(group)));
    }
    return std::nullopt;
  }

  std::optional<Advice> take(const std::string& word) {
    if (only_arguments_ || !is_option(word)) {
      positional_.push_back(word);
      return std::nullopt;
    }
    if (word == "--") {
      only_arguments_ = true;
      return std::nullopt;
    }
    return word.starts_with("--") ? take_long(word) : take_short(word);
  }

  std::optional<Advice> take_long(const std::string& word) {
    const auto equals = word.find('=');
    const std::string name = word.substr(2, equals == std::string::npos ? equals : equals - 2);
    std::optional<std::string> value;
    if (equals != std::string::npos) value = word.substr(equals + 1);
    if (name.find('.') != std::string::npos) {
      if (!value && !take_value(value)) return complain("--" + name + " wants a value");
      out_.settings.emplace_back(name, *value);
      return std::nullopt;
    }
    const Option* option = find_option(*out_.command, name);
    if (option == nullptr) {
      return complain("there is no option --" + name + " for " + full_name(*out_.command) +
                      did_you_mean("--" + name, option_names(*out_.command)));
    }
    return add(*option, std::move(value));
  }

  std::optional<Advice> take_short(const std::string& word) {
    const Option* option = find_option(*out_.command, word[1]);
    if (option == nullptr)
      return complain("there is no option -" + word.substr(1, 1) + " for " + full_name(*out_.command));
    std::optional<std::string> value;
    if (word.size() > 2) value = word.substr(2);
    return add(*option, std::move(value));
  }

  std::optional<Advice> add(const Option& option, std::optional<std::string> value) {
    if (option.form == Form::flag) {
      if (value) return complain("--" + option.name + " takes no value");
      out_.options.emplace_back(&option, "true");
      return std::nullopt;
    }
    if (!value && !take_value(value)) return complain("--" + option.name + " wants a value: " + option.meaning);
    const std::string complaint = complaint_about(option, *value);
    if (!complaint.empty()) return complain("--" + option.name + ' ' + complaint);
    out_.options.emplace_back(&option, std::move(*value));
    return std::nullopt;
  }

  bool take_value(std::optional<std::string>& value) {
    if (next_ + 1 >= words_.size()) return false;
    value = words_[++next_];
    return true;
  }

  std::optional<Advice> check_arguments() {
    const Command& command = *out_.command;
    const auto path = path_arguments(command);
    std::vector<std::string> names = path;
    for (const Argument& argument : command.arguments) names.push_back(argument.name);
    if (positional_.size() < names.size()) {
      return complain(full_name(command) + " wants " + names[positional_.size()] + ": " + usage_of(command));
    }
    if (positional_.size() > names.size()) {
      return complain("too many words: " + positional_[names.size()] + ". Write " + usage_of(command));
    }
    if (std::ranges::any_of(positional_, &std::string::empty)) return complain("a name is empty");
    const auto middle = positional_.begin() + static_cast<std::ptrdiff_t>(path.size());
    out_.path.assign(positional_.begin(), middle);
    out_.arguments.assign(middle, positional_.end());
    for (std::size_t i = 0; i < command.arguments.size(); ++i) {
      const auto& choices = command.arguments[i].choices;
      if (!choices.empty() && std::ranges::find(choices, out_.arguments[i]) == choices.end()) {
        return complain("there is no " + command.arguments[i].name + ' ' + out_.arguments[i] +
                        did_you_mean(out_.arguments[i], choices) + ": " + usage_of(command));
      }
    }
    for (const Option& option : command.options) {
      if (option.is_required && !out_.has(option.name)) {
        return complain(full_name(command) + " wants --" + option.name + ": " + option.meaning);
      }
    }
    return std::nullopt;
  }

  void add_implied() {
    for (const Option& option : out_.command->options) {
      if (option.implies.empty() || !out_.has(option.name) || out_.has(option.implies)) continue;
      out_.options.emplace_back(find_option(*out_.command, option.implies), "true");
    }
  }

  std::span<const std::string> words_;
  std::vector<std::string> leading_;
  std::vector<std::string> all_words_;
  std::vector<std::string> positional_;
  std::size_t next_ = 0;
  bool only_arguments_ = false;
  Invocation out_;
};

}  // namespace

std::optional<std::string> Invocation::option(std::string_view name) const {
  const auto found =
      std::find_if(options.rbegin(), options.rend(), [&](const auto& item) { return item.first->name == name; });
  if (found == options.rend()) return std::nullopt;
  return found->second;
}

std::variant<Invocation, Advice> parse(std::span<const std::string> words) { return Parser(words).run(); }

}  // namespace sluice::ctl
