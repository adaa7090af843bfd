#include "server/ctl/ctl.hpp"

#include "core/setting_value.hpp"
#include "core/text_file.hpp"
#include "server/ctl/change_reader.hpp"
#include "server/ctl/completion.hpp"
#include "server/ctl/log_reader.hpp"
#include "server/ctl/outcome.hpp"
#include "server/ctl/render.hpp"
#include "server/ctl/request.hpp"
#include "server/ctl/verification.hpp"
#include "server/ctl/waiting.hpp"

#include <unistd.h>

#include <iostream>
#include <iterator>
#include <thread>

namespace sluice::ctl {
namespace {

constexpr std::int64_t page_size = 500;
constexpr std::int64_t usual_count = 50;

std::optional<std::string> text_of_file(const Invocation& invocation, Console& console) {
  const auto name = invocation.option("file");
  if (!name) return std::nullopt;
  if (*name == "-") return std::string{std::istreambuf_iterator<char>(console.in), {}};
  auto text = read_text_file(*name);
  if (!text) throw Error(ErrorKind::missing, "ctl.no_file", "cannot read " + *name);
  return text;
}

class Performance {
 public:
  Performance(const Invocation& invocation, ApiClient& api, Console& console)
      : invocation_(invocation), command_(*invocation.command), api_(api), console_(console) {}

  int run() {
    switch (command_.flow) {
      case Flow::list:
        return list();
      case Flow::events:
        return invocation_.has("follow") ? conclude(print_changes(api_, console_, invocation_)) : list();
      case Flow::log:
        return conclude(print_log(api_, console_, invocation_));
      case Flow::call:
      case Flow::document:
      case Flow::completion:  // calls nothing
        break;
    }
    return call();
  }

 private:
  bool as_json() const { return invocation_.option("output") == "json"; }
  bool is_no(const HttpResponse& response) const {
    return command_.is_gate && response.status == 503 && !is_problem(response);
  }

  /// Says what is wrong, if anything, and returns the exit code.
  int conclude(const HttpResponse& response) {
    if (is_no(response)) return exit_code::no;
    if (!is_success(response)) console_.err << explain(response);
    return exit_code_of_status(response.status);
  }

  int call() {
    HttpRequest request = request_of(invocation_, text_of_file(invocation_, console_));
    if (command_.is_guarded) {
      const auto etag = etag_to_match(request);
      if (!etag) return failed_;
      request.headers.set("If-Match", *etag);
    }
    const HttpResponse response = api_.send(std::move(request));
    if (invocation_.has("wait") && is_success(response)) return wait_for(response);
    if (is_success(response) || is_no(response)) print(response);
    return conclude(response);
  }

  /// The one given, or that of the object as it stands. nullopt: it cannot be read, which has been said.
  std::optional<std::string> etag_to_match(const HttpRequest& request) {
    if (auto given = invocation_.option("if-match")) return given;
    const HttpResponse now = api_.get(request.target.substr(0, request.target.find('?')));
    if (!is_success(now)) {
      failed_ = conclude(now);
      return std::nullopt;
    }
    return std::string(now.headers.find("ETag").value_or("*"));
  }

  int wait_for(const HttpResponse& response) {
    const auto id = work_in(Json::parse(response.body, nullptr, false));
    if (!id) {
      print(response);
      console_.err << "sluice: no run came of it, so there is nothing to wait for\n";
      return conclude(response);
    }
    std::optional<Duration> limit;
    if (const auto text = invocation_.option("timeout")) limit = parse_duration(*text);
    const bool is_quiet = invocation_.has("quiet");
    const Json answer = Json::parse(response.body, nullptr, false);
    const Ending ending = command_.is_verification
                              ? wait_for_verification(api_, console_, is_quiet, answer, invocation_.path.at(0),
                                                      invocation_.path.at(1), limit)
                              : Waiting(api_, console_, is_quiet).wait(*id, limit);
    if (!is_success(ending.last)) return conclude(ending.last);
    print(ending.last);
    if (!ending.has_ended) {
      console_.err << "sluice: " << *id << " has not ended within " << *invocation_.option("timeout") << '\n';
      return exit_code::try_again;
    }
    const Json work = Json::parse(ending.last.body, nullptr, false);
    const bool is_well = has_succeeded(work) && (!command_.is_verification || is_equal(work));
    return is_well ? exit_code::ok : exit_code::no;
  }

