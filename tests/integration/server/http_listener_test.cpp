#include "server/http_listener.hpp"

#include "core/error.hpp"
#include "core/event.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/raw_peer.hpp"
#include "tests/support/running_listener.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace sluice {
namespace {

using namespace std::chrono_literals;

Task<HttpAnswer> echo(HttpRequest request, HttpPeer) {
  HttpAnswer answer;
  answer.response.headers.set("Content-Type", "text/plain");
  answer.response.body = request.method + " " + request.target + " " + request.body;
  co_return answer;
}

HttpHandler answering(HttpAnswer answer) {
  return [answer = std::move(answer)](HttpRequest, HttpPeer) -> Task<HttpAnswer> {
    // The closure outlives the call: the listener keeps the handler.
    return [](HttpAnswer given) -> Task<HttpAnswer> { co_return given; }(answer);
  };
}

HttpListenerSettings hasty() {
  HttpListenerSettings settings;
  settings.request_deadline = 150ms;
  return settings;
}

/// What the listener says to these bytes, until it closes.
std::string reply_to(std::string_view bytes, HttpListenerSettings settings = {}) {
  const RunningListener listener(echo, std::move(settings));
  const auto peer = RawPeer::connect(listener.port());
  peer.send(bytes);
  return peer.receive_all();
}

std::string status_line(const std::string& reply) { return reply.substr(0, reply.find("\r\n")); }

/// Opens whatever this process may still open, so that nothing else can.
std::vector<int> hoard_descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_cur, 256);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  std::vector<int> hoard;
  for (int fd = 0; (fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) hoard.push_back(fd);
  return hoard;
}

