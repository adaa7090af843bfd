#include "api/media.hpp"

#include "core/http.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace sluice::api {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view take(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const auto item = trimmed(rest.substr(0, end));
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return item;
}

double weight_of(std::string_view parameters) {
  while (!parameters.empty()) {
    const auto parameter = take(parameters, ';');
    if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) continue;
    double weight = 1;
    std::from_chars(parameter.data() + 2, parameter.data() + parameter.size(), weight);
    return weight;
  }
  return 1;
}

/// How closely `range` names `type`: 0 not at all, 1 "*/*", 2 "application/*", 3 itself.
int closeness(std::string_view range, std::string_view type) {
  if (equal_ignoring_case(range, type)) return 3;
  if (range == "*/*") return 1;
  return range.ends_with("/*") &&
                 equal_ignoring_case(range.substr(0, range.size() - 1), type.substr(0, type.find('/') + 1))
             ? 2
             : 0;
}

double weight_in(std::string_view accept, std::string_view type) {
  int closest = 0;
  double weight = 0;
  while (!accept.empty()) {
    std::string_view item = take(accept, ',');
    const auto range = take(item, ';');
    const int close = closeness(range, type);
    if (close <= closest) continue;
    closest = close;
    weight = weight_of(item);
  }
  return weight;
}

}  // namespace

std::string_view choose_media(std::string_view accept, std::span<const std::string_view> offered) {
  if (trimmed(accept).empty()) return offered.front();
  std::string_view best;
  double best_weight = 0;
  for (const std::string_view type : offered) {
    const double weight = weight_in(accept, type);
    if (weight <= best_weight) continue;
    best = type;
    best_weight = weight;
  }
  return best;
}

bool is_json_media(std::string_view content_type) {
  const std::string_view type = take(content_type, ';');
  constexpr std::string_view suffix = "+json";
  return equal_ignoring_case(type, "application/json") ||
         (type.size() > suffix.size() && equal_ignoring_case(type.substr(type.size() - suffix.size()), suffix));
}

}  // namespace sluice::api
