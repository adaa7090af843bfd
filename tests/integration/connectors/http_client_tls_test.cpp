// Whom the client trusts, and that it says nothing to anybody else.
#include "tests/integration/connectors/http_client_fixture.hpp"
#include "tests/support/certificates.hpp"

#include <openssl/ssl.h>

#include <array>
#include <memory>
#include <string_view>
#include <thread>

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

INSTANTIATE_TEST_SUITE_P(Table, HttpClientDistrusts,
                         testing::Values("wrong_host", "self_signed", "expired", "not_yet_valid"),
                         [](const auto& info) { return std::string(info.param); });

/// A server that our own listener refuses to be: it takes any key and any version of TLS.
class CarelessServer {
 public:
  CarelessServer(const std::string& certificate, int newest_version)
      : context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free) {
    SSL_CTX_set_security_level(context_.get(), 0);
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.get(), newest_version);
    SSL_CTX_set_cipher_list(context_.get(), "ALL:@SECLEVEL=0");
    const Certificates& made = Certificates::instance();
    EXPECT_EQ(SSL_CTX_use_certificate_chain_file(context_.get(), made.certificate(certificate).c_str()), 1);
    EXPECT_EQ(SSL_CTX_use_PrivateKey_file(context_.get(), made.key(certificate).c_str(), SSL_FILETYPE_PEM), 1);
    thread_ = std::thread([this] { serve_one(); });
  }
  ~CarelessServer() { thread_.join(); }

  std::string url() const { return "https://127.0.0.1:" + std::to_string(listener_.port()); }
  /// What came through the tunnel until the client closed.
  std::string heard() {
    thread_.join();
    thread_ = std::thread([] {});
    return heard_;
  }

 private:
  void serve_one() {
    const RawPeer peer = listener_.accept();
    const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context_.get()), SSL_free);
    SSL_set_fd(tls.get(), peer.descriptor());
    if (SSL_accept(tls.get()) != 1) return;
    std::array<char, 1024> piece{};
    const int got = SSL_read(tls.get(), piece.data(), static_cast<int>(piece.size()));
    if (got <= 0) return;
    heard_.assign(piece.data(), static_cast<std::size_t>(got));
    constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    SSL_write(tls.get(), answer.data(), static_cast<int>(answer.size()));
    SSL_shutdown(tls.get());
  }

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  RawListener listener_;
  std::string heard_;
  std::thread thread_;
};

TEST(HttpClientTls, talks_to_a_careless_server_with_a_good_key_and_version) {
  CarelessServer server("good", TLS1_3_VERSION);
  auto settings = to(server.url());
  settings.ca_file = Certificates::instance().authority();

  EXPECT_EQ(fetch(settings).status, 200);
  EXPECT_TRUE(server.heard().starts_with("GET / "));
}

TEST(HttpClientTls, refuses_a_weak_key_before_a_request_is_sent) {
  CarelessServer server("weak_key", TLS1_3_VERSION);
  auto settings = to(server.url());
  settings.ca_file = Certificates::instance().authority();

  EXPECT_FAILURE(failure_of(settings), ErrorKind::config, "http.tls_untrusted");
  EXPECT_EQ(server.heard(), "");
}

TEST(HttpClientTls, refuses_old_versions_before_a_request_is_sent) {
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    CarelessServer server("good", version);
    auto settings = to(server.url());
    settings.ca_file = Certificates::instance().authority();

    EXPECT_FAILURE(failure_of(settings), ErrorKind::config, "http.tls_untrusted");
    EXPECT_EQ(server.heard(), "");
  }
}

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
