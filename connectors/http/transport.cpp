#include "connectors/http/transport.hpp"

#include "core/error.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace sluice {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr auto by_value = asio::as_tuple(asio::use_awaitable);
constexpr auto goodbye_limit = std::chrono::seconds(1);
constexpr auto grace = std::chrono::seconds(1);

/// What is written in one turn of the loop: most answers as a whole (Asio's own pieces are 64 KiB), but of a large one
/// no more than the others can wait for.
std::size_t in_turns(const error_code& error, std::size_t) { return error ? 0 : std::size_t{128} * 1024; }

/// A unix socket does so anyway, and does not know the option.
void send_at_once(StreamSocket& socket) {
  error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
}

}  // namespace

/// What the deadline's timer and the operations share; the timer's handler may outlive the connection.
struct Transport::Link : std::enable_shared_from_this<Link> {
  explicit Link(StreamSocket accepted) : socket(std::move(accepted)), timer(socket.get_executor()) {}

  void expire_at(SteadyTime when) {
    deadline = when;
    timed_out = false;
    // A timer that rings too early looks again, so that moving the deadline further away costs nothing.
    if (when < armed_for) arm();
  }

  void arm() {
    armed_for = deadline;
    timer.expires_at(deadline);
    timer.async_wait([weak = weak_from_this()](error_code error) {
      const auto link = weak.lock();
      if (!error && link) link->ring();
    });
  }

  void ring() {
    armed_for = SteadyTime::max();
    if (deadline == SteadyTime::max()) return;
    const auto now = std::chrono::steady_clock::now();
    if (now < deadline) return arm();
    // First only what is under way ends, so that a slow request can still be answered. An operation of several steps
    // may slip through between two of them; it meets a closed socket a little later.
    if (std::exchange(timed_out, true)) return close();
    error_code ignored;
    socket.cancel(ignored);
    deadline = now + grace;
    arm();
  }

  void close() {
    error_code ignored;
    socket.close(ignored);
  }

  StreamSocket socket;
  asio::steady_timer timer;
  SteadyTime deadline = SteadyTime::max();
  SteadyTime armed_for = SteadyTime::max();
  bool timed_out = false;
};

Transport::Transport(std::shared_ptr<Link> link) : link_(std::move(link)) {}

Transport::~Transport() { link_->close(); }

void Transport::expires_at(SteadyTime deadline) { link_->expire_at(deadline); }

void Transport::close() { link_->close(); }

void Transport::reset() {
  error_code ignored;
  link_->socket.set_option(asio::socket_base::linger(true, 0), ignored);
  link_->close();
}

