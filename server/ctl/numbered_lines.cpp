#include "server/ctl/numbered_lines.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <ostream>

namespace sluice::ctl {

PrintedLines print_lines(Console& console, std::string_view lines, const std::string& number, bool as_json,
                         std::string (*words)(const Json& line)) {
  PrintedLines printed;
  while (!lines.empty()) {
    const std::string_view text = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), text.size() + 1));
    const Json line = Json::parse(text, nullptr, false);
    if (!line.is_object() || !line.contains(number) || !line.at(number).is_number_integer()) {
      throw Error(ErrorKind::bug, "ctl.bad_answer", "a line of the answer is no JSON object with a " + number);
    }
    printed.last = line.at(number).get<std::int64_t>();
    console.out << (as_json ? std::string(text) : words(line)) << '\n';
    ++printed.count;
  }
  console.out << std::flush;
  return printed;
}

}  // namespace sluice::ctl
