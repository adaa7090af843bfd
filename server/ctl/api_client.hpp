#pragma once
// One call of the control API after the other, each awaited.

#include "core/http.hpp"
#include "server/ctl/connection.hpp"

#include <memory>

namespace sluice::ctl {

class ApiClient {
 public:
  virtual ~ApiClient() = default;
  /// Throws Error{transient, "http.…"} when the daemon does not answer, {config, "http.tls_untrusted"} when it is not
  /// who it should be. A status is a value.
  virtual HttpResponse send(HttpRequest request) = 0;

  HttpResponse get(std::string target) {
    HttpRequest request;
    request.target = std::move(target);
    return send(std::move(request));
  }
};

std::unique_ptr<ApiClient> make_api_client(const Connection& connection);

}  // namespace sluice::ctl
