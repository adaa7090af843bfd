#include "server/ctl/outcome.hpp"

#include "core/json.hpp"

namespace sluice::ctl {
namespace {

constexpr ExitMeaning meanings[] = {
    {exit_code::ok, "done"},
    {exit_code::no,
     "the answer is no: not fresh, not ready, or a run or job that was waited for did not succeed, "
     "or a table differs from its source"},
    {exit_code::usage, "the command line is wrong"},
    {exit_code::refused, "refused: a value or the present state does not allow it"},
    {exit_code::not_found, "no such thing, or a file cannot be read"},
    {exit_code::unavailable, "the daemon, the source or the destination does not answer"},
    {exit_code::internal, "an error inside Sluice"},
    {exit_code::try_again, "try again: changed meanwhile, too many requests, or --timeout passed"},
    {exit_code::no_permission, "no valid token, or its scope is too small"},
    {exit_code::configuration, "no way to the daemon can be told from the settings"},
};

struct StatusMeaning {
  int status;
  int code;
};

constexpr StatusMeaning statuses[] = {
    {401, exit_code::no_permission}, {403, exit_code::no_permission}, {404, exit_code::not_found},
    {408, exit_code::try_again},     {410, exit_code::not_found},     {412, exit_code::try_again},
    {429, exit_code::try_again},     {502, exit_code::unavailable},   {503, exit_code::unavailable},
    {504, exit_code::unavailable},
};

std::string text_of(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? quote_outside_text(found->get<std::string>(), 1000) : "";
}

}  // namespace

std::span<const ExitMeaning> exit_meanings() { return meanings; }

int exit_code_of_status(int status) {
  for (const StatusMeaning& row : statuses) {
    if (row.status == status) return row.code;
  }
  if (status >= 200 && status < 300) return exit_code::ok;
  return status >= 400 && status < 500 ? exit_code::refused : exit_code::internal;
}

int exit_code_of_error(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::transient:
      return exit_code::unavailable;
    case ErrorKind::throttled:
      return exit_code::try_again;
    case ErrorKind::auth:
      return exit_code::no_permission;
    case ErrorKind::config:
      return exit_code::configuration;
    case ErrorKind::missing:
      return exit_code::not_found;
    case ErrorKind::data:
      return exit_code::refused;
    case ErrorKind::conflict:
    case ErrorKind::cancelled:
    case ErrorKind::bug:
      break;
  }
  return exit_code::internal;
}

bool is_success(const HttpResponse& response) { return response.status >= 200 && response.status < 300; }

bool is_problem(const HttpResponse& response) {
  return response.headers.find("Content-Type").value_or("").starts_with("application/problem+json");
}

std::string explain(const HttpResponse& response) {
  const std::string status = std::to_string(response.status);
  const Json body = Json::parse(response.body, nullptr, false);
  if (!is_problem(response) || !body.is_object()) {
    return "sluice: " + status + ": " + quote_outside_text(response.body) + '\n';
  }
  std::string text = "sluice: " + text_of(body, "detail") + " [" + status + ' ' + text_of(body, "code") + "]\n";
  const auto errors = body.find("errors");
  if (errors != body.end() && errors->is_array()) {
    for (const Json& error : *errors) {
      if (!error.is_object()) continue;
      text +=
          "  " + text_of(error, "pointer") + ": " + text_of(error, "detail") + " [" + text_of(error, "code") + "]\n";
    }
  }
  const std::string hint = text_of(body, "hint");
  if (!hint.empty() && hint != text_of(body, "detail")) text += "  " + hint + '\n';
  if (const std::string id = text_of(body, "request_id"); !id.empty()) text += "  request " + id + '\n';
  return text;
}

}  // namespace sluice::ctl
