#include "tests/integration/storage/statement_strikes.hpp"

#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

namespace sluice {
namespace {

/// Behind what stands at `at` and is no end of a statement: a comment, a quotation, a body between dollars, a
/// character.
std::size_t behind_token(std::string_view script, std::size_t at) {
  const auto behind = [&](std::string_view end, std::size_t from) {
    const std::size_t found = script.find(end, from);
    return found == std::string_view::npos ? script.size() : found + end.size();
  };
  const char c = script[at];
  if (script.substr(at, 2) == "--") return behind("\n", at);
  if (c == '\'' || c == '"') return behind(std::string_view(&c, 1), at + 1);
  if (c == '$') {
    const std::size_t tag = behind("$", at + 1) - at;
    return behind(script.substr(at, tag), at + tag);
  }
  return at + 1;
}

std::string without_comments(std::string_view statement) {
  std::string bare;
  for (std::size_t at = 0; at < statement.size();) {
    const std::size_t end = behind_token(statement, at);
    if (statement.substr(at, 2) != "--") bare.append(statement.substr(at, end - at));
    at = end;
  }
  const std::size_t first = bare.find_first_not_of(" \n\t\r");
  return first == std::string::npos ? std::string() : bare.substr(first);
}

/// The body of a function in standard SQL has statements of its own.
bool is_in_body(std::string_view statement) {
  return statement.find("\nbegin atomic") != std::string_view::npos && !statement.ends_with("\nend");
}

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8U | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

/// The protocol's simple query.
std::string query(const std::string& sql) {
  const std::size_t length = sql.size() + 5;
  std::string message = "Q";
  for (int shift = 24; shift >= 0; shift -= 8)
    message.push_back(static_cast<char>(length >> static_cast<unsigned>(shift)));
  return message + sql + '\0';
}

}  // namespace

std::vector<std::string> statements_of(const std::string& script) {
  std::vector<std::string> found;
  std::size_t begin = 0;
  const auto take = [&](std::size_t end) {
    std::string statement = without_comments(std::string_view(script).substr(begin, end - begin));
    if (!statement.empty()) found.push_back(std::move(statement));
    begin = end + 1;
  };
  for (std::size_t at = 0; at < script.size();) {
    if (script[at] == ';' && !is_in_body(std::string_view(script).substr(begin, at - begin))) take(at);
    at = behind_token(script, at);
  }
  take(script.size());
  return found;
}

struct StatementStrikes::State {
  std::mutex mutex;
  int passed = 0;
  int struck_at = 0;
  Moment moment = Moment::before_the_server_hears;
  std::string struck;
  bool is_down = false;
  bool has_gone_on = false;

  /// What of a client's message goes on, and whether this was the end of it.
  std::optional<Moment> pass(const std::string& message, bool is_first, std::string& on) {
    const std::scoped_lock lock(mutex);
    if (is_down) {
      has_gone_on = has_gone_on || !is_first;
      return Moment::before_the_server_hears;
    }
    const char type = message.front();
    if (type != 'Q' && type != 'P') {
      on += message;
      return std::nullopt;
    }
    // A parse has the statement's name in front, which libpqxx leaves empty, and its parameters behind.
    const std::string text = message.c_str() + (type == 'Q' ? 5 : 6);
    std::string before;
    for (const std::string& statement : statements_of(text)) {
      if (++passed == struck_at) return strike(message, statement, before, on);
      before += statement + ';';
    }
    on += message;
    return std::nullopt;
  }

  std::optional<Moment> strike(const std::string& message, const std::string& statement, const std::string& before,
                               std::string& on) {
    is_down = true;
    struck = statement;
    if (moment == Moment::after_the_server_has_answered) {
      on += message;
      return moment;
    }
    if (before.empty()) return moment;
    on += query(before + "select pg_terminate_backend(pg_backend_pid()); select pg_sleep(60)");
    return std::nullopt;
  }

  /// Makes whole messages of what comes in pieces.
  static CuttingProxy::Ear ear_of(std::shared_ptr<State> state) {
    return [state = std::move(state), waiting = std::string(), is_first = true](std::string& sent) mutable {
      waiting += std::exchange(sent, {});
      std::optional<Moment> cut;
      while (!cut) {
        // The first one says who connects, and has no type.
        const std::size_t type = is_first ? 0 : 1;
        if (waiting.size() < type + 4 || waiting.size() < type + number_at(waiting, type)) break;
        const std::size_t size = type + number_at(waiting, type);
        cut = state->pass(waiting.substr(0, size), is_first, sent);
        waiting.erase(0, size);
        is_first = false;
      }
      return cut;
    };
  }
};

StatementStrikes::StatementStrikes(std::uint16_t server_port) : state_(std::make_shared<State>()), proxy_(server_port) {
  proxy_.listen([state = state_] { return State::ear_of(state); });
}

StatementStrikes::~StatementStrikes() = default;

std::uint16_t StatementStrikes::port() const { return proxy_.port(); }

void StatementStrikes::strike(int n, Moment moment) {
  const std::scoped_lock lock(state_->mutex);
  state_->passed = 0;
  state_->struck_at = n;
  state_->moment = moment;
  state_->struck.clear();
  state_->is_down = false;
}

bool StatementStrikes::has_gone_on() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->has_gone_on;
}

std::string StatementStrikes::struck() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->struck;
}

}  // namespace sluice
