#include "connectors/rest/verdict.hpp"

#include "core/json.hpp"
#include "core/time.hpp"
#include "core/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

namespace sluice {
namespace {

/// Larger bodies are no error messages.
constexpr std::size_t readable_body = 64 * 1024;
constexpr Duration longest_wait{std::chrono::hours(1)};

struct Rule {
  int first;
  int last;
  Action action;
  ErrorKind kind;
  std::string_view code;
  std::string_view meaning;  // when the body says nothing
};

// The first row that fits.
constexpr Rule rules[] = {
    {204, 204, Action::end, ErrorKind::transient, "", ""},
    {200, 299, Action::use, ErrorKind::transient, "", ""},
    // A proxy's page for the moment, as a rule. One that stays is for a person to mend.
    {300, 399, Action::retry, ErrorKind::config, "source.redirected",
     "the source redirects to another address; redirects are not followed"},
    {401, 401, Action::fail, ErrorKind::auth, "source.auth_failed", "the source refuses the access token"},
    {403, 403, Action::fail, ErrorKind::config, "source.scope_missing",
     "the access token lacks a scope, or the plan does not allow this"},
    {404, 404, Action::fail, ErrorKind::missing, "source.not_found", "the source does not know this resource"},
    {408, 408, Action::retry, ErrorKind::transient, "source.timeout", "the source gave up waiting for the request"},
    {409, 409, Action::retry, ErrorKind::transient, "source.conflict",
     "the source is busy with a change of this resource"},
    {410, 410, Action::fail, ErrorKind::missing, "source.not_found", "this resource is gone"},
    {423, 423, Action::retry, ErrorKind::transient, "source.locked", "the resource is locked"},
    {425, 425, Action::retry, ErrorKind::transient, "source.unavailable", "the source is not ready for this request"},
    {429, 429, Action::wait, ErrorKind::throttled, "source.throttled", "the source's request quota is used up"},
    {499, 499, Action::retry, ErrorKind::transient, "source.unavailable", "the source saw the connection close"},
    {400, 499, Action::fail, ErrorKind::bug, "source.request_refused", "the source refuses this request"},
    {501, 501, Action::fail, ErrorKind::config, "source.not_supported", "the source does not support this request"},
    {503, 503, Action::retry, ErrorKind::transient, "source.unavailable",
     "the store is down for maintenance or suspended"},
    {505, 505, Action::fail, ErrorKind::config, "source.not_supported",
     "the source does not support this protocol version"},
    {507, 507, Action::fail, ErrorKind::config, "source.plan_limit", "the store's plan does not allow this"},
    {500, 599, Action::retry, ErrorKind::transient, "source.server_error", "the source failed"},
};

constexpr Rule strange_status{
    0, 0, Action::retry, ErrorKind::transient, "source.bad_status", "the answer has no known status"};

const Rule& rule_for(int status) {
  const auto* const found =
      std::ranges::find_if(rules, [status](const Rule& rule) { return rule.first <= status && status <= rule.last; });
  return found == std::end(rules) ? strange_status : *found;
}

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : std::string{}; }

std::string member(const Json& object, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto found = object.find(name);
    if (found == object.end()) continue;
    if (auto text = text_of(*found); !text.empty()) return text;
  }
  return {};
}

/// "field: text; field: text" of V3's errors, which may be a map or an array.
std::string list_errors(const Json& errors) {
  std::string out;
  if (!errors.is_structured()) return text_of(errors);
  for (const auto& [name, value] : errors.items()) {
    const std::string text = value.is_object() ? member(value, {"message", "title", "detail"}) : text_of(value);
    if (text.empty()) continue;
    if (!out.empty()) out += "; ";
    if (errors.is_object()) out += name + ": ";
    out += text;
  }
  return out;
}

