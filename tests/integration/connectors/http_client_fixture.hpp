#pragma once
// What the tests of the HTTP client share: a request, how it ended, and peers made by hand.

#include "connectors/http/client.hpp"

#include "core/error.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/raw_peer.hpp"
#include "tests/support/run_to_end.hpp"
#include "tests/support/running_listener.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <thread>

namespace sluice {

using namespace std::chrono_literals;

inline Task<HttpAnswer> answer_at_once(HttpAnswer answer) { co_return answer; }

inline HttpHandler answering(HttpResponse response, HttpAnswer::Fault fault = HttpAnswer::Fault::none) {
  return [answer = HttpAnswer{std::move(response), fault}](HttpRequest, HttpPeer) { return answer_at_once(answer); };
}

inline std::string gzip(const std::string& text) {
  z_stream z{};
  deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, text.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

inline HttpClientSettings to(const std::string& url) {
  HttpClientSettings settings;
  settings.base_url = url;
  return settings;
}

inline HttpRequest get(std::string target) {
  HttpRequest request;
  request.target = std::move(target);
  return request;
}

inline HttpResponse fetch(const HttpClientSettings& settings, HttpRequest request = get("/")) {
  boost::asio::io_context io;
  const auto client = make_http_client(io.get_executor(), settings);
  return run_to_end(io, client->send(std::move(request)));
}

/// The error that a request ends with; none when it was answered.
inline std::optional<Error> failure_of(const HttpClientSettings& settings, HttpRequest request = get("/")) {
  try {
    fetch(settings, std::move(request));
    return std::nullopt;
  } catch (const Error& error) {
    return error;
  }
}

#define EXPECT_FAILURE(failure, expected_kind, expected_code)       \
  do {                                                              \
    const auto failure_ = (failure);                                \
    ASSERT_TRUE(failure_) << "the request was answered";            \
    EXPECT_EQ(failure_->kind(), expected_kind) << failure_->what(); \
    EXPECT_EQ(failure_->code(), expected_code) << failure_->what(); \
  } while (false)

/// A peer that answers each of its connections by hand, on a thread of its own.
class HandmadePeer {
 public:
  explicit HandmadePeer(std::function<void(const RawListener&)> script)
      : thread_([this, script = std::move(script)] { script(listener_); }) {}
  ~HandmadePeer() { thread_.join(); }
  HttpClientSettings address() const { return to(listener_.url()); }

 private:
  RawListener listener_;
  std::thread thread_;
};

/// Reads a request and sends `bytes`, then closes.
inline auto replying(std::string bytes) {
  return [bytes = std::move(bytes)](const RawListener& listener) {
    const auto peer = listener.accept();
    peer.receive_until("\r\n\r\n");
    peer.send(bytes);
  };
}

}  // namespace sluice
