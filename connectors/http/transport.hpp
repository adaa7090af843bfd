#pragma once
// One connection over TCP or a unix socket, plain or under TLS, with one absolute deadline over whatever happens on it:
// a peer that drips a byte at a time does not move it. Used in both directions. All of it on the io thread.

#include "core/clock.hpp"
#include "core/task.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <memory>
#include <string>

namespace sluice {

using StreamSocket = boost::asio::generic::stream_protocol::socket;
using StreamEndpoint = boost::asio::generic::stream_protocol::endpoint;

/// How a transfer ended. A deadline that passed is asio::error::timed_out, until a new one is set; the end of the
/// stream is asio::error::eof.
struct Transfer {
  boost::system::error_code error;
  std::size_t bytes = 0;
};

class Transport {
 public:
  virtual ~Transport();

  /// Whether the peer is who it should be is part of the handshake; a plain connection has none.
  virtual Task<boost::system::error_code> handshake() = 0;
  virtual Task<Transfer> read_some(boost::asio::mutable_buffer buffer) = 0;
  virtual Task<Transfer> write(std::array<boost::asio::const_buffer, 2> buffers) = 0;
  /// Tells the peer that nothing more will come; it may still send.
  virtual Task<void> finish() = 0;
  /// Why the handshake refused the peer's certificate; empty when that was not the reason.
  virtual std::string distrust() const = 0;

  Task<boost::system::error_code> connect(StreamEndpoint endpoint);
  void expires_at(SteadyTime deadline);
  void expires_after(Duration duration) { expires_at(std::chrono::steady_clock::now() + duration); }
  void never_expires() { expires_at(SteadyTime::max()); }
  /// Whatever is under way ends with an error.
  void close();
  /// The same, but the peer sees a reset connection.
  void reset();
  /// False when the peer has closed or has sent something that nobody asked for.
  bool is_quiet() const;

 protected:
  struct Link;
  explicit Transport(std::shared_ptr<Link> link);
  bool is_too_late() const;
  boost::system::error_code explain(boost::system::error_code error) const;
  std::shared_ptr<Link> link_;
};

/// Certificates and rules of TLS, at least 1.2.
class TlsContext {
 public:
  /// Throws Error{config, "tls.bad_certificate"}.
  static TlsContext server(const std::string& certificate_file, const std::string& key_file);
  /// Verifies peers; an empty `ca_file` means the system's authorities. Throws Error{config, "tls.bad_authorities"}.
  static TlsContext client(const std::string& ca_file);
  ~TlsContext();
  TlsContext(TlsContext&&) noexcept;

 private:
  struct Content;
  explicit TlsContext(std::unique_ptr<Content> content);
  std::unique_ptr<Content> content_;
  friend class TlsTransport;
};

/// Not connected yet.
std::unique_ptr<Transport> make_transport(boost::asio::any_io_executor executor);
/// The peer must prove to be `host`, a name or an address.
std::unique_ptr<Transport> make_tls_transport(boost::asio::any_io_executor executor, TlsContext& context,
                                              const std::string& host);
/// Over a connection that was accepted.
std::unique_ptr<Transport> accept_transport(StreamSocket socket);
std::unique_ptr<Transport> accept_tls_transport(StreamSocket socket, TlsContext& context);

}  // namespace sluice
