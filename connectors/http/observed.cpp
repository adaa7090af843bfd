#include "connectors/http/layers.hpp"
#include "core/error.hpp"

#include <string_view>
#include <utility>

namespace sluice {
namespace {

/// Without the values of the query: they may be personal, such as an e-mail address to filter by.
std::string loggable(const std::string& target) {
  const auto parsed = parse_target(target);
  if (!parsed) return target.substr(0, target.find('?'));
  std::string out = parsed->path;
  char separator = '?';
  for (const auto& [name, value] : parsed->query) out += std::exchange(separator, '&') + name;
  return out;
}

class Observed final : public HttpClient {
 public:
  Observed(std::unique_ptr<HttpClient> inner, Clock& clock, Log log, std::shared_ptr<RequestStats> stats)
      : inner_(std::move(inner)), clock_(clock), log_(std::move(log)), stats_(std::move(stats)) {}

  Task<HttpResponse> send(HttpRequest request) override {
    const std::string method = request.method;
    const std::string target = loggable(request.target);
    const SteadyTime began = clock_.steady_now();
    ++stats_->requests;
    auto sending = inner_->send(std::move(request));
    auto outcome = co_await attempt(std::move(sending));
    const auto took = std::chrono::duration_cast<Duration>(clock_.steady_now() - began);
    stats_->took += took;
    LogFields fields{{"method", method}, {"target", target}, {"took_ms", took.count()}};
    if (outcome.ok()) {
      const auto size = outcome.value().body.size();
      stats_->bytes += static_cast<std::int64_t>(size);
      fields.emplace_back("status", outcome.value().status);
      fields.emplace_back("bytes", size);
      log_.debug("request answered", fields);
    } else {
      fields.emplace_back("code", to_error(outcome.failure()).code());
      log_.debug("request failed", fields);
    }
    co_return std::move(outcome).take();
  }

 private:
  std::unique_ptr<HttpClient> inner_;
  Clock& clock_;
  Log log_;
  std::shared_ptr<RequestStats> stats_;
};

}  // namespace

std::unique_ptr<HttpClient> make_observed(std::unique_ptr<HttpClient> inner, Clock& clock, Log log,
                                          std::shared_ptr<RequestStats> stats) {
  return std::make_unique<Observed>(std::move(inner), clock, std::move(log), std::move(stats));
}

std::unique_ptr<HttpClient> make_source_client(HttpClient& transport, std::shared_ptr<Governor> governor, Clock& clock,
                                               Log log, std::shared_ptr<RequestStats> stats, int rank) {
  auto throttled = make_throttled(transport, std::move(governor), stats, rank);
  auto retrying = make_retrying(std::move(throttled), clock, RetryRules{});
  return make_observed(std::move(retrying), clock, std::move(log), std::move(stats));
}

}  // namespace sluice