TEST(HttpListener, answers_and_closes_when_asked_to) {
  const auto reply = reply_to("GET /a?b=c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

  EXPECT_EQ(
      reply,
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 11\r\nConnection: close\r\n\r\nGET /a?b=c ");
}

TEST(HttpListener, answers_pipelined_requests_in_order) {
  const auto reply = reply_to(
      "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
      "GET /2 HTTP/1.1\r\nHost: x\r\n\r\n"
      "GET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

  const auto first = reply.find("POST /1 hi");
  const auto second = reply.find("GET /2");
  const auto third = reply.find("GET /3");
  EXPECT_NE(third, std::string::npos) << reply;
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
}

TEST(HttpListener, reads_chunked_bodies) {
  const auto reply = reply_to(
      "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n");

  EXPECT_TRUE(reply.ends_with("POST / abcde")) << reply;
}

TEST(HttpListener, invites_a_body_that_waits_for_it) {
  const RunningListener listener(echo);
  const auto peer = RawPeer::connect(listener.port());
  peer.send("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(status_line(peer.receive_until("\r\n\r\n")), "HTTP/1.1 100 Continue");

  peer.send("ok");

  EXPECT_TRUE(peer.receive_all().ends_with("POST / ok"));
}

TEST(HttpListener, keeps_the_length_of_a_head_without_sending_a_body) {
  const auto reply = reply_to("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

  EXPECT_NE(reply.find("Content-Length: 7\r\n"), std::string::npos) << reply;
  EXPECT_TRUE(reply.ends_with("\r\n\r\n")) << reply;
}

struct Refused {
  const char* name;
  std::string bytes;
  const char* status;
};

class HttpListenerRefuses : public testing::TestWithParam<Refused> {};

TEST_P(HttpListenerRefuses, and_closes) {
  const auto reply = reply_to(GetParam().bytes);

  EXPECT_EQ(status_line(reply), GetParam().status);
  EXPECT_NE(reply.find("Connection: close"), std::string::npos);
  EXPECT_EQ(reply.find("HTTP/1.1 200"), std::string::npos);
}

constexpr const char* bad_request = "HTTP/1.1 400 Bad Request";

INSTANTIATE_TEST_SUITE_P(
    Table, HttpListenerRefuses,
    testing::Values(
        Refused{"length_and_encoding",
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                bad_request},
        Refused{"encoding_and_length",
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
                bad_request},
        Refused{"two_lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                bad_request},
        Refused{"two_equal_lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
                bad_request},
        Refused{
            "two_encodings",
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            bad_request},
        Refused{"unknown_encoding", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                bad_request},
        Refused{"nested_encoding", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                bad_request},
        Refused{"encoding_in_1_0", "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                bad_request},
        Refused{"signed_length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na", bad_request},
        Refused{"no_host", "GET / HTTP/1.1\r\n\r\n", bad_request},
        Refused{"two_hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", bad_request},
        Refused{"absolute_target", "GET http://other/ HTTP/1.1\r\nHost: x\r\n\r\n", bad_request},
        Refused{"folded_line", "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", bad_request},
        Refused{"space_before_colon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", bad_request},
        Refused{"bare_line_feeds", "GET / HTTP/1.1\nHost: x\n\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", bad_request},
        Refused{"other_protocol", "\x16\x03\x01 hello \r\n\r\n", bad_request},
        Refused{"bad_chunk", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n",
                bad_request},
        Refused{"large_head", "GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(17 * 1024, 'a') + "\r\n\r\n",
                "HTTP/1.1 431 Request Header Fields Too Large"},
        Refused{"endless_head", "GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(200 * 1024, 'a'),
                "HTTP/1.1 431 Request Header Fields Too Large"},
        Refused{"large_body", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\nabc",
                "HTTP/1.1 413 Payload Too Large"},
        Refused{"large_chunk", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\nabc",
                "HTTP/1.1 413 Payload Too Large"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(HttpListener, a_slow_head_meets_the_total_deadline) {
  const RunningListener listener(echo, hasty());
  const auto peer = RawPeer::connect(listener.port());
  const auto began = std::chrono::steady_clock::now();
  std::string reply;
  // Each byte comes soon enough for any limit on silence.
  std::thread listening([&] { reply = peer.receive_all(); });
  for (int i = 0; i < 30 && std::chrono::steady_clock::now() - began < 3s; ++i) {
    peer.send(i == 0 ? "GET / HTTP/1.1\r\nA: " : "a");
    std::this_thread::sleep_for(20ms);
  }
  listening.join();

  EXPECT_EQ(status_line(reply), "HTTP/1.1 408 Request Timeout");
  EXPECT_EQ(listener.requests(), 0);
}

TEST(HttpListener, a_peer_that_does_not_read_is_left) {
  HttpListenerSettings settings;
  settings.write_deadline = 150ms;
  settings.connections = 1;
  HttpAnswer large;
  large.response.body.assign(64 * 1024 * 1024, 'a');
  const RunningListener listener(answering(std::move(large)), settings);
  const auto deaf = RawPeer::connect(listener.port());
  deaf.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(eventually(5s, [&] { return listener.requests() == 1; }));

  // There is room for one only: that this one is served shows that the other one is gone.
  const auto next = RawPeer::connect(listener.port());
  next.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

  EXPECT_TRUE(eventually(5s, [&] { return listener.requests() == 2; }));
}

TEST(HttpListener, an_idle_connection_just_closes) {
  HttpListenerSettings settings;
  settings.keep_alive = 50ms;

  EXPECT_EQ(reply_to("", settings), "");
}

TEST(HttpListener, a_handler_that_throws_makes_a_500) {
  const RunningListener listener([](HttpRequest, HttpPeer) -> Task<HttpAnswer> {
    throw std::runtime_error("broken on purpose");
    co_return HttpAnswer{};
  });
  const auto peer = RawPeer::connect(listener.port());
  peer.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

  EXPECT_EQ(status_line(peer.receive_all()), "HTTP/1.1 500 Internal Server Error");
}

TEST(HttpListener, a_line_break_in_a_header_stays_inside_it) {
  HttpAnswer answer;
  answer.response.headers.set("X-Name", "a\r\nX-Forged: b");
  const RunningListener listener(answering(answer));
  const auto peer = RawPeer::connect(listener.port());
  peer.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

  EXPECT_EQ(peer.receive_all().find("\r\nX-Forged"), std::string::npos);
}

TEST(HttpListener, misbehaves_on_demand) {
  HttpAnswer answer;
  answer.response.body = std::string(1000, 'b');
  answer.fault = HttpAnswer::Fault::reset_in_body;
  const RunningListener in_body(answering(answer));
  answer.fault = HttpAnswer::Fault::reset_before_head;
  const RunningListener before_head(answering(answer));

  const auto first = RawPeer::connect(in_body.port());
  first.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto half = first.receive_until(std::string(500, 'b'));
  const auto second = RawPeer::connect(before_head.port());
  second.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");

  EXPECT_NE(half.find("Content-Length: 1000"), std::string::npos);
  EXPECT_EQ(first.receive_all(), "");
  EXPECT_TRUE(first.was_reset());
  EXPECT_EQ(second.receive_all(), "");
  EXPECT_TRUE(second.was_reset());
}

TEST(HttpListener, hangs_on_demand_until_aborted) {
  HttpAnswer answer;
  answer.fault = HttpAnswer::Fault::hang;
  auto listener = std::make_unique<RunningListener>(answering(answer));
  const auto peer = RawPeer::connect(listener->port());
  peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(eventually(5s, [&] { return listener->requests() == 1; }));

  listener.reset();

  EXPECT_EQ(peer.receive_all(), "");
}

TEST(HttpListener, drains_idle_connections_at_once_and_busy_ones_after_their_answer) {
  std::atomic<bool> is_asked = false;
  std::atomic<bool> may_answer = false;
  RunningListener listener([&](HttpRequest request, HttpPeer peer) -> Task<HttpAnswer> {
    return [](HttpRequest asked, HttpPeer by, std::atomic<bool>& came, std::atomic<bool>& go) -> Task<HttpAnswer> {
      if (asked.target == "/slow") {
        came = true;
        Event never;
        while (!go) co_await never.wait(Duration(2));
      }
      co_return co_await echo(std::move(asked), std::move(by));
    }(std::move(request), std::move(peer), is_asked, may_answer);
  });
  const auto idle = RawPeer::connect(listener.port());
  idle.send("GET /warm HTTP/1.1\r\nHost: x\r\n\r\n");
  idle.receive_until("GET /warm ");
  auto busy = std::make_unique<RawPeer>(RawPeer::connect(listener.port()));
  busy->send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(eventually(5s, [&] { return is_asked.load(); }));

  listener.drain();

  EXPECT_EQ(idle.receive_all(), "");
  EXPECT_FALSE(listener.has_ended());
  may_answer = true;
  const auto reply = busy->receive_all();
  busy.reset();
  EXPECT_NE(reply.find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(reply.ends_with("GET /slow "));
  EXPECT_TRUE(eventually(5s, [&] { return listener.has_ended(); }));
  EXPECT_THROW(RawPeer::connect(listener.port()), std::system_error);
}

TEST(HttpListener, holds_no_more_connections_than_it_may) {
  HttpListenerSettings settings;
  settings.connections = 1;
  const RunningListener listener(echo, settings);
  auto first = std::make_unique<RawPeer>(RawPeer::connect(listener.port()));
  first->send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
  first->receive_until("GET /1 ");
  const auto second = RawPeer::connect(listener.port());
  second.send("GET /2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_FALSE(eventually(100ms, [&] { return listener.requests() == 2; }));

  first.reset();

  EXPECT_TRUE(second.receive_all().ends_with("GET /2 "));
}

TEST(HttpListener, recovers_when_descriptors_run_out) {
#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
  GTEST_SKIP() << "the sanitizer looks at objects through a pipe, and takes them for broken when it gets none";
#endif
#endif
  const RunningListener listener(echo);
  const auto descriptors = hoard_descriptors();
  // One is given back for our own side; the listener's side has none.
  ::close(descriptors.front());
  const auto peer = RawPeer::connect(listener.port());
  peer.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_FALSE(eventually(250ms, [&] { return listener.requests() > 0; }));

  for (const int fd : std::vector(descriptors.begin() + 1, descriptors.end())) ::close(fd);

  EXPECT_TRUE(peer.receive_all().ends_with("GET / "));
}

TEST(HttpListener, says_why_it_cannot_listen) {
  const RunningListener listener(echo);
  boost::asio::io_context io;
  HttpListenerSettings settings;
  settings.port = listener.port();

  try {
    make_http_listener(io.get_executor(), settings, echo, [](int) { return HttpResponse{}; }, Log("test"));
    FAIL() << "two listeners share a port";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::config);
    EXPECT_EQ(error.code(), "server.cannot_listen");
    EXPECT_NE(error.message().find(std::to_string(listener.port())), std::string::npos);
  }
}

}  // namespace
}  // namespace sluice
