#include "server/http_listener.hpp"

#include "core/error.hpp"
#include "core/event.hpp"
#include "server/http_session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <optional>
#include <set>
#include <utility>

namespace sluice {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using unix_stream = asio::local::stream_protocol;
using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

constexpr Duration accept_pause{100};
constexpr Duration look_again{60'000};

bool is_shortage(const error_code& error) {
  return error == asio::error::no_descriptors || error == asio::error::no_memory ||
         error == asio::error::no_buffer_space || error == boost::system::errc::too_many_files_open_in_system;
}

/// nullopt for a unix socket.
std::optional<tcp::endpoint> tcp_endpoint(const StreamEndpoint& endpoint) {
  tcp::endpoint out;
  if (endpoint.protocol().family() == AF_UNIX || endpoint.size() > out.capacity()) return std::nullopt;
  std::memcpy(out.data(), endpoint.data(), endpoint.size());
  out.resize(endpoint.size());
  return out;
}

std::string peer_address(const StreamSocket& socket) {
  error_code error;
  const StreamEndpoint endpoint = socket.remote_endpoint(error);
  if (error) return {};
  const auto tcp_peer = tcp_endpoint(endpoint);
  return tcp_peer ? tcp_peer->address().to_string() : "unix";
}

/// A killed daemon leaves its socket behind, on which nobody else could listen.
void remove_abandoned_socket(const asio::any_io_executor& executor, const std::string& file) {
  struct stat status{};
  if (::lstat(file.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return;
  error_code error;
  unix_stream::socket probe(executor);
  probe.connect(unix_stream::endpoint(file), error);
  if (error == asio::error::connection_refused) ::unlink(file.c_str());
}

Acceptor bind_socket(const asio::any_io_executor& executor, const std::string& file) {
  const unix_stream::endpoint endpoint(file);
  remove_abandoned_socket(executor, file);
  Acceptor acceptor(executor, endpoint, false);
  // A token is needed here, too; the mode keeps other users from knocking at all.
  ::chmod(file.c_str(), 0660);
  return acceptor;
}

Acceptor bind(const asio::any_io_executor& executor, const HttpListenerSettings& settings) {
  try {
    if (!settings.socket_file.empty()) return bind_socket(executor, settings.socket_file);
    const tcp::endpoint endpoint(asio::ip::make_address(settings.address), settings.port);
    return {executor, endpoint, true};
  } catch (const boost::system::system_error& error) {
    const std::string place =
        settings.socket_file.empty() ? settings.address + ":" + std::to_string(settings.port) : settings.socket_file;
    throw Error(ErrorKind::config, "server.cannot_listen", "cannot listen on " + place + ": " + error.code().message());
  }
}

std::uint16_t port_of(const Acceptor& acceptor) {
  const auto endpoint = tcp_endpoint(acceptor.local_endpoint());
  return endpoint ? endpoint->port() : std::uint16_t{0};
}

std::optional<TlsContext> load_tls(const HttpListenerSettings& settings) {
  if (!settings.socket_file.empty()) return std::nullopt;
  if (settings.tls_certificate_file.empty() && settings.tls_key_file.empty()) return std::nullopt;
  return TlsContext::server(settings.tls_certificate_file, settings.tls_key_file);
}

/// Shared with every session, so that one that ends late finds what it counts out of.
class Listening : public std::enable_shared_from_this<Listening> {
 public:
  Listening(const asio::any_io_executor& executor, HttpService service)
      : acceptor_(bind(executor, service.settings)),
        tls_(load_tls(service.settings)),
        service_(std::make_shared<HttpService>(std::move(service))) {
    acceptor_.non_blocking(true);
  }

  std::uint16_t port() const { return port_; }

  Task<void> run() {
    while (acceptor_.is_open()) {
      if (sessions_.size() >= service_->settings.connections) {
        co_await changed_.wait(look_again);
        continue;
      }
      const auto [waited] = co_await acceptor_.async_wait(Acceptor::wait_read, asio::as_tuple(asio::use_awaitable));
      if (!acceptor_.is_open()) break;
      if (waited) throw boost::system::system_error(waited);
      if (is_shortage(accept_all())) co_await changed_.wait(accept_pause);
    }
    while (!sessions_.empty()) co_await changed_.wait(look_again);
  }

  void drain() {
    close();
    service_->draining = true;
    for (HttpSession* session : sessions_) session->drain();
  }

  void abort() {
    drain();
    for (HttpSession* session : sessions_) session->abort();
  }

 private:
  void close() {
    error_code ignored;
    if (acceptor_.is_open() && !service_->settings.socket_file.empty()) {
      ::unlink(service_->settings.socket_file.c_str());
    }
    acceptor_.close(ignored);
    changed_.notify();
  }

  /// All that knock: with one at a turn of the loop, a newcomer behind a crowd waits for as many turns as the crowd is
  /// large, each as long as what the crowd that is in makes of it. The error says why there are no more: as a rule,
  /// that none is left.
  error_code accept_all() {
    error_code error;
    while (!error && sessions_.size() < service_->settings.connections) {
      StreamSocket socket = acceptor_.accept(error);
      if (!error) begin(std::move(socket));
    }
    if (is_shortage(error) && !std::exchange(is_short_, true)) {
      service_->log.warn("cannot accept connections", {{"reason", error.message()}, {"open", sessions_.size()}});
    }
    if (!is_shortage(error)) is_short_ = false;
    return error;
  }

  void begin(StreamSocket socket) {
    const auto executor = socket.get_executor();
    HttpPeer peer{peer_address(socket)};
    auto transport = tls_ ? accept_tls_transport(std::move(socket), *tls_) : accept_transport(std::move(socket));
    const auto session = std::make_shared<HttpSession>(std::move(transport), service_, std::move(peer));
    sessions_.insert(session.get());
    asio::co_spawn(executor, session->run(), [self = shared_from_this(), session](std::exception_ptr failure) {
      if (failure) {
        const Error error = to_error(failure);
        self->service_->log.warn("session failed", {{"code", error.code()}, {"reason", error.message()}});
      }
      self->sessions_.erase(session.get());
      self->changed_.notify();
    });
  }

  Acceptor acceptor_;
  std::optional<TlsContext> tls_;
  std::shared_ptr<HttpService> service_;
  std::uint16_t port_ = port_of(acceptor_);
  std::set<HttpSession*> sessions_;
  Event changed_;
  bool is_short_ = false;  // of descriptors or memory, and said so
};

class TcpListener final : public HttpListener {
 public:
  explicit TcpListener(std::shared_ptr<Listening> listening) : listening_(std::move(listening)) {}
  ~TcpListener() override { listening_->abort(); }

  std::uint16_t port() const override { return listening_->port(); }
  Task<void> run() override { return listening_->run(); }
  void drain() override { listening_->drain(); }
  void abort() override { listening_->abort(); }

 private:
  std::shared_ptr<Listening> listening_;
};

}  // namespace

std::unique_ptr<HttpListener> make_http_listener(asio::any_io_executor executor, HttpListenerSettings settings,
                                                 HttpHandler handler, HttpRefusal refusal, Log log) {
  return std::make_unique<TcpListener>(std::make_shared<Listening>(
      executor, HttpService{std::move(settings), std::move(handler), std::move(refusal), std::move(log)}));
}

}  // namespace sluice
