// Client and listener over a unix socket.

#include "tests/integration/connectors/http_client_fixture.hpp"

#include <boost/asio/local/stream_protocol.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace sluice {
namespace {

class HttpSocket : public testing::Test {
 protected:
  void TearDown() override { ::unlink(file.c_str()); }

  HttpListenerSettings listening() const {
    HttpListenerSettings settings;
    settings.socket_file = file;
    return settings;
  }
  HttpClientSettings connecting() const {
    HttpClientSettings settings;
    settings.base_url = "http://localhost";
    settings.socket_file = file;
    return settings;
  }
  static HttpHandler naming_the_peer() {
    return [](HttpRequest, HttpPeer peer) {
      HttpAnswer answer;
      answer.response.body = peer.address;
      return answer_at_once(std::move(answer));
    };
  }

  std::string file = testing::TempDir() + "sluice-" + std::to_string(::getpid()) + ".sock";
};

TEST_F(HttpSocket, answers_this_user_and_group_and_goes_with_the_listener) {
  {
    const RunningListener listener(naming_the_peer(), listening());
    struct stat status{};
    ASSERT_EQ(::stat(file.c_str(), &status), 0);

    EXPECT_EQ(status.st_mode & 0777U, 0660U);
    EXPECT_EQ(fetch(connecting(), get("/")).body, "unix");
  }
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(HttpSocket, is_taken_over_from_a_process_that_was_killed) {
  {
    boost::asio::io_context io;
    const boost::asio::local::stream_protocol::acceptor abandoned(io, {file}, false);
  }
  ASSERT_TRUE(std::filesystem::exists(file));

  const RunningListener listener(naming_the_peer(), listening());

  EXPECT_EQ(fetch(connecting(), get("/")).body, "unix");
}

TEST_F(HttpSocket, is_not_taken_from_a_process_that_listens_nor_from_another_kind_of_file) {
  {
    const RunningListener listener(naming_the_peer(), listening());
    EXPECT_THROW(RunningListener(naming_the_peer(), listening()), Error);
    EXPECT_EQ(fetch(connecting(), get("/")).body, "unix");
  }
  std::ofstream(file) << "precious";
  EXPECT_THROW(RunningListener(naming_the_peer(), listening()), Error);
  EXPECT_EQ(std::filesystem::file_size(file), 8U);
}

TEST_F(HttpSocket, that_nobody_listens_on_is_an_outage) {
  for (const std::string& path : {file, std::string(200, 'x')}) {
    HttpClientSettings settings = connecting();
    settings.socket_file = path;
    try {
      fetch(settings, get("/"));
      FAIL() << path;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "http.unreachable");
      EXPECT_EQ(error.kind(), ErrorKind::transient);
    }
  }
}

}  // namespace
}  // namespace sluice
