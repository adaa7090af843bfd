#include "tests/integration/connectors/http_client_fixture.hpp"

namespace sluice {
namespace {

TEST(HttpClient, sends_what_it_was_given_and_reuses_the_connection) {
  std::atomic<int> connections = 0;
  const RunningListener listener([](HttpRequest request, HttpPeer) {
    HttpAnswer answer;
    answer.response.headers.set("X-Seen", std::string(request.headers.find("X-Auth-Token").value_or("")));
    answer.response.body = request.method + request.target + request.body;
    return answer_at_once(std::move(answer));
  });
  HandmadePeer relay([&](const RawListener& raw) {
    // Two requests on one accepted connection; a second connection would wait for ever.
    const auto peer = raw.accept();
    ++connections;
    for (int i = 0; i < 2; ++i) {
      peer.receive_until("\r\n\r\n");
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }
  });
  HttpRequest request{"POST", "/v3/x?a=b%20c", {{"X-Auth-Token", "t"}}, "body"};

  const auto response = fetch(to(listener.url()), request);
  boost::asio::io_context io;
  const auto client = make_http_client(io.get_executor(), relay.address());
  const auto first = run_to_end(io, client->send(get("/1")));
  const auto second = run_to_end(io, client->send(get("/2")));

  EXPECT_EQ(response.body, "POST/v3/x?a=b%20cbody");
  EXPECT_EQ(response.headers.find("X-Seen"), "t");
  EXPECT_EQ(first.body + second.body, "okok");
  EXPECT_EQ(connections, 1);
}

TEST(HttpClient, asks_again_when_an_idle_connection_turns_out_to_be_closed) {
  HttpListenerSettings settings;
  settings.keep_alive = 30ms;
  const RunningListener listener(answering({200, {}, "ok"}), settings);
  boost::asio::io_context io;
  const auto client = make_http_client(io.get_executor(), to(listener.url()));

  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(run_to_end(io, client->send(get("/"))).body, "ok");
    std::this_thread::sleep_for(60ms);
  }

  EXPECT_EQ(listener.requests(), 3);
}

TEST(HttpClient, asks_again_when_the_connection_closes_upon_the_request_but_only_once) {
  std::atomic<int> requests = 0;
  HandmadePeer peer([&](const RawListener& listener) {
    {
      const auto first = listener.accept();
      first.receive_until("\r\n\r\n");
      first.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      first.receive_until("\r\n\r\n");
      ++requests;
    }
    const auto second = listener.accept();
    second.receive_until("\r\n\r\n");
    ++requests;
  });
  boost::asio::io_context io;
  const auto client = make_http_client(io.get_executor(), peer.address());
  run_to_end(io, client->send(get("/")));

  try {
    run_to_end(io, client->send(get("/")));
    FAIL() << "nobody answered";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "http.truncated");
  }
  EXPECT_EQ(requests, 2);
}

TEST(HttpClient, shares_a_bounded_number_of_connections) {
  std::atomic<int> under_way = 0;
  std::atomic<int> most = 0;
  const RunningListener listener([&](HttpRequest, HttpPeer) {
    return [](std::atomic<int>& now, std::atomic<int>& peak) -> Task<HttpAnswer> {
      peak = std::max(peak.load(), ++now);
      SystemClock clock;
      co_await clock.sleep(Duration(5));
      --now;
      co_return HttpAnswer{};
    }(under_way, most);
  });
  auto settings = to(listener.url());
  settings.connections = 2;
  boost::asio::io_context io;
  const auto client = make_http_client(io.get_executor(), settings);
  int answered = 0;

  for (int i = 0; i < 10; ++i) {
    boost::asio::co_spawn(io, client->send(get("/")), [&](std::exception_ptr failure, HttpResponse) {
      if (!failure) ++answered;
    });
  }
  while (answered < 10 && io.run_one_for(5s) > 0) continue;

  EXPECT_EQ(answered, 10);
  EXPECT_EQ(most, 2);
}

