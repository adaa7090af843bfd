#pragma once
// An HttpClient that answers from a script and remembers what it was asked.

#include "connectors/http/client.hpp"
#include "core/error.hpp"

#include <deque>
#include <functional>
#include <variant>
#include <vector>

namespace sluice {

class ScriptedHttp final : public HttpClient {
 public:
  using Step = std::variant<HttpResponse, Error>;

  /// One step per request, in order; a request past the end throws Error{bug, "test.script_over"}.
  explicit ScriptedHttp(std::deque<Step> steps) : steps_(std::move(steps)) {}
  /// Whatever `answer` makes of each request; it may throw.
  explicit ScriptedHttp(std::function<HttpResponse(const HttpRequest&)> answer) : answer_(std::move(answer)) {}

  Task<HttpResponse> send(HttpRequest request) override;

  const std::vector<HttpRequest>& requests() const noexcept { return requests_; }

 private:
  std::deque<Step> steps_;
  std::function<HttpResponse(const HttpRequest&)> answer_;
  std::vector<HttpRequest> requests_;
};

HttpResponse json_response(std::string body, int status = 200, Headers headers = {});

}  // namespace sluice
