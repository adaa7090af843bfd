#pragma once
// The inbound HTTP/1.1 side: accepts connections, reads requests within limits, calls one handler, writes the answers.
// Also what the sample store listens with.

#include "core/clock.hpp"
#include "core/http.hpp"
#include "core/log.hpp"
#include "core/task.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace sluice {

struct HttpListenerSettings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;            // 0: any free one; see port()
  std::string tls_certificate_file;  // both or none
  std::string tls_key_file;
  std::string socket_file = {};  // a unix socket to listen on instead of the address; without TLS
  std::size_t header_limit = 16 * 1024;
  std::size_t body_limit = 1024 * 1024;
  std::size_t connections = 1000;
  Duration request_deadline{15'000};  // header and body together
  Duration keep_alive{60'000};
  Duration write_deadline{60'000};
  Duration stream_write_deadline{10'000};  // for each piece of a streamed answer
};

/// What a handler is given besides the request.
struct HttpPeer {
  std::string address;
};

/// A handler's promise: it does not throw. `fault` lets the sample store misbehave on purpose; verbatim: the body is
/// all that is sent, its head included.
struct HttpAnswer {
  HttpResponse response;
  enum class Fault { none, reset_before_head, reset_in_body, hang, verbatim } fault = Fault::none;
};
using HttpHandler = std::function<Task<HttpAnswer>(HttpRequest, HttpPeer)>;

/// How answers look that no handler makes: malformed request (400), header (431) or body (413) too large, deadline
/// (408).
using HttpRefusal = std::function<HttpResponse(int status)>;

class HttpListener {
 public:
  virtual ~HttpListener() = default;
  virtual std::uint16_t port() const = 0;
  /// Accepts until `drain`. Ends when the listener is closed and every session has ended.
  virtual Task<void> run() = 0;
  /// Stops accepting; idle connections are closed, requests under way are answered with "Connection: close".
  virtual void drain() = 0;
  /// Cuts every connection.
  virtual void abort() = 0;
};

/// Binds at once; a socket file that nobody listens on is replaced, and goes with the listener; throws Error{config,
/// "server.cannot_listen"} with the address and the reason.
std::unique_ptr<HttpListener> make_http_listener(boost::asio::any_io_executor executor, HttpListenerSettings settings,
                                                 HttpHandler handler, HttpRefusal refusal, Log log);

}  // namespace sluice