TEST(HttpClient, does_not_follow_redirects) {
  const RunningListener other(answering({200, {}, "secret"}));
  const RunningListener listener(answering({302, {{"Location", other.url() + "/"}}, ""}));

  const auto response = fetch(to(listener.url()));

  EXPECT_EQ(response.status, 302);
  EXPECT_EQ(other.requests(), 0);
}

TEST(HttpClient, reads_a_page_of_a_megabyte) {
  const std::string page(1'000'000, 'x');
  const RunningListener listener(answering({200, {}, page}));

  EXPECT_EQ(fetch(to(listener.url())).body, page);
}

TEST(HttpClient, passes_interim_answers_over) {
  HandmadePeer peer(
      replying("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));

  EXPECT_EQ(fetch(peer.address()).body, "ok");
}

TEST(HttpClient, reads_an_answer_that_ends_with_its_connection) {
  HandmadePeer peer(replying("HTTP/1.1 200 OK\r\n\r\nall of it"));

  EXPECT_EQ(fetch(peer.address()).body, "all of it");
}

TEST(HttpClient, reads_an_answer_without_a_body) {
  HandmadePeer peer(replying("HTTP/1.1 204 No Content\r\nContent-Type: application/json\r\n\r\n"));

  EXPECT_EQ(fetch(peer.address()).status, 204);
}

struct Broken {
  const char* name;
  std::string reply;
  ErrorKind kind;
  const char* code;
};

class HttpClientOnBrokenAnswers : public testing::TestWithParam<Broken> {};

TEST_P(HttpClientOnBrokenAnswers, throws) {
  HandmadePeer peer(replying(GetParam().reply));
  auto settings = peer.address();
  settings.body_limit = 1'000;

  EXPECT_FAILURE(failure_of(settings), GetParam().kind, GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    Table, HttpClientOnBrokenAnswers,
    testing::Values(Broken{"nothing", "", ErrorKind::transient, "http.truncated"},
                    Broken{"half_a_head", "HTTP/1.1 200 OK\r\nContent-", ErrorKind::transient, "http.truncated"},
                    Broken{"half_a_body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", ErrorKind::transient,
                           "http.truncated"},
                    Broken{"half_a_chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nhalf",
                           ErrorKind::transient, "http.truncated"},
                    Broken{"chunks_without_end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
                           ErrorKind::transient, "http.truncated"},
                    Broken{"not_http", "SSH-2.0-OpenSSH_9.2\r\n\r\n", ErrorKind::transient, "http.malformed"},
                    Broken{"two_lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
                           ErrorKind::transient, "http.malformed"},
                    Broken{"large_head", "HTTP/1.1 200 OK\r\nA: " + std::string(70'000, 'a') + "\r\n\r\n",
                           ErrorKind::transient, "http.too_large"},
                    Broken{"large_body", "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", ErrorKind::transient,
                           "http.too_large"},
                    Broken{"endless_body", "HTTP/1.1 200 OK\r\n\r\n" + std::string(5'000, 'a'), ErrorKind::transient,
                           "http.too_large"},
                    Broken{"unknown_encoding", "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\nok",
                           ErrorKind::transient, "http.bad_encoding"},
                    Broken{"damaged_gzip", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok",
                           ErrorKind::transient, "http.bad_encoding"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(HttpClient, reports_a_reset_in_the_body) {
  const RunningListener listener(answering({200, {}, std::string(10'000, 'x')}, HttpAnswer::Fault::reset_in_body));

  EXPECT_FAILURE(failure_of(to(listener.url())), ErrorKind::transient, "http.truncated");
}

TEST(HttpClient, reports_that_nobody_listens) {
  std::string url;
  {
    const RawListener gone;
    url = gone.url();
  }

  EXPECT_FAILURE(failure_of(to(url)), ErrorKind::transient, "http.unreachable");
}

TEST(HttpClient, does_not_wait_for_a_silent_peer_beyond_the_idle_limit) {
  const RunningListener listener(answering({}, HttpAnswer::Fault::hang));
  auto settings = to(listener.url());
  settings.idle_timeout = 50ms;

  EXPECT_FAILURE(failure_of(settings), ErrorKind::transient, "http.timeout");
}

TEST(HttpClient, a_dripping_peer_meets_the_total_deadline) {
  std::atomic<bool> is_over = false;
  HandmadePeer peer([&](const RawListener& listener) {
    const auto drip = listener.accept();
    drip.receive_until("\r\n\r\n");
    drip.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    // Soon enough for the idle limit, each time.
    for (int i = 0; i < 1'000 && !is_over; ++i) {
      drip.send("x");
      std::this_thread::sleep_for(10ms);
    }
  });
  auto settings = peer.address();
  settings.idle_timeout = 5s;
  settings.total_deadline = 200ms;
  const auto began = std::chrono::steady_clock::now();

  const auto failure = failure_of(settings);
  const auto took = std::chrono::steady_clock::now() - began;
  is_over = true;

  EXPECT_FAILURE(failure, ErrorKind::transient, "http.timeout");
  EXPECT_LT(took, 2s);
}

TEST(HttpClient, decodes_gzip) {
  std::string page;
  for (int i = 0; i < 50'000; ++i) page += "{\"id\":" + std::to_string(i) + "},";
  const RunningListener listener(answering({200, {{"Content-Encoding", "gzip"}, {"X-Other", "1"}}, gzip(page)}));

  const auto response = fetch(to(listener.url()));

  EXPECT_EQ(response.body, page);
  EXPECT_FALSE(response.headers.find("Content-Encoding"));
  EXPECT_EQ(response.headers.find("X-Other"), "1");
}

TEST(HttpClient, notices_gzip_that_was_cut) {
  auto half = gzip(std::string(10'000, 'x') + "end");
  half.resize(half.size() - 5);
  const RunningListener listener(answering({200, {{"Content-Encoding", "gzip"}}, half}));

  EXPECT_FAILURE(failure_of(to(listener.url())), ErrorKind::transient, "http.truncated");
}

TEST(HttpClient, refuses_gzip_that_unfolds_without_measure) {
  const RunningListener listener(answering({200, {{"Content-Encoding", "gzip"}}, gzip(std::string(50'000'000, '\0'))}));

  EXPECT_FAILURE(failure_of(to(listener.url())), ErrorKind::transient, "http.too_large");
}

TEST(HttpClient, refuses_to_send_what_would_be_two_requests) {
  const RunningListener listener(answering({}));
  const auto settings = to(listener.url());
  HttpRequest header = get("/");
  header.headers.set("X-Auth-Token", "a\r\nX-Forged: b");

  EXPECT_FAILURE(failure_of(settings, get("/ HTTP/1.1\r\nA: b")), ErrorKind::bug, "http.bad_request");
  EXPECT_FAILURE(failure_of(settings, get("http://elsewhere/")), ErrorKind::bug, "http.bad_request");
  EXPECT_FAILURE(failure_of(settings, header), ErrorKind::bug, "http.bad_request");
  EXPECT_EQ(listener.requests(), 0);
}

TEST(HttpClient, accepts_only_a_plain_base_url) {
  boost::asio::io_context io;
  for (const char* url : {"", "api.bigcommerce.com", "ftp://a", "https://", "https://u:p@a", "https://a/path",
                          "https://a?q", "https://a#f", "https://a:0", "https://a b", "https://a\\b"}) {
    try {
      make_http_client(io.get_executor(), to(url));
      ADD_FAILURE() << "accepted " << url;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "http.bad_base_url") << url;
    }
  }
  EXPECT_NO_THROW(make_http_client(io.get_executor(), to("http://[::1]:80/")));
  EXPECT_NO_THROW(make_http_client(io.get_executor(), to("https://api.bigcommerce.com")));
}

}  // namespace
}  // namespace sluice
