#include "server/health_check.hpp"

#include "server/settings.hpp"

#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace sluice {
namespace {

using boost::asio::ip::tcp;

/// Takes one connection, reads the request, gives a fixed answer.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer)
      : acceptor_(context_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
        port_(acceptor_.local_endpoint().port()),
        thread_([this, answer = std::move(answer)] {
          tcp::socket socket = acceptor_.accept();
          boost::system::error_code gone;
          if (!answer.empty()) boost::asio::read_until(socket, boost::asio::dynamic_buffer(request_), "\r\n\r\n", gone);
          boost::asio::write(socket, boost::asio::buffer(answer), gone);
        }) {}
  ~OneAnswer() { wait(); }

  HealthTarget target(bool has_tls = false) const { return {"127.0.0.1", port_, has_tls}; }
  std::string request() {
    wait();
    return request_;
  }

 private:
  void wait() {
    if (thread_.joinable()) thread_.join();
  }

  boost::asio::io_context context_;
  tcp::acceptor acceptor_;
  std::uint16_t port_;
  std::string request_;
  std::thread thread_;
};

Config with(const KeyValues& flags) { return Config::load(settings, std::nullopt, {}, flags); }

TEST(HealthCheck, is_ready_at_status_200) {
  OneAnswer daemon("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");

  const HealthReport report = ask_health(daemon.target());

  EXPECT_TRUE(report.is_ready);
  EXPECT_TRUE(daemon.request().starts_with("GET /readyz HTTP/1.1\r\n")) << daemon.request();
}

TEST(HealthCheck, tells_what_a_daemon_that_is_not_ready_says) {
  OneAnswer daemon("HTTP/1.1 503 Service Unavailable\r\nX: y\r\n\r\n{\"detail\":\"database is away\"}");

  const HealthReport report = ask_health(daemon.target());

  EXPECT_FALSE(report.is_ready);
  EXPECT_EQ(report.sentence, "not ready: status 503 {\"detail\":\"database is away\"}");
}

TEST(HealthCheck, is_not_ready_without_an_answer_in_http) {
  for (const char* answer : {"", "SSH-2.0-x\r\n", "HTTP/1.1\r\n\r\n"}) {
    SCOPED_TRACE(answer);
    OneAnswer daemon(answer);

    EXPECT_FALSE(ask_health(daemon.target()).is_ready);
  }
}

TEST(HealthCheck, only_connects_to_a_tls_listener) {
  OneAnswer daemon("");

  const HealthReport report = ask_health(daemon.target(true));

  EXPECT_TRUE(report.is_ready);
  EXPECT_NE(report.sentence.find("only the connection was checked"), std::string::npos) << report.sentence;
}

TEST(HealthCheck, is_not_ready_when_nobody_listens) {
  std::uint16_t free_port = 0;
  {
    boost::asio::io_context context;
    free_port =
        tcp::acceptor(context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)).local_endpoint().port();
  }

  const HealthReport report = ask_health({"127.0.0.1", free_port, false});

  EXPECT_FALSE(report.is_ready);
  EXPECT_TRUE(report.sentence.starts_with("cannot connect to 127.0.0.1")) << report.sentence;
}

TEST(HealthTarget, is_where_the_daemon_listens_seen_from_here) {
  struct Case {
    const char* listen;
    const char* host;
  };
  for (const Case& item : {Case{"127.0.0.1:81", "127.0.0.1"}, Case{"0.0.0.0:81", "127.0.0.1"}, Case{":81", "127.0.0.1"},
                           Case{"[::]:81", "::1"}, Case{"10.0.0.7:81", "10.0.0.7"}}) {
    SCOPED_TRACE(item.listen);

    const HealthTarget target = find_health_target(with({{"server.listen", item.listen}}));

    EXPECT_EQ(target.host, item.host);
    EXPECT_EQ(target.port, 81);
    EXPECT_FALSE(target.has_tls);
  }
}

TEST(HealthTarget, knows_a_tls_listener_by_its_certificate) {
  EXPECT_TRUE(find_health_target(with({{"server.tls_certificate", "/c"}})).has_tls);
}

TEST(HealthTarget, comes_from_the_address_file_when_there_is_one) {
  const auto file = std::filesystem::path(testing::TempDir()) / ("sluice_address_" + std::to_string(getpid()));
  const Config config = with({{"server.listen", "127.0.0.1:0"}, {"server.address_file", file.string()}});
  const auto target_of = [&](const char* text) {
    std::ofstream(file) << text;
    return find_health_target(config);
  };

  EXPECT_EQ(target_of("http://127.0.0.1:4711\n").port, 4711);
  EXPECT_EQ(target_of("http://[::1]:4712/").host, "::1");
  EXPECT_TRUE(target_of("https://127.0.0.1:4713").has_tls);

  std::filesystem::remove(file);
  try {
    find_health_target(config);
    FAIL() << "a file that is not there was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::transient);
    EXPECT_EQ(error.code(), "health.not_listening");
  }
}

TEST(HealthTarget, must_have_a_port) {
  try {
    find_health_target(with({{"server.listen", "127.0.0.1:0"}}));
    FAIL() << "port 0 was taken for an address";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::config);
    EXPECT_EQ(error.code(), "health.no_address");
  }
}

}  // namespace
}  // namespace sluice
