// Server-sent events as a browser reads them: one event out for one in, whatever its texts hold; and the Last-Event-ID
// that such a reader comes back with.

#include "api/server_events.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace sluice {
namespace {

struct Event {
  std::string id;
  std::string name;
  std::string data;
};

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_pair = text.substr(i).starts_with("\r\n");
    if (text[i] == '\r' || text[i] == '\n')
      lines.emplace_back();
    else
      lines.back() += text[i];
    if (is_pair) ++i;
  }
  return lines;
}

std::vector<Event> read(std::string_view stream) {
  std::vector<Event> events;
  Event event;
  bool has_data = false;
  for (const std::string& line : lines_of(stream)) {
    if (line.empty()) {
      if (has_data) events.push_back(event);
      event = {};
      has_data = false;
    } else if (line.starts_with("data: ")) {
      event.data += (has_data ? "\n" : "") + line.substr(6);
      has_data = true;
    } else if (line.starts_with("event: ")) {
      event.name = line.substr(7);
    } else if (line.starts_with("id: ")) {
      event.id = line.substr(4);
    } else {
      promise(line.starts_with(": "), "no line of somebody else's");
    }
  }
  return events;
}

std::string id_of(std::string_view id) { return read(api::server_event("log", id, "x")).at(0).id; }

/// Whoever comes back with a Last-Event-ID goes on where it says, or it says nothing.
void look_at_position(std::string_view text) {
  const auto position = api::position_of(text);
  const bool has_digits_alone = !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  const std::string_view digits = text.substr(std::min(text.find_first_not_of('0'), text.size()));
  const std::string largest = std::to_string(std::numeric_limits<std::int64_t>::max());
  const bool fits = digits.size() < largest.size() || (digits.size() == largest.size() && digits <= largest);
  promise(position.has_value() == (has_digits_alone && fits), "a position is a number that was given out");
  if (!position) return;
  promise(std::to_string(*position) == (digits.empty() ? "0" : digits), "a position is the one that it says");
  promise(id_of(text) == text, "an id comes back as it went");
}

/// Any position that there may be.
void go_there_and_back(std::string_view text) {
  std::uint64_t bits = 0;
  for (const char c : text.substr(0, 8)) bits = bits << 8U | static_cast<unsigned char>(c);
  const auto position = static_cast<std::int64_t>(bits >> 1U);
  promise(api::position_of(id_of(std::to_string(position))) == position, "a reader comes back to where it was");
}

}  // namespace
}  // namespace sluice

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  const std::string_view text = text_of(data, size);
  const auto events = read(api::server_event("log", text, text) + api::server_comment(text));
  promise(events.size() == 1 && events.front().name == "log", "one event, under its name");
  std::string expected;
  for (const std::string& line : lines_of(text)) expected += line + "\n";
  promise(events.front().data + "\n" == expected, "its data, line by line");
  promise(read(api::server_event(text, "", "x")).size() == 1, "a name starts no other event");

  look_at_position(text);
  go_there_and_back(text);
  return 0;
}
