#pragma once
// A listener on a thread of its own, on a free port of the loopback interface, for tests that talk to it from outside.

#include "server/http_listener.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>

namespace sluice {

class RunningListener {
 public:
  explicit RunningListener(HttpHandler handler, HttpListenerSettings settings = {}) {
    auto counting = [this, handler = std::move(handler)](HttpRequest request, HttpPeer peer) {
      ++requests_;
      return handler(std::move(request), std::move(peer));
    };
    auto refusal = [](int status) { return HttpResponse{status, {{"Content-Type", "text/plain"}}, "refused"}; };
    listener_ = make_http_listener(io_.get_executor(), std::move(settings), counting, refusal, Log("test"));
    boost::asio::co_spawn(io_, listener_->run(), [this](std::exception_ptr) { has_ended_ = true; });
    thread_ = std::thread([this] { io_.run(); });
  }
  RunningListener(const RunningListener&) = delete;
  RunningListener& operator=(const RunningListener&) = delete;
  ~RunningListener() {
    boost::asio::post(io_, [this] { listener_->abort(); });
    thread_.join();
  }

  std::uint16_t port() const { return listener_->port(); }
  std::string url(const std::string& scheme = "http") const {
    return scheme + "://127.0.0.1:" + std::to_string(port());
  }
  int requests() const { return requests_; }
  bool has_ended() const { return has_ended_; }
  void drain() {
    boost::asio::post(io_, [this] { listener_->drain(); });
  }

 private:
  boost::asio::io_context io_{1};
  std::atomic<int> requests_{0};
  std::atomic<bool> has_ended_{false};
  std::unique_ptr<HttpListener> listener_;
  std::thread thread_;
};

}  // namespace sluice
