#include "connectors/http/layers.hpp"
#include "connectors/rest/verdict.hpp"

#include <utility>

namespace sluice {
namespace {

/// Gives the permit back also when the request fails or is cancelled.
class HeldPermit {
 public:
  HeldPermit(Governor& governor, const Permit& permit) : governor_(governor), permit_(permit) {}
  HeldPermit(const HeldPermit&) = delete;
  HeldPermit& operator=(const HeldPermit&) = delete;
  ~HeldPermit() { governor_.answered(permit_, quota_); }

  void learn(const Headers& headers) { quota_ = read_quota(headers); }

 private:
  Governor& governor_;
  Permit permit_;
  std::optional<Quota> quota_;
};

class Throttled final : public HttpClient {
 public:
  Throttled(HttpClient& transport, std::shared_ptr<Governor> governor, std::shared_ptr<RequestStats> stats, int rank)
      : transport_(transport), governor_(std::move(governor)), stats_(std::move(stats)), rank_(rank) {}

  Task<HttpResponse> send(HttpRequest request) override {
    const Permit permit = co_await governor_->acquire(rank_);
    HeldPermit held(*governor_, permit);
    stats_->throttled += permit.waited;
    ++stats_->calls;
    auto response = co_await transport_.send(std::move(request));
    held.learn(response.headers);
    const auto verdict = judge(response);
    if (verdict.action == Action::wait) {
      ++stats_->refusals;
      if (verdict.wait) governor_->refused(*verdict.wait);
    }
    co_return response;
  }

 private:
  HttpClient& transport_;
  std::shared_ptr<Governor> governor_;
  std::shared_ptr<RequestStats> stats_;
  int rank_;
};

}  // namespace

std::unique_ptr<HttpClient> make_throttled(HttpClient& transport, std::shared_ptr<Governor> governor,
                                           std::shared_ptr<RequestStats> stats, int rank) {
  return std::make_unique<Throttled>(transport, std::move(governor), std::move(stats), rank);
}

}  // namespace sluice
