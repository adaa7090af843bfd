#include "connectors/rest/record_count.hpp"

#include "connectors/rest/credibility.hpp"
#include "connectors/rest/verdict.hpp"
#include "core/error.hpp"
#include "core/json.hpp"

#include <utility>

namespace sluice {
namespace {

struct CountAnswer {
  std::optional<std::int64_t> count;
  bool is_silent = false;  // the source has nothing against the question
};

Task<CountAnswer> ask(HttpClient& http, std::string target) {
  HttpRequest request;
  request.target = std::move(target);
  const auto response = co_await attempt(http.send(std::move(request)));
  if (!response) {
    if (to_error(response.failure()).kind() == ErrorKind::cancelled) std::rethrow_exception(response.failure());
    co_return CountAnswer{};
  }
  const Action action = judge(response.value()).action;
  if (action != Action::use) co_return CountAnswer{std::nullopt, action == Action::end};
  const auto count = total_in(response.value().body);
  co_return CountAnswer{count, !count};
}

}  // namespace

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
  co_return (co_await ask(http, std::move(target))).count;
}

Task<std::optional<std::int64_t>> ask_count(HttpClient& http, Clock& clock, std::string target) {
  CountAnswer answer = co_await ask(http, target);
  for (int again = 1; answer.is_silent && again <= confirmations_in_doubt; ++again) {
    co_await clock.sleep(backoff_delay(between_looks, again, random_unit()));
    answer = co_await ask(http, target);
  }
  co_return answer.count;
}

}  // namespace sluice
