#include "server/ctl/request.hpp"

#include "core/error.hpp"
#include "core/setting_value.hpp"

namespace sluice::ctl {
namespace {

Json selection_of(const std::string& text) {
  if (text == "*" || text == "recommended") return text;
  Json tables = Json::array();
  for (const std::string& name : parse_list(text)) tables.push_back({{"name", name}});
  return tables;
}

Json value_of(const Option& option, const std::string& text) {
  switch (option.form) {
    case Form::integer:
      return parse_integer(text).value_or(0);
    case Form::flag:
      return true;
    case Form::list:
      return parse_list(text);
    case Form::tables:
      return selection_of(text);
    case Form::text:
      break;
  }
  return text;
}

Json body_in(const std::optional<std::string>& file) {
  if (!file) return Json::object();
  Json body = Json::parse(*file, nullptr, false);
  if (!body.is_object()) throw Error(ErrorKind::data, "ctl.bad_file", "the file must hold one JSON object");
  return body;
}

Json body_of(const Invocation& invocation, const std::optional<std::string>& file) {
  Json body = body_in(file);
  const Command& command = *invocation.command;
  for (std::size_t i = 0; i < command.arguments.size(); ++i) {
    if (command.arguments[i].place == Place::body) body[command.arguments[i].name] = invocation.arguments[i];
  }
  for (const auto& [option, text] : invocation.options) {
    if (option->place == Place::body) body[option->member] = value_of(*option, text);
  }
  return body;
}

}  // namespace

std::string path_of(const Invocation& invocation) {
  const std::string& pattern = invocation.command->path;
  std::string path;
  std::size_t at = 0;
  for (const std::string& word : invocation.path) {
    const auto open = pattern.find('{', at);
    path += pattern.substr(at, open - at) + percent_encode(word);
    at = pattern.find('}', open) + 1;
  }
  return path + pattern.substr(at);
}

std::string with_parameter(std::string target, std::string_view name, std::string_view value) {
  target += target.find('?') == std::string::npos ? '?' : '&';
  return target.append(name).append("=").append(percent_encode(value));
}

HttpRequest request_of(const Invocation& invocation, const std::optional<std::string>& file) {
  HttpRequest request;
  request.method = invocation.command->method;
  request.target = path_of(invocation);
  for (const auto& [option, text] : invocation.options) {
    if (option->place == Place::query) request.target = with_parameter(request.target, option->member, text);
  }
  if (request.method == "GET") return request;
  const Json body = body_of(invocation, file);
  if (request.method == "DELETE" && body.empty()) return request;
  request.headers.set("Content-Type", "application/json");
  request.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return request;
}

}  // namespace sluice::ctl
