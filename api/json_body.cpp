#include "api/json_body.hpp"

#include "api/problem.hpp"

#include <algorithm>
#include <string>

namespace sluice::api {
namespace {

std::string place_of(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte > 0 ? byte - 1 : 0, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto start = before.rfind('\n');
  const auto column = start == std::string_view::npos ? before.size() + 1 : before.size() - start;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

}  // namespace

Json parse_body(std::string_view text) {
  if (text.size() > body_limit) throw refusal("body_too_large", "the body has more than 1 MiB");
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return Json::object();
  const auto within_depth = [](int depth, Json::parse_event_t event, Json&) {
    const bool opens = event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
    if (opens && depth >= depth_limit) throw refusal("bad_json", "the body is nested deeper than 32 levels");
    return true;
  };
  try {
    Json body = Json::parse(text, within_depth);
    if (!body.is_object()) throw refusal("bad_json", "the body must be a JSON object");
    return body;
  } catch (const Json::parse_error& error) {
    throw refusal("bad_json", "the body stops being JSON at " + place_of(text, error.byte));
  } catch (const Json::exception&) {
    throw refusal("bad_json", "the body holds a number that does not fit");
  }
}

}  // namespace sluice::api
