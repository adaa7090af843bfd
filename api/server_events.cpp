#include "api/server_events.hpp"

#include <charconv>

namespace sluice::api {
namespace {

std::string in_one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != '\r' && c != '\n' && c != '\0') out += c;
  }
  return out;
}

/// CR LF, CR and LF all end a line.
std::string_view take_line(std::string_view& rest, bool& was_last) {
  const auto end = rest.find_first_of("\r\n");
  const std::string_view line = rest.substr(0, end);
  was_last = end == std::string_view::npos;
  if (was_last) return line;
  rest.remove_prefix(end + (rest.substr(end).starts_with("\r\n") ? 2 : 1));
  return line;
}

}  // namespace

std::string server_event(std::string_view event, std::string_view id, std::string_view data) {
  std::string text;
  if (!id.empty()) text.append("id: ").append(in_one_line(id)).append("\n");
  text.append("event: ").append(in_one_line(event)).append("\n");
  bool was_last = false;
  while (!was_last) text.append("data: ").append(take_line(data, was_last)).append("\n");
  return text.append("\n");
}

std::string server_comment(std::string_view text) { return ": " + in_one_line(text) + "\n\n"; }

std::string server_retry(int milliseconds) { return "retry: " + std::to_string(milliseconds) + "\n\n"; }

std::optional<std::int64_t> position_of(std::string_view text) {
  std::int64_t position = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), position);
  // No id of ours has a sign, not even that of "-0".
  if (error != std::errc{} || end != text.data() + text.size() || text.starts_with('-')) return std::nullopt;
  return position;
}

}  // namespace sluice::api
