#include "server/ctl/command_rows.hpp"

namespace sluice::ctl {
namespace {

Option flag(std::string name, std::string meaning) {
  return {.name = std::move(name), .form = Form::flag, .meaning = std::move(meaning)};
}

/// What a row's traits mean for its options.
void add_derived_options(Command& command) {
  auto& options = command.options;
  if (command.takes_file) {
    options.push_back({.name = "file",
                       .letter = 'f',
                       .value = "FILE",
                       .meaning = "JSON; - is standard input. Options here replace what it says",
                       .is_required = command.needs_file});
  }
  if (!command.method.empty() && command.method != "GET") {
    options.push_back(query_flag("dry-run", "check everything and show the plan; nothing is kept"));
  }
  if (command.is_guarded) {
    options.push_back(
        {.name = "if-match", .value = "ETAG", .meaning = "only if it is still that; without it, what is there now"});
  }
  if (command.starts_work) {
    Option wait = flag("wait", "wait for the end, showing progress; exit code 1 when it does not succeed");
    if (find_option(command, "confirm") != nullptr) wait.implies = "confirm";
    options.push_back(std::move(wait));
    options.push_back({.name = "timeout", .value = "TIME", .meaning = "wait no longer than this, such as 30m"});
  }
  if (command.flow == Flow::list || command.flow == Flow::events) {
    options.push_back({.name = "limit", .form = Form::integer, .value = "COUNT", .meaning = "at most so many [50]"});
    options.push_back(flag("all", "every one"));
  }
}

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> all = [] {
    std::vector<Command> rows;
    for (auto part : {setting_up(), living(), watching(), administering()}) {
      rows.insert(rows.end(), part.begin(), part.end());
    }
    for (Command& row : rows) add_derived_options(row);
    return rows;
  }();
  return all;
}

const std::vector<Option>& common_options() {
  static const std::vector<Option> options{
      {.name = "output",
       .letter = 'o',
       .value = "FORM",
       .meaning = "table, or json as the API answers it [table]",
       .choices = {"table", "json"}},
      {.name = "url", .value = "URL", .meaning = "of the daemon: https://host:port, or unix:/path of its socket"},
      {.name = "token-file", .value = "FILE", .meaning = "with the token to use"},
      {.name = "ca-file", .value = "FILE", .meaning = "PEM authorities to trust instead of the system's"},
      {.name = "insecure", .form = Form::flag, .meaning = "send the token even over http:// to another host"},
      {.name = "config", .value = "FILE", .meaning = "the local daemon's settings [/etc/sluice/sluice.toml]"},
      {.name = "quiet", .letter = 'q', .form = Form::flag, .meaning = "no progress"},
      {.name = "help", .letter = 'h', .form = Form::flag, .meaning = "this text"},
  };
  return options;
}

}  // namespace sluice::ctl
