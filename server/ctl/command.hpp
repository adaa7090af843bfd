#pragma once
// The commands of `sluice ctl` as data: what each is called, what it takes, which call of the API it stands for and how
// its answer is shown. Parser, help, completion and requests are all made from these rows.

#include <string>
#include <string_view>
#include <vector>

namespace sluice::ctl {

/// Where a value that was given ends up.
enum class Place { query, body, local };

/// How the text that was typed becomes a value.
enum class Form { text, integer, flag, list, tables };

struct Option {
  std::string name;  // without dashes
  char letter = 0;
  Form form = Form::text;
  std::string value = {};  // what its value is called in the help
  std::string meaning = {};
  Place place = Place::local;
  std::string member = {};  // what the API calls it
  std::vector<std::string> choices = {};
  std::string implies = {};  // another option of the command, which is a flag
  bool is_required = false;
};

/// A word of the command line besides those that the path of the call wants.
struct Argument {
  std::string name;
  Place place = Place::body;
  std::vector<std::string> choices = {};
};

struct Column {
  std::string title;
  std::string pointer;  // into an item of the answer
};

/// What is done besides sending one request.
enum class Flow { call, list, document, log, events, completion };

struct Command {
  std::string group;  // empty: stands alone
  std::string name;
  std::string meaning;
  std::string method = {};
  std::string path = {};  // "{integration}" and the like are arguments, in their order
  std::vector<Argument> arguments = {};
  std::vector<Option> options = {};
  std::vector<Column> columns = {};
  Flow flow = Flow::call;
  bool takes_file = false;       // -f FILE is the body
  bool needs_file = false;       // and must be given
  bool is_guarded = false;       // wants If-Match
  bool starts_work = false;      // the answer is or names a run or a job, which --wait waits for
  bool is_verification = false;  // the job that it leads to says whether a table equals its source
  bool needs_no_token = false;
  bool is_gate = false;  // 503 with an answer is a "no"
};

const std::vector<Command>& commands();
/// For every command, besides its own.
const std::vector<Option>& common_options();

/// "{integration}" -> "integration", in the order of the path.
std::vector<std::string> path_arguments(const Command& command);
/// "integrations sync"
std::string full_name(const Command& command);
const Option* find_option(const Command& command, std::string_view name);
const Option* find_option(const Command& command, char letter);

}  // namespace sluice::ctl
