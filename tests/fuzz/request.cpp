// Bytes on an accepted connection, up to the peer's end: requests that every reader reads alike, or a refusal.

#include "connectors/http/transport.hpp"
#include "server/http_session.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace sluice {
namespace {

std::shared_ptr<const HttpService> service() {
  HttpService made{{}, {}, {}, Log("fuzz")};
  made.settings.header_limit = 2048;
  made.settings.body_limit = 4096;
  made.handler = [](HttpRequest request, HttpPeer) -> Task<HttpAnswer> {
    promise(!request.method.empty(), "a request has a method");
    promise(request.target.starts_with('/') || request.target == "*", "and a target of ours");
    promise(request.target.find_first_of(" \r\n") == std::string::npos, "of one word");
    promise(request.body.size() <= 4096, "a body within its limit");
    for (const auto& [name, value] : request.headers) {
      promise(!name.empty() && name.find_first_of(" \r\n:") == std::string::npos, "names of headers are tokens");
      promise(value.find_first_of("\r\n") == std::string::npos, "values of headers are one line");
    }
    parse_target(request.target);
    co_return HttpAnswer{HttpResponse{200, {}, "ok"}};
  };
  made.refusal = [](int status) {
    promise(status == 400 || status == 413 || status == 431, "a refusal that fits");
    return HttpResponse{status, {}, "no"};
  };
  return std::make_shared<const HttpService>(std::move(made));
}

void serve(std::string_view bytes) {
  static const auto shared = service();
  std::array<int, 2> ends{};
  promise(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0, "a socket");
  promise(::send(ends[1], bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()), "room");
  ::shutdown(ends[1], SHUT_WR);
  boost::asio::io_context io;
  StreamSocket socket(io, boost::asio::generic::stream_protocol(AF_UNIX, 0), ends[0]);
  HttpSession session(accept_transport(std::move(socket)), shared, {"peer"});
  boost::asio::co_spawn(io, session.run(), [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  });
  io.run();
  ::close(ends[1]);
}

}  // namespace
}  // namespace sluice

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // More than this does not fit into the socket at once.
  if (size <= 32 * 1024) sluice::serve(sluice::text_of(data, size));
  return 0;
}