  void print(const HttpResponse& response) {
    if (response.body.empty()) return;
    Json answer = Json::parse(response.body, nullptr, false);
    if (as_json() || answer.is_discarded()) {
      console_.out << response.body << '\n';
    } else if (command_.flow == Flow::document) {
      console_.out << answer.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
    } else {
      const auto etag = response.headers.find("ETag");
      if (etag && command_.method == "GET" && answer.is_object()) answer["etag"] = std::string(*etag);
      console_.out << text_of(answer, command_.columns);
    }
  }

  /// Pages until there are enough.
  int list() {
    const bool wants_all = invocation_.has("all");
    std::int64_t rest = parse_integer(invocation_.option("limit").value_or("")).value_or(usual_count);
    const std::string target = request_of(invocation_, std::nullopt).target;
    Json all;
    std::string cursor;
    do {
      const auto count = wants_all ? page_size : std::min(rest, page_size);
      std::string page_target = with_parameter(target, "limit", std::to_string(count));
      if (!cursor.empty()) page_target = with_parameter(page_target, "cursor", cursor);
      const HttpResponse response = api_.get(page_target);
      if (!is_success(response)) return conclude(response);
      Json page = Json::parse(response.body, nullptr, false);
      if (!page.is_object() || !page.contains("items") || !page.at("items").is_array()) {
        throw Error(ErrorKind::bug, "ctl.bad_answer", "the daemon's answer is no list");
      }
      cursor = page.value("next_cursor", Json()).is_string() ? page.at("next_cursor").get<std::string>() : "";
      rest -= static_cast<std::int64_t>(page.at("items").size());
      if (all.is_null()) {
        all = std::move(page);
      } else {
        for (Json& item : page.at("items")) all["items"].push_back(std::move(item));
        all["next_cursor"] = page.at("next_cursor");
      }
    } while (!cursor.empty() && (wants_all || rest > 0));
    if (as_json()) {
      console_.out << all.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
    } else {
      console_.out << text_of(all, command_.columns);
      if (!cursor.empty()) console_.err << "there are more: --limit COUNT or --all\n";
    }
    return exit_code::ok;
  }

  const Invocation& invocation_;
  const Command& command_;
  ApiClient& api_;
  Console& console_;
  int failed_ = exit_code::internal;
};

int report(const Error& error) {
  std::cerr << "sluice: " << quote_outside_text(error.message(), 1000) << " [" << error.code() << "]\n";
  return exit_code_of_error(error.kind());
}

int run_command(const Invocation& invocation, const KeyValues& environment) {
  Console console{std::cin,
                  std::cout,
                  std::cerr,
                  ::isatty(STDERR_FILENO) == 1,
                  [](Duration pause) { std::this_thread::sleep_for(pause); },
                  [] { return std::chrono::steady_clock::now(); }};
  if (invocation.command->flow == Flow::completion) {
    console.out << completion_for(invocation.arguments.at(0));
    return exit_code::ok;
  }
  const Connection connection = find_connection(invocation, environment);
  if (connection.token.empty() && !invocation.command->needs_no_token) {
    throw Error(ErrorKind::auth, "ctl.no_token",
                "no token: give --token-file or SLUICE_CTL_TOKEN_FILE" +
                    (connection.token_place.empty() ? "" : "; " + connection.token_place + " cannot be read"));
  }
  const auto api = make_api_client(connection);
  const int code = carry_out(invocation, *api, console);
  console.out.flush();
  return console.out ? code : exit_code::internal;
}

}  // namespace

int carry_out(const Invocation& invocation, ApiClient& api, Console& console) {
  return Performance(invocation, api, console).run();
}

int run(std::span<const std::string> words, const KeyValues& environment) {
  try {
    const auto parsed = parse(words);
    if (const auto* advice = std::get_if<Advice>(&parsed)) {
      (advice->code == exit_code::ok ? std::cout : std::cerr << "sluice: ") << advice->text << '\n';
      return advice->code;
    }
    return run_command(std::get<Invocation>(parsed), environment);
  } catch (const Error& error) {
    return report(error);
  } catch (const std::exception&) {
    return report(to_error(std::current_exception()));
  }
}

}  // namespace sluice::ctl