std::string message_of(const Json& document) {
  // V2 wraps its one error in an array; whoever nests deeper has nothing to say.
  if (document.is_array())
    return document.empty() || document.front().is_array() ? std::string{} : message_of(document.front());
  if (!document.is_object()) return text_of(document);
  std::string out = member(document, {"title", "message", "error_description", "error", "detail"});
  const auto errors = document.find("errors");
  const std::string list = errors == document.end() ? std::string{} : list_errors(*errors);
  if (list.empty()) return out;
  return out.empty() ? list : out + " (" + list + ")";
}

std::string without_tags(std::string_view html) {
  std::string out;
  bool in_tag = false;
  for (const char c : html) {
    if (c == '<') in_tag = true;
    if (!in_tag) {
      const bool is_space = c == ' ' || c == '\n' || c == '\r' || c == '\t';
      if (!is_space)
        out.push_back(c);
      else if (!out.empty() && out.back() != ' ')
        out.push_back(' ');
    }
    if (c == '>') in_tag = false;
  }
  return out;
}

std::string html_message(std::string_view html) {
  const auto title = html.find("<title>");
  const auto end = html.find("</title>");
  if (title != std::string_view::npos && end != std::string_view::npos && title < end) {
    return std::string(html.substr(title + 7, end - title - 7));
  }
  return without_tags(html);
}

std::string describe(std::string_view body) {
  body = body.substr(0, readable_body);
  const auto start = body.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return {};
  body.remove_prefix(start);
  std::string message;
  if (body.front() == '{' || body.front() == '[' || body.front() == '"') {
    const Json document = Json::parse(body, nullptr, false);
    message = document.is_discarded() ? std::string(body) : message_of(document);
  } else {
    message = body.front() == '<' ? html_message(body) : std::string(body);
  }
  return quote_outside_text(valid_utf8(message));
}

bool is_json(const HttpResponse& response) {
  const auto type = response.headers.find("Content-Type");
  if (!type) return true;
  const auto end = std::min(type->find(';'), type->size());
  const std::string_view essence = type->substr(0, end);
  constexpr std::string_view json = "json";
  return std::ranges::search(essence, json, [](char a, char b) { return (a | 0x20) == b; }).begin() != essence.end();
}

std::optional<Duration> number_of(const Headers& headers, std::string_view name, Duration unit) {
  const auto text = headers.find(name);
  if (!text) return std::nullopt;
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), count);
  if (error != std::errc{} || end != text->data() + text->size() || count < 0) return std::nullopt;
  return count > longest_wait / unit ? longest_wait : count * unit;
}

/// Retry-After as a date counts from the answer's own Date, so that our clock does not matter.
std::optional<Duration> date_wait(const Headers& headers) {
  const auto then = headers.find("Retry-After");
  const auto now = headers.find("Date");
  if (!then || !now) return std::nullopt;
  const auto end = parse_rfc2822(*then);
  const auto start = parse_rfc2822(*now);
  if (!end || !start) return std::nullopt;
  return std::clamp(std::chrono::duration_cast<Duration>(*end - *start), Duration::zero(), longest_wait);
}

/// The longest of what the headers say.
std::optional<Duration> told_wait(const Headers& headers) {
  constexpr Duration second{1'000};
  std::optional<Duration> longest;
  for (const auto& told : {number_of(headers, "X-Retry-After", second), number_of(headers, "Retry-After", second),
                           date_wait(headers), number_of(headers, "X-Rate-Limit-Time-Reset-Ms", Duration(1))}) {
    if (told && (!longest || *told > *longest)) longest = told;
  }
  return longest;
}

}  // namespace

Verdict judge(const HttpResponse& response) {
  const Rule& rule = rule_for(response.status);
  Verdict verdict{rule.action, rule.kind, std::string(rule.code), {}, std::nullopt};
  if (rule.action == Action::end) return verdict;
  if (rule.action == Action::use) {
    if (is_json(response)) return verdict;
    verdict.action = Action::retry;
    verdict.code = "source.not_json";
  }
  if (rule.action == Action::wait) verdict.wait = told_wait(response.headers);
  verdict.detail = describe(response.body);
  if (verdict.detail.empty()) verdict.detail = rule.meaning.empty() ? "the answer is no JSON" : rule.meaning;
  return verdict;
}

}  // namespace sluice
