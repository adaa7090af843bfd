#include "server/http_listener.hpp"

#include "core/error.hpp"
#include "core/event.hpp"
#include "server/http_session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <set>
#include <utility>

namespace sluice {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

constexpr Duration accept_pause{100};
constexpr Duration look_again{60'000};

bool is_shortage(const error_code& error) {
  return error == asio::error::no_descriptors || error == asio::error::no_memory ||
         error == asio::error::no_buffer_space || error == boost::system::errc::too_many_files_open_in_system;
}

std::string peer_address(const tcp::socket& socket) {
  error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  return error ? std::string{} : endpoint.address().to_string();
}

tcp::acceptor bind(const asio::any_io_executor& executor, const HttpListenerSettings& settings) {
  try {
    const tcp::endpoint endpoint(asio::ip::make_address(settings.address), settings.port);
    return {executor, endpoint, true};
  } catch (const boost::system::system_error& error) {
    throw Error(
        ErrorKind::config, "server.cannot_listen",
        "cannot listen on " + settings.address + ":" + std::to_string(settings.port) + ": " + error.code().message());
  }
}

std::optional<TlsContext> load_tls(const HttpListenerSettings& settings) {
  if (settings.tls_certificate_file.empty() && settings.tls_key_file.empty()) return std::nullopt;
  return TlsContext::server(settings.tls_certificate_file, settings.tls_key_file);
}

/// Shared with every session, so that one that ends late finds what it counts out of.
class Listening : public std::enable_shared_from_this<Listening> {
 public:
  Listening(const asio::any_io_executor& executor, HttpService service)
      : acceptor_(bind(executor, service.settings)),
        tls_(load_tls(service.settings)),
        service_(std::make_shared<HttpService>(std::move(service))) {}

  std::uint16_t port() const { return port_; }

  Task<void> run() {
    while (acceptor_.is_open()) {
      if (sessions_.size() >= service_->settings.connections) {
        co_await changed_.wait(look_again);
        continue;
      }
      auto [error, socket] = co_await acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
      if (!acceptor_.is_open()) break;
      if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
      if (is_shortage(error)) {
        if (!std::exchange(is_short_, true)) {
          service_->log.warn("cannot accept connections", {{"reason", error.message()}, {"open", sessions_.size()}});
        }
        co_await changed_.wait(accept_pause);
      } else if (!error) {
        is_short_ = false;
        begin(std::move(socket));
      }
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
    acceptor_.close(ignored);
    changed_.notify();
  }

  void begin(tcp::socket socket) {
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

  tcp::acceptor acceptor_;
  std::optional<TlsContext> tls_;
  std::shared_ptr<HttpService> service_;
  std::uint16_t port_ = acceptor_.local_endpoint().port();
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
