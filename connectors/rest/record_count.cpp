#include "connectors/rest/record_count.hpp"

#include "connectors/rest/verdict.hpp"
#include "core/json.hpp"

#include <utility>

namespace sluice {

std::optional<std::int64_t> total_in(const std::string& body) {
  const Json answer = Json::parse(body, nullptr, false);
  for (const char* place : {"/meta/pagination/total", "/count"}) {
    const Json::json_pointer pointer(place);
    if (answer.is_object() && answer.contains(pointer) && answer[pointer].is_number_integer())
      return answer[pointer].get<std::int64_t>();
  }
  return std::nullopt;
}

Task<std::optional<std::int64_t>> ask_count(HttpClient& http, std::string target) {
  HttpRequest request;
  request.target = std::move(target);
  const HttpResponse response = co_await http.send(std::move(request));
  if (judge(response).action != Action::use) co_return std::nullopt;
  co_return total_in(response.body);
}

}  // namespace sluice
