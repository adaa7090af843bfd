#include "tests/support/scripted_http.hpp"

#include <utility>

namespace sluice {

Task<HttpResponse> ScriptedHttp::send(HttpRequest request) {
  requests_.push_back(std::move(request));
  if (answer_) co_return answer_(requests_.back());
  if (steps_.empty()) {
    throw Error(ErrorKind::bug, "test.script_over", "no answer is left for " + requests_.back().target);
  }
  const Step step = std::move(steps_.front());
  steps_.pop_front();
  if (const auto* failure = std::get_if<Error>(&step)) throw Error(*failure);
  co_return std::get<HttpResponse>(step);
}

HttpResponse json_response(std::string body, int status, Headers headers) {
  headers.set("Content-Type", "application/json");
  return {status, std::move(headers), std::move(body)};
}

}  // namespace sluice
