#pragma once
// Lines of NDJSON as the API gives them page by page, each with the number that the next page begins behind.

#include "core/json.hpp"
#include "server/ctl/console.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::ctl {

struct PrintedLines {
  std::int64_t count = 0;
  std::optional<std::int64_t> last;  // the number of the last one
};

/// One line each: as it came, or as `words` puts it. `number` is the member with the number. Throws Error{bug,
/// "ctl.bad_answer"} when a line is not like that.
PrintedLines print_lines(Console& console, std::string_view lines, const std::string& number, bool as_json,
                         std::string (*words)(const Json& line));

}  // namespace sluice::ctl
