#include "connectors/http/dial.hpp"

#include "core/error.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>
#include <vector>

namespace sluice {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

Error unreachable(const BaseUrl& url, const std::string& reason) {
  return {ErrorKind::transient, "http.unreachable", "cannot reach " + url.authority + ": " + reason};
}

Error too_slow(const BaseUrl& url) {
  return {ErrorKind::transient, "http.timeout", "no connection to " + url.authority + " in time"};
}

Task<std::vector<tcp::endpoint>> resolve(asio::any_io_executor executor, const BaseUrl& url) {
  error_code error;
  const auto address = asio::ip::make_address(url.host, error);
  if (!error) co_return std::vector{tcp::endpoint(address, url.port)};

  // The system's resolver has limits of its own; it cannot be interrupted.
  tcp::resolver resolver(executor);
  const auto [failure, results] =
      co_await resolver.async_resolve(url.host, std::to_string(url.port), asio::as_tuple(asio::use_awaitable));
  if (failure == asio::error::operation_aborted) throw boost::system::system_error(failure);
  if (failure) throw unreachable(url, failure.message());
  std::vector<tcp::endpoint> endpoints;
  for (const auto& result : results) endpoints.push_back(result.endpoint());
  co_return endpoints;
}

/// All of them: which one answers is for the peer to arrange.
void check_addresses(const BaseUrl& url, const std::vector<tcp::endpoint>& endpoints, AddressRule rule) {
  for (const tcp::endpoint& endpoint : endpoints) {
    if (may_reach(rule, endpoint.address().to_string())) continue;
    throw Error(ErrorKind::config, "http.forbidden_address", url.authority + " has an address that may not be called");
  }
}

std::unique_ptr<Transport> prepare(const asio::any_io_executor& executor, const BaseUrl& url, TlsContext* tls) {
  return url.has_tls ? make_tls_transport(executor, *tls, url.host) : make_transport(executor);
}

Error handshake_failure(const BaseUrl& url, const Transport& transport, error_code error) {
  const std::string distrust = transport.distrust();
  const std::string where = "the TLS handshake with " + url.authority + " failed: ";
  if (!distrust.empty()) return {ErrorKind::config, "http.tls_untrusted", where + distrust};
  if (error == asio::error::timed_out) return too_slow(url);
  if (error.category() == asio::error::get_ssl_category()) {
    return {ErrorKind::config, "http.tls_untrusted", where + error.message()};
  }
  return unreachable(url, error.message());
}

}  // namespace

Task<std::unique_ptr<Transport>> dial(asio::any_io_executor executor, const BaseUrl& url, TlsContext* tls,
                                      Duration limit, AddressRule addresses) {
  EndpointLookup look_up = [executor](const BaseUrl& wanted) { return resolve(executor, wanted); };
  co_return co_await dial(executor, url, tls, limit, addresses, std::move(look_up));
}

Task<std::unique_ptr<Transport>> dial(asio::any_io_executor executor, const BaseUrl& url, TlsContext* tls,
                                      Duration limit, AddressRule addresses, EndpointLookup look_up) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + limit;
  const auto endpoints = co_await look_up(url);
  check_addresses(url, endpoints, addresses);
  error_code error = asio::error::host_not_found;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline) throw too_slow(url);
    auto transport = prepare(executor, url, tls);
    // An address that does not answer leaves time for the others.
    transport->expires_at(now + (deadline - now) / static_cast<int>(endpoints.size() - i));
    error = co_await transport->connect(endpoints[i]);
    if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
    if (error) continue;

    transport->expires_after(limit);
    error = co_await transport->handshake();
    if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
    if (error) throw handshake_failure(url, *transport, error);
    co_return transport;
  }
  if (error == asio::error::timed_out) throw too_slow(url);
  throw unreachable(url, error.message());
}

Task<std::unique_ptr<Transport>> dial_socket(asio::any_io_executor executor, std::string file, Duration limit) {
  constexpr std::size_t longest_path = sizeof(sockaddr_un::sun_path) - 1;
  error_code error = asio::error::name_too_long;
  if (file.size() <= longest_path) {
    auto transport = make_transport(executor);
    transport->expires_after(limit);
    error = co_await transport->connect(asio::local::stream_protocol::endpoint(file));
    if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
    if (!error) co_return transport;
  }
  throw Error(ErrorKind::transient, "http.unreachable", "cannot reach the socket " + file + ": " + error.message());
}

}  // namespace sluice
