// Whom the client trusts, and that it says nothing to anybody else.
#include "tests/integration/connectors/certificates.hpp"
#include "tests/integration/connectors/http_client_fixture.hpp"

namespace sluice {
namespace {

HttpListenerSettings under_tls(const std::string& name) {
  HttpListenerSettings settings;
  settings.tls_certificate_file = Certificates::instance().certificate(name);
  settings.tls_key_file = Certificates::instance().key(name);
  return settings;
}

HttpHandler telling_encoding() {
  return [](HttpRequest request, HttpPeer) {
    HttpAnswer answer;
    answer.response.body = request.headers.find("Accept-Encoding").value_or("none");
    return answer_at_once(std::move(answer));
  };
}

TEST(HttpClientTls, talks_to_a_peer_whose_authority_it_trusts_and_keeps_the_connection) {
  const RunningListener listener(telling_encoding(), under_tls("good"));
  auto settings = to(listener.url("https"));
  settings.ca_file = Certificates::instance().authority();
  boost::asio::io_context io;
  const auto client = make_http_client(io.get_executor(), settings);

  EXPECT_EQ(run_to_end(io, client->send(get("/"))).body, "gzip");
  EXPECT_EQ(run_to_end(io, client->send(get("/"))).body, "gzip");
}

TEST(HttpClientTls, verifies_names_too) {
  const RunningListener listener(telling_encoding(), under_tls("good"));
  auto settings = to("https://localhost:" + std::to_string(listener.port()));
  settings.ca_file = Certificates::instance().authority();

  EXPECT_EQ(fetch(settings).status, 200);
}

TEST(HttpClientTls, compression_is_not_asked_for_without_tls) {
  const RunningListener listener(telling_encoding());

  EXPECT_EQ(fetch(to(listener.url())).body, "none");
}

class HttpClientDistrusts : public testing::TestWithParam<const char*> {};

TEST_P(HttpClientDistrusts, before_a_request_is_sent) {
  const RunningListener listener(telling_encoding(), under_tls(GetParam()));
  auto settings = to(listener.url("https"));
  settings.ca_file = Certificates::instance().authority();

  EXPECT_FAILURE(failure_of(settings), ErrorKind::config, "http.tls_untrusted");
  EXPECT_EQ(listener.requests(), 0);
}

INSTANTIATE_TEST_SUITE_P(Table, HttpClientDistrusts, testing::Values("wrong_host", "self_signed", "expired"),
                         [](const auto& info) { return std::string(info.param); });

TEST(HttpClientTls, the_system_does_not_trust_our_authority) {
  const RunningListener listener(telling_encoding(), under_tls("good"));

  EXPECT_FAILURE(failure_of(to(listener.url("https"))), ErrorKind::config, "http.tls_untrusted");
}

TEST(HttpClientTls, refuses_a_peer_that_does_not_speak_tls) {
  const RunningListener listener(telling_encoding());
  auto settings = to(listener.url("https"));
  settings.ca_file = Certificates::instance().authority();

  EXPECT_FAILURE(failure_of(settings), ErrorKind::config, "http.tls_untrusted");
  EXPECT_EQ(listener.requests(), 0);
}

TEST(HttpClientTls, gives_up_on_a_handshake_that_does_not_end) {
  std::atomic<bool> is_over = false;
  HandmadePeer peer([&](const RawListener& listener) {
    const auto silent = listener.accept();
    eventually(5s, [&] { return is_over.load(); });
  });
  auto settings = peer.address();
  settings.base_url.replace(0, 4, "https");
  settings.connect_timeout = 100ms;

  const auto failure = failure_of(settings);
  is_over = true;

  EXPECT_FAILURE(failure, ErrorKind::transient, "http.timeout");
}

}  // namespace
}  // namespace sluice
