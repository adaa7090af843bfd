#pragma once
// From a base URL to a connection that is ready for a request.

#include "connectors/http/address_rule.hpp"
#include "connectors/http/base_url.hpp"
#include "connectors/http/transport.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sluice {

using EndpointLookup = std::function<Task<std::vector<boost::asio::ip::tcp::endpoint>>(const BaseUrl&)>;

/// `tls` is needed for https only. `limit` holds for finding the host and connecting, and once more for the handshake.
/// Throws Error{transient, "http.unreachable"}, {transient, "http.timeout"}, {config, "http.tls_untrusted"} or, when
/// the host has any address that the rule forbids, {config, "http.forbidden_address"}.
Task<std::unique_ptr<Transport>> dial(boost::asio::any_io_executor executor, const BaseUrl& url, TlsContext* tls,
                                      Duration limit, AddressRule addresses);
/// The same, with the host looked up in another way than the system's: once, and what was found and checked is what is
/// connected to.
Task<std::unique_ptr<Transport>> dial(boost::asio::any_io_executor executor, const BaseUrl& url, TlsContext* tls,
                                      Duration limit, AddressRule addresses, EndpointLookup look_up);
/// The same for a unix socket, without TLS.
Task<std::unique_ptr<Transport>> dial_socket(boost::asio::any_io_executor executor, std::string file, Duration limit);

}  // namespace sluice
