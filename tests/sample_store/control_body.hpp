#pragma once
// Reading the body of a command, with errors that name the member at fault.

#include "core/json.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::sample_store {

[[noreturn]] void refuse(std::string_view member, std::string detail);
std::int64_t count_of(const Json& body, std::string_view member, std::int64_t least);
/// The "table" of a command; rendered and described ones are known.
std::string table_of(const Json& body);
std::vector<std::string> table_names();
void need_table(std::string_view table);

}  // namespace sluice::sample_store
