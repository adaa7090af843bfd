#include "connectors/bigcommerce/store_client.hpp"

#include "connectors/rest/verdict.hpp"
#include "core/http.hpp"

#include <utility>

namespace sluice {
namespace {

/// The token is not accepted, or lacks the scope.
bool is_refused(const HttpResponse& response) {
  const Verdict verdict = judge(response);
  return verdict.action == Action::fail && (verdict.kind == ErrorKind::auth || verdict.code == "source.scope_missing");
}

class Signed final : public HttpClient {
 public:
  Signed(std::unique_ptr<HttpClient> inner, std::shared_ptr<CurrentCredentials> credentials)
      : inner_(std::move(inner)), credentials_(std::move(credentials)) {}

  Task<HttpResponse> send(HttpRequest request) override {
    // Each round has newer credentials than the one before.
    for (;;) {
      const std::int64_t version = credentials_->now().version;
      HttpRequest with_token = sign(request);
      HttpResponse response = co_await inner_->send(std::move(with_token));
      if (!is_refused(response)) co_return response;
      const bool can_ask_again = co_await credentials_->renew(version);
      if (!can_ask_again) co_return response;
    }
  }

 private:
  HttpRequest sign(HttpRequest request) const {
    const Credentials& credentials = credentials_->now();
    request.headers.set("X-Auth-Token", credentials.access_token.reveal());
    // Not needed any more, but it lets BigCommerce's support tell applications apart.
    if (!credentials.client_id.empty()) request.headers.set("X-Auth-Client", credentials.client_id);
    request.headers.set("Accept", "application/json");
    request.headers.set("User-Agent", "Sluice/" SLUICE_VERSION);
    return request;
  }

  std::unique_ptr<HttpClient> inner_;
  std::shared_ptr<CurrentCredentials> credentials_;
};

class Permitted final : public HttpClient {
 public:
  Permitted(std::shared_ptr<HttpClient> transport, std::shared_ptr<CurrentCredentials> credentials)
      : transport_(std::move(transport)), credentials_(std::move(credentials)) {}

  Task<HttpResponse> send(HttpRequest request) override {
    co_await credentials_->until_permitted();
    co_return co_await transport_->send(std::move(request));
  }

 private:
  std::shared_ptr<HttpClient> transport_;
  std::shared_ptr<CurrentCredentials> credentials_;
};

}  // namespace

std::unique_ptr<HttpClient> make_permitted(std::shared_ptr<HttpClient> transport,
                                           std::shared_ptr<CurrentCredentials> credentials) {
  return std::make_unique<Permitted>(std::move(transport), std::move(credentials));
}

std::unique_ptr<HttpClient> make_signed(std::unique_ptr<HttpClient> inner,
                                        std::shared_ptr<CurrentCredentials> credentials) {
  return std::make_unique<Signed>(std::move(inner), std::move(credentials));
}

std::string store_path(const Credentials& credentials) { return "/stores/" + percent_encode(credentials.account); }

}  // namespace sluice
