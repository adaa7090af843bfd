#include "tests/support/cutting_proxy.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

namespace sluice {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
constexpr auto quiet = asio::as_tuple(asio::use_awaitable);

/// Both ends of one connection; what ends one of its two directions closes both.
struct Wire {
  tcp::socket client;
  tcp::socket server;
  CuttingProxy::Ear ear;
  bool is_last_answer = false;
};

}  // namespace

struct CuttingProxy::State {
  explicit State(std::uint16_t port)
      : server(asio::ip::address_v4::loopback(), port), acceptor(io, {asio::ip::address_v4::loopback(), 0}) {}

  std::optional<Moment> is_time(std::string_view sent) {
    const std::scoped_lock lock(mutex);
    if (left <= 0 || sent.find(words) == std::string_view::npos) return std::nullopt;
    --left;
    return moment;
  }

  Ear new_ear() {
    const std::scoped_lock lock(mutex);
    return make_ear ? make_ear() : [this](std::string& sent) { return is_time(sent); };
  }

  asio::awaitable<void> accept() {
    while (true) {
      auto [failure, client] = co_await acceptor.async_accept(quiet);
      if (failure) co_return;
      auto wire = std::make_shared<Wire>(Wire{std::move(client), tcp::socket(io), new_ear()});
      const auto [refused] = co_await wire->server.async_connect(server, quiet);
      if (refused) continue;
      asio::co_spawn(io, speak(wire), asio::detached);
      asio::co_spawn(io, answer(wire), asio::detached);
    }
  }

  asio::awaitable<void> speak(std::shared_ptr<Wire> wire) {
    std::array<char, 65536> buffer{};
    while (true) {
      const auto [failure, size] = co_await wire->client.async_read_some(asio::buffer(buffer), quiet);
      if (failure) break;
      std::string sent(buffer.data(), size);
      const auto cut = wire->ear(sent);
      if (cut == Moment::before_the_server_hears) break;
      wire->is_last_answer = cut.has_value();
      const auto [unwritten, written] = co_await asio::async_write(wire->server, asio::buffer(sent), quiet);
      if (unwritten) break;
    }
    end(*wire);
  }

  asio::awaitable<void> answer(std::shared_ptr<Wire> wire) {
    std::array<char, 65536> buffer{};
    while (true) {
      const auto [failure, size] = co_await wire->server.async_read_some(asio::buffer(buffer), quiet);
      if (failure || wire->is_last_answer) break;
      const auto [unwritten, written] = co_await asio::async_write(wire->client, asio::buffer(buffer, size), quiet);
      if (unwritten) break;
    }
    end(*wire);
  }

  static void end(Wire& wire) {
    boost::system::error_code ignored;
    wire.client.close(ignored);
    wire.server.close(ignored);
  }

  asio::io_context io;
  tcp::endpoint server;
  tcp::acceptor acceptor;
  std::mutex mutex;
  std::function<Ear()> make_ear;
  std::string words;
  Moment moment = Moment::before_the_server_hears;
  int times = 0;
  int left = 0;
  std::thread thread;
};

CuttingProxy::CuttingProxy(std::uint16_t server_port) : state_(std::make_unique<State>(server_port)) {
  asio::co_spawn(state_->io, state_->accept(), asio::detached);
  state_->thread = std::thread([this] { state_->io.run(); });
}

CuttingProxy::~CuttingProxy() {
  state_->io.stop();
  state_->thread.join();
}

std::uint16_t CuttingProxy::port() const { return state_->acceptor.local_endpoint().port(); }

void CuttingProxy::cut_at(std::string words, Moment moment, int times) {
  const std::scoped_lock lock(state_->mutex);
  state_->words = std::move(words);
  state_->moment = moment;
  state_->times = state_->left = times;
}

int CuttingProxy::cuts() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->times - state_->left;
}

void CuttingProxy::listen(std::function<Ear()> make_ear) {
  const std::scoped_lock lock(state_->mutex);
  state_->make_ear = std::move(make_ear);
}

}  // namespace sluice
