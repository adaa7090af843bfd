#include "tests/sample_store/control_body.hpp"

#include "core/error.hpp"
#include "core/nearest.hpp"
#include "tests/sample_store/described_rows.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::sample_store {

void refuse(std::string_view member, std::string detail) {
  const std::string pointer = fmt::format("/{}", member);
  throw Error(ErrorKind::config, "sample_store.bad_control", fmt::format("{}: {}", pointer, detail),
              {{pointer, "bad_value", detail}});
}

std::vector<std::string> table_names() {
  std::vector<std::string> names;
  for (const TableTraits& traits : table_traits()) names.emplace_back(traits.name);
  for (const TableDescription& table : described_tables()) names.emplace_back(table.name);
  return names;
}

void need_table(std::string_view table) {
  const auto names = table_names();
  if (std::ranges::find(names, table) != names.end()) return;
  refuse("table", fmt::format("must be one of {}{}", fmt::join(names, ", "), did_you_mean(table, names)));
}

std::string table_of(const Json& body) {
  if (!body.is_object() || !body.contains("table") || !body["table"].is_string())
    refuse("table", "is needed, for example \"orders\"");
  auto table = body["table"].get<std::string>();
  need_table(table);
  return table;
}

std::int64_t count_of(const Json& body, std::string_view member, std::int64_t least) {
  const Json& value = body.at(std::string(member));
  if (!value.is_number_integer() || value.get<std::int64_t>() < least)
    refuse(member, fmt::format("must be a whole number, {} or more", least));
  return value.get<std::int64_t>();
}

}  // namespace sluice::sample_store
