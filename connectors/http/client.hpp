#pragma once
// Sending one HTTP request. Layers wrap each other: observed( retrying( throttled( beast ))). Retry lies outside
// the throttle, so each attempt pays. A status is a value; only transport failures throw
// (Error{transient, "http.…"}; a failed TLS verification is Error{config, "http.tls_untrusted"}).

#include "connectors/http/address_rule.hpp"
#include "core/clock.hpp"
#include "core/http.hpp"
#include "core/task.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>
#include <vector>

namespace sluice {

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual Task<HttpResponse> send(HttpRequest request) = 0;
};

struct HttpClientSettings {
  std::string base_url;         // "https://api.bigcommerce.com" or "http://127.0.0.1:4010"; no path
  std::string ca_file;          // empty: the system's authorities
  std::size_t connections = 8;  // kept alive and reused
  std::size_t header_limit = 64 * 1024;
  std::size_t body_limit = 64 * 1024 * 1024;
  std::size_t decoded_limit = 256 * 1024 * 1024;
  Duration connect_timeout{10'000};
  Duration idle_timeout{60'000};
  Duration total_deadline{300'000};
  std::string socket_file = {};  // a unix socket to connect to instead of the URL's host; the URL must be http then
  /// Held against every address that the host resolves to; the connection goes to one of those that were checked.
  /// Otherwise Error{config, "http.forbidden_address"}.
  AddressRule addresses = AddressRule::any;
};

/// Beast, with TLS and verification for https, keep-alive, gzip, caps on header, body and time, and no redirects.
/// Throws Error{config, "http.bad_base_url"} on a URL that it cannot use.
std::unique_ptr<HttpClient> make_http_client(boost::asio::any_io_executor executor, HttpClientSettings settings);

}  // namespace sluice