bool Transport::is_quiet() const {
  char byte = 0;
  const auto got = ::recv(link_->socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

bool Transport::is_too_late() const { return link_->timed_out; }

error_code Transport::explain(error_code error) const {
  return error && link_->timed_out ? error_code(asio::error::timed_out) : error;
}

Task<error_code> Transport::connect(StreamEndpoint endpoint) {
  const auto [error] = co_await link_->socket.async_connect(endpoint, by_value);
  if (!error) send_at_once(link_->socket);
  co_return explain(error);
}

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(StreamSocket socket) : Transport(std::make_shared<Link>(std::move(socket))) {}

  Task<error_code> handshake() override { co_return error_code{}; }

  Task<Transfer> read_some(asio::mutable_buffer buffer) override {
    if (is_too_late()) co_return Transfer{asio::error::timed_out, 0};
    const auto [error, bytes] = co_await link_->socket.async_read_some(buffer, by_value);
    co_return Transfer{explain(error), bytes};
  }

  Task<Transfer> write(std::array<asio::const_buffer, 2> buffers) override {
    if (is_too_late()) co_return Transfer{asio::error::timed_out, 0};
    const auto [error, bytes] = co_await asio::async_write(link_->socket, buffers, in_turns, by_value);
    co_return Transfer{explain(error), bytes};
  }

  Task<void> finish() override {
    error_code ignored;
    link_->socket.shutdown(asio::socket_base::shutdown_send, ignored);
    co_return;
  }

  std::string distrust() const override { return {}; }
};

struct TlsContext::Content {
  explicit Content(asio::ssl::context::method method) : context(method) {
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_mode(context.native_handle(), SSL_MODE_RELEASE_BUFFERS);
  }
  asio::ssl::context context;
};

TlsContext::TlsContext(std::unique_ptr<Content> content) : content_(std::move(content)) {}
TlsContext::TlsContext(TlsContext&&) noexcept = default;
TlsContext::~TlsContext() = default;

TlsContext TlsContext::server(const std::string& certificate_file, const std::string& key_file) {
  auto content = std::make_unique<Content>(asio::ssl::context::tls_server);
  try {
    content->context.use_certificate_chain_file(certificate_file);
    content->context.use_private_key_file(key_file, asio::ssl::context::pem);
  } catch (const boost::system::system_error& error) {
    throw Error(ErrorKind::config, "tls.bad_certificate",
                "cannot use the certificate " + certificate_file + " with the key " + key_file + ": " + error.what());
  }
  return TlsContext(std::move(content));
}

TlsContext TlsContext::client(const std::string& ca_file) {
  auto content = std::make_unique<Content>(asio::ssl::context::tls_client);
  content->context.set_verify_mode(asio::ssl::verify_peer);
  // 112 bits: no RSA key below 2048 and no SHA-1, whatever the system's configuration allows.
  SSL_CTX_set_security_level(content->context.native_handle(), 2);
  try {
    if (ca_file.empty()) {
      content->context.set_default_verify_paths();
    } else {
      content->context.load_verify_file(ca_file);
    }
  } catch (const boost::system::system_error& error) {
    throw Error(ErrorKind::config, "tls.bad_authorities",
                "cannot read certificate authorities from " + ca_file + ": " + error.what());
  }
  return TlsContext(std::move(content));
}

class TlsTransport final : public Transport {
 public:
  TlsTransport(StreamSocket socket, TlsContext& context, asio::ssl::stream_base::handshake_type side,
               const std::string& host)
      : Transport(std::make_shared<Link>(std::move(socket))),
        stream_(link_->socket, context.content_->context),
        side_(side) {
    if (side == asio::ssl::stream_base::server) return;
    error_code not_an_address;
    asio::ip::make_address(host, not_an_address);
    // Server Name Indication is for names only.
    if (not_an_address) SSL_set_tlsext_host_name(stream_.native_handle(), host.c_str());
    stream_.set_verify_callback(asio::ssl::host_name_verification(host));
  }

  Task<error_code> handshake() override {
    const auto [error] = co_await stream_.async_handshake(side_, by_value);
    co_return explain(error);
  }

  Task<Transfer> read_some(asio::mutable_buffer buffer) override {
    if (is_too_late()) co_return Transfer{asio::error::timed_out, 0};
    const auto [error, bytes] = co_await stream_.async_read_some(buffer, by_value);
    co_return Transfer{explain(error), bytes};
  }

  Task<Transfer> write(std::array<asio::const_buffer, 2> buffers) override {
    if (is_too_late()) co_return Transfer{asio::error::timed_out, 0};
    const auto [error, bytes] = co_await asio::async_write(stream_, buffers, in_turns, by_value);
    co_return Transfer{explain(error), bytes};
  }

  Task<void> finish() override {
    expires_after(goodbye_limit);
    co_await stream_.async_shutdown(by_value);
  }

  std::string distrust() const override {
    auto* const ssl = const_cast<asio::ssl::stream<StreamSocket&>&>(stream_).native_handle();
    const long result = SSL_get_verify_result(ssl);
    return result == X509_V_OK ? std::string{} : X509_verify_cert_error_string(result);
  }

 private:
  asio::ssl::stream<StreamSocket&> stream_;
  asio::ssl::stream_base::handshake_type side_;
};

std::unique_ptr<Transport> make_transport(asio::any_io_executor executor) {
  return std::make_unique<PlainTransport>(StreamSocket(std::move(executor)));
}

std::unique_ptr<Transport> make_tls_transport(asio::any_io_executor executor, TlsContext& context,
                                              const std::string& host) {
  return std::make_unique<TlsTransport>(StreamSocket(std::move(executor)), context, asio::ssl::stream_base::client,
                                        host);
}

std::unique_ptr<Transport> accept_transport(StreamSocket socket) {
  send_at_once(socket);
  return std::make_unique<PlainTransport>(std::move(socket));
}

std::unique_ptr<Transport> accept_tls_transport(StreamSocket socket, TlsContext& context) {
  send_at_once(socket);
  return std::make_unique<TlsTransport>(std::move(socket), context, asio::ssl::stream_base::server, std::string{});
}

}  // namespace sluice
