#include "api/call.hpp"

#include "api/cursor.hpp"
#include "api/etag.hpp"
#include "api/problem.hpp"
#include "core/nearest.hpp"
#include "core/time.hpp"
#include "core/utf8.hpp"

#include <algorithm>
#include <charconv>

namespace sluice::api {
namespace {

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  while (start <= text.size()) {
    const auto comma = std::min(text.find(',', start), text.size());
    parts.push_back(text.substr(start, comma - start));
    start = comma + 1;
  }
  return parts;
}

/// The value as the JSON that its shape is about; a text that is no number stays a text and is refused as such.
Json typed(const Shape& shape, const std::string& text) {
  if (shape.form == Form::boolean) {
    if (text == "true" || text.empty()) return true;
    if (text == "false") return false;
  }
  if (shape.form == Form::integer) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc{} && end == text.data() + text.size()) return value;
  }
  return text;
}

void check_value(const Parameter& parameter, const std::string& value) {
  std::vector<Problem> problems;
  if (valid_utf8(value) != value) {
    problems.push_back({"", "bad_characters", "must be UTF-8 without U+0000"});
  } else {
    for (const std::string& item : parameter.is_list ? split(value) : std::vector<std::string>{value}) {
      check(parameter.shape, typed(parameter.shape, item), "", problems);
    }
  }
  if (problems.empty()) return;
  throw refusal("invalid_parameter", "the query parameter " + parameter.name + " " + problems.front().detail);
}

Error no_such(std::string_view name) {
  return {ErrorKind::bug, "api.no_such_name", "the route has no \"" + std::string(name) + "\""};
}

const std::string* find_value(const std::vector<std::pair<std::string, std::string>>& values, std::string_view name) {
  const auto found = std::find_if(values.begin(), values.end(), [&](const auto& item) { return item.first == name; });
  return found == values.end() ? nullptr : &found->second;
}

}  // namespace

void check_query(const Route& route, const Target& target) {
  std::vector<std::string> known;
  for (const Parameter& parameter : route.parameters) known.push_back(parameter.name);
  for (auto item = target.query.begin(); item != target.query.end(); ++item) {
    const auto& [name, value] = *item;
    const auto parameter = std::find_if(route.parameters.begin(), route.parameters.end(),
                                        [&](const auto& each) { return each.name == name; });
    if (parameter == route.parameters.end()) {
      std::string detail =
          "\"" + quote_outside_text(valid_utf8(name), 80) + "\" is no query parameter here" + did_you_mean(name, known);
      throw refusal("unknown_parameter", std::move(detail));
    }
    const bool repeated =
        std::any_of(target.query.begin(), item, [&](const auto& earlier) { return earlier.first == name; });
    if (repeated) throw refusal("invalid_parameter", "the query parameter " + name + " is given twice");
    check_value(*parameter, value);
  }
}

const std::string& Call::path(std::string_view name) const {
  const std::string* value = find_value(path_values, name);
  if (value == nullptr) throw no_such(name);
  return *value;
}

std::optional<std::string> Call::parameter(std::string_view name) const {
  const bool is_known = std::any_of(route->parameters.begin(), route->parameters.end(),
                                    [&](const auto& each) { return each.name == name; });
  if (!is_known) throw no_such(name);
  const std::string* value = find_value(target.query, name);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

std::vector<std::string> Call::list(std::string_view name) const {
  const auto value = parameter(name);
  return value ? split(*value) : std::vector<std::string>{};
}

bool Call::flag(std::string_view name) const {
  const auto value = parameter(name);
  return value && *value != "false";
}

std::optional<Time> Call::time(std::string_view name) const {
  const auto value = parameter(name);
  return value ? parse_iso8601(*value) : std::nullopt;
}

PageRequest Call::page() const {
  PageRequest page;
  if (const auto limit = parameter("limit")) std::from_chars(limit->data(), limit->data() + limit->size(), page.limit);
  if (const auto cursor = parameter("cursor")) {
    page.after = decode_cursor(target.path, *cursor);
    if (!page.after) throw refusal("bad_cursor", "the cursor was not made by this list");
  }
  return page;
}

const Json* Call::member(std::string_view name) const {
  const auto found = body.find(name);
  return found == body.end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::string> Call::text(std::string_view name) const {
  const Json* value = member(name);
  return value == nullptr ? std::nullopt : std::optional(value->get<std::string>());
}

HttpResponse answer(int status, const Json& body) {
  HttpResponse response;
  response.status = status;
  response.headers.set("Content-Type", "application/json");
  response.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return response;
}

HttpResponse list_answer(const Call& call, Json items, const std::optional<std::string>& next) {
  Json body{{"items", std::move(items)}, {"next_cursor", nullptr}};
  if (!next) return answer(200, body);
  const std::string cursor = encode_cursor(call.target.path, *next);
  body["next_cursor"] = cursor;
  std::string link = call.target.path + "?";
  for (const auto& [name, value] : call.target.query) {
    if (name != "cursor") link += percent_encode(name) + "=" + percent_encode(value) + "&";
  }
  HttpResponse response = answer(200, body);
  response.headers.set("Link", "<" + link + "cursor=" + cursor + ">; rel=\"next\"");
  return response;
}

HttpResponse tagged_answer(const Call& call, int status, const Json& body, std::int64_t generation) {
  const auto known = call.request.headers.find("If-None-Match");
  const bool reads = call.request.method == "GET" || call.request.method == "HEAD";
  HttpResponse response;
  if (reads && known && fits_if_none_match(*known, generation)) {
    response.status = 304;
  } else {
    response = answer(status, body);
  }
  response.headers.set("ETag", etag_of(generation));
  response.headers.set("Cache-Control", "private, no-cache");
  return response;
}

}  // namespace sluice::api
