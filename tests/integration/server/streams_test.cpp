// Answers that are made while they are sent.
#include "server/http_listener.hpp"

#include "core/event.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/raw_peer.hpp"
#include "tests/support/running_listener.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace sluice {
namespace {

using namespace std::chrono_literals;

/// How a stream fared, as seen from the test's thread.
struct Fate {
  std::atomic<int> pieces{0};
  std::atomic<bool> has_gone{false};
};

/// Hands out `piece` so often, then ends, or breaks, or goes on with silence.
class Counted final : public BodyStream {
 public:
  enum class After { end, failure, silence };
  Counted(std::shared_ptr<Fate> fate, int count, std::string piece, After after)
      : fate_(std::move(fate)), count_(count), piece_(std::move(piece)), after_(after) {}
  ~Counted() override { fate_->has_gone = true; }

  Task<std::optional<std::string>> next() override {
    if (fate_->pieces < count_) {
      ++fate_->pieces;
      co_return piece_;
    }
    if (after_ == After::end) co_return std::nullopt;
    if (after_ == After::failure) throw std::runtime_error("broken on purpose");
    Event never;
    co_await never.wait(10ms);
    co_return "";
  }

 private:
  std::shared_ptr<Fate> fate_;
  int count_;
  std::string piece_;
  After after_;
};

class HttpStreams : public testing::Test {
 protected:
  HttpHandler streaming(int count, std::string piece, Counted::After after) {
    return [this, count, piece, after](HttpRequest request, HttpPeer) {
      return answer(std::move(request), std::make_shared<Counted>(fate, count, piece, after));
    };
  }
  static Task<HttpAnswer> answer(HttpRequest request, std::shared_ptr<BodyStream> stream) {
    HttpAnswer answer;
    if (request.target == "/plain") {
      answer.response.body = "plain";
      co_return answer;
    }
    answer.response.headers.set("Content-Type", "text/event-stream");
    answer.response.stream = std::move(stream);
    co_return answer;
  }

  std::shared_ptr<Fate> fate = std::make_shared<Fate>();
};

TEST_F(HttpStreams, come_in_chunks_and_leave_the_connection_to_the_next_request) {
  const RunningListener listener(streaming(2, "hello, world", Counted::After::end));
  const auto peer = RawPeer::connect(listener.port());
  peer.send("GET /s HTTP/1.1\r\nHost: x\r\n\r\n");

  const auto reply = peer.receive_until("0\r\n\r\n");

  EXPECT_EQ(reply,
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
            "c\r\nhello, world\r\nc\r\nhello, world\r\n0\r\n\r\n");
  peer.send("GET /plain HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(peer.receive_all().ends_with("plain"));
}

TEST_F(HttpStreams, come_bare_to_an_old_client_until_the_connection_closes) {
  const RunningListener listener(streaming(2, "hello", Counted::After::end));
  const auto peer = RawPeer::connect(listener.port());
  peer.send("GET /s HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n");

  EXPECT_EQ(peer.receive_all(),
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\nhellohello");
}

TEST_F(HttpStreams, have_a_head_that_makes_no_piece) {
  const RunningListener listener(streaming(2, "hello", Counted::After::silence));
  const auto peer = RawPeer::connect(listener.port());
  peer.send("HEAD /s HTTP/1.1\r\nHost: x\r\n\r\nGET /plain HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

  const auto reply = peer.receive_all();

  EXPECT_NE(reply.find("Transfer-Encoding: chunked\r\n\r\nHTTP/1.1 200 OK"), std::string::npos) << reply;
  EXPECT_EQ(fate->pieces, 0);
  EXPECT_TRUE(fate->has_gone);
}

TEST_F(HttpStreams, that_break_off_have_no_last_chunk) {
  const RunningListener listener(streaming(1, "hello", Counted::After::failure));
  const auto peer = RawPeer::connect(listener.port());
  peer.send("GET /s HTTP/1.1\r\nHost: x\r\n\r\n");

  EXPECT_TRUE(peer.receive_all().ends_with("5\r\nhello\r\n"));
}

TEST_F(HttpStreams, end_when_the_reader_goes) {
  const RunningListener listener(streaming(1, "hello", Counted::After::silence));
  auto peer = std::make_unique<RawPeer>(RawPeer::connect(listener.port()));
  peer->send("GET /s HTTP/1.1\r\nHost: x\r\n\r\n");
  peer->receive_until("hello");
  EXPECT_FALSE(fate->has_gone);

  peer.reset();

  EXPECT_TRUE(eventually(5s, [&] { return fate->has_gone.load(); }));
}

TEST_F(HttpStreams, end_for_a_reader_that_stops_reading) {
  HttpListenerSettings settings;
  settings.stream_write_deadline = 200ms;
  const RunningListener listener(streaming(1'000'000, std::string(64 * 1024, 'x'), Counted::After::end), settings);
  const auto peer = RawPeer::connect(listener.port());
  peer.send("GET /s HTTP/1.1\r\nHost: x\r\n\r\n");
  peer.receive_until("\r\n\r\n");

  EXPECT_TRUE(eventually(10s, [&] { return fate->has_gone.load(); }));
  EXPECT_LT(fate->pieces, 1000) << "what nobody read was made all the same";
}

TEST_F(HttpStreams, outlast_the_deadlines_of_requests) {
  HttpListenerSettings settings;
  settings.request_deadline = 50ms;
  settings.keep_alive = 50ms;
  settings.write_deadline = 50ms;
  settings.stream_write_deadline = 50ms;
  const RunningListener listener(streaming(1, "hello", Counted::After::silence), settings);
  const auto peer = RawPeer::connect(listener.port());
  peer.send("GET /s HTTP/1.1\r\nHost: x\r\n\r\n");
  peer.receive_until("hello");

  EXPECT_FALSE(eventually(400ms, [&] { return fate->has_gone.load(); }));
}

TEST_F(HttpStreams, end_at_once_when_the_listener_drains) {
  RunningListener listener(streaming(1, "hello", Counted::After::silence));
  const auto peer = RawPeer::connect(listener.port());
  peer.send("GET /s HTTP/1.1\r\nHost: x\r\n\r\n");
  peer.receive_until("hello");

  listener.drain();

  EXPECT_TRUE(peer.receive_all().ends_with("0\r\n\r\n")) << "it is a whole answer";
  EXPECT_TRUE(eventually(5s, [&] { return listener.has_ended(); }));
}

}  // namespace
}  // namespace sluice
