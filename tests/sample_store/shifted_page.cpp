#include "tests/sample_store/shifted_page.hpp"

#include "core/json.hpp"

#include <algorithm>

namespace sluice::sample_store {
namespace {

/// "page=", but not the end of another parameter's name.
std::size_t find_page(const std::string& target) {
  for (const char before : {'?', '&'}) {
    const auto at = target.find(std::string(1, before) + "page=");
    if (at != std::string::npos) return at + 1;
  }
  return std::string::npos;
}

}  // namespace

std::string shifted_page(const std::string& body, std::int64_t rows,
                         const std::function<std::string(std::int64_t page)>& ask) {
  Json page = Json::parse(body, nullptr, false);
  const Json::json_pointer place("/meta/pagination");
  if (!page.is_object() || !page.contains(place)) return body;
  const Json facts = page[place];
  const auto size = facts.at("per_page").get<std::int64_t>();
  const auto number = facts.at("current_page").get<std::int64_t>();

  Json around = Json::array();
  std::int64_t before = 0;
  for (const std::int64_t beside : {number - 1, number, number + 1}) {
    if (beside == number) before = std::ssize(around);
    const Json shown = beside == number ? page : Json::parse(ask(beside), nullptr, false);
    for (const Json& row : shown.value("data", Json::array())) around.push_back(row);
  }
  const auto begin = std::clamp<std::int64_t>(before + rows, 0, std::ssize(around));
  rows = begin - before;
  const auto end = std::min<std::int64_t>(begin + size, std::ssize(around));
  page["data"] = Json(around.begin() + begin, around.begin() + end);

  const std::int64_t total = facts.at("total").get<std::int64_t>() - rows;
  page[place].update({{"total", total}, {"count", end - begin}, {"total_pages", (total + size - 1) / size}});
  return page.dump();
}

std::string target_of_page(std::string target, std::int64_t page) {
  const auto at = find_page(target);
  if (at == std::string::npos) return target;
  return target.replace(at, target.find('&', at) - at, "page=" + std::to_string(page));
}

}  // namespace sluice::sample_store
