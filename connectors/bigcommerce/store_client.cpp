#include "connectors/bigcommerce/store_client.hpp"

#include "core/http.hpp"

#include <utility>

namespace sluice {
namespace {

class Signed final : public HttpClient {
 public:
  Signed(std::unique_ptr<HttpClient> inner, Credentials credentials)
      : inner_(std::move(inner)), credentials_(std::move(credentials)) {}

  Task<HttpResponse> send(HttpRequest request) override {
    request.headers.set("X-Auth-Token", credentials_.access_token.reveal());
    // Not needed any more, but it lets BigCommerce's support tell applications apart.
    if (!credentials_.client_id.empty()) request.headers.set("X-Auth-Client", credentials_.client_id);
    request.headers.set("Accept", "application/json");
    request.headers.set("User-Agent", "Sluice/" SLUICE_VERSION);
    return inner_->send(std::move(request));
  }

 private:
  std::unique_ptr<HttpClient> inner_;
  Credentials credentials_;
};

}  // namespace

std::unique_ptr<HttpClient> make_signed(std::unique_ptr<HttpClient> inner, Credentials credentials) {
  return std::make_unique<Signed>(std::move(inner), std::move(credentials));
}

std::string store_path(const Credentials& credentials) { return "/stores/" + percent_encode(credentials.account); }

}  // namespace sluice
