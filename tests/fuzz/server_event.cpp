// Server-sent events as a browser reads them: one event out for one in, whatever its texts hold; and the Last-Event-ID
// that such a reader comes back with.

#include "api/server_events.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <string>
#include <vector>

namespace sluice {
namespace {

struct Event {
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
    } else {
      promise(line.starts_with("id: ") || line.starts_with(": "), "no line of somebody else's");
    }
  }
  return events;
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

  if (const auto position = api::position_of(text)) promise(*position >= 0, "positions count upwards");
  return 0;
}
