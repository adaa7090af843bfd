#include "server/http_request_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace sluice {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr std::string_view head_end = "\r\n\r\n";
/// However much more there is of a chunked body, it is no less than this; Beast's asserts do not bear less of it.
constexpr std::string_view shortest_end_of_chunks = "0\r\n\r\n";

int refusal_status(const error_code& error) {
  if (error == http::error::header_limit) return 431;
  if (error == http::error::body_limit) return 413;
  return 400;
}

/// A header line that goes on in the next one is read differently by different programs.
bool has_folded_line(std::string_view head) {
  return head.find("\n ") != std::string_view::npos || head.find("\n\t") != std::string_view::npos;
}

/// True when every reader of this head agrees on where the request ends and whom it is for.
template <class Message>
bool is_unambiguous(const Message& message) {
  const auto lengths = message.count(http::field::content_length);
  const auto encodings = message.count(http::field::transfer_encoding);
  if (lengths > 1 || encodings > 1 || (lengths != 0 && encodings != 0)) return false;
  if (encodings == 1) {
    const auto encoding = message[http::field::transfer_encoding];
    if (message.version() != 11 || !equal_ignoring_case({encoding.data(), encoding.size()}, "chunked")) return false;
  }
  const auto hosts = message.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && message.version() == 11)) return false;
  const auto target = message.target();
  return target.starts_with('/') || (target == "*" && message.method() == http::verb::options);
}

}  // namespace

HttpRequestParser::HttpRequestParser(std::size_t header_limit, std::size_t body_limit) {
  parser_.header_limit(static_cast<std::uint32_t>(header_limit));
  parser_.body_limit(body_limit);
}

std::size_t HttpRequestParser::feed(std::string_view bytes) {
  std::size_t used = 0;
  while (!is_done() && used < bytes.size()) {
    if (!is_head_done() && !head_may_be_read(bytes)) break;
    if (is_head_done() && parser_.chunked() && bytes.size() - used < shortest_end_of_chunks.size()) break;
    error_code error;
    const std::size_t step = parser_.put(asio::buffer(bytes.data() + used, bytes.size() - used), error);
    used += step;
    if (error == http::error::need_more) break;
    if (error) {
      status_ = refusal_status(error);
      break;
    }
    if (is_head_done() && !parser_.eager()) {
      if (!is_unambiguous(parser_.get())) status_ = 400;
      parser_.eager(true);
    }
    if (step == 0) break;
  }
  return used;
}

bool HttpRequestParser::head_may_be_read(std::string_view bytes) {
  const auto end = bytes.find(head_end);
  if (end != std::string_view::npos && has_folded_line(bytes.substr(0, end))) status_ = 400;
  return status_ == 0;
}

bool HttpRequestParser::expects_continue() const {
  const auto expect = parser_.get()[http::field::expect];
  return parser_.get().version() == 11 && equal_ignoring_case({expect.data(), expect.size()}, "100-continue");
}

HttpRequest HttpRequestParser::take() {
  auto message = parser_.release();
  HttpRequest request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  for (const auto& field : message) request.headers.add(std::string(field.name_string()), std::string(field.value()));
  request.body = std::move(message.body());
  return request;
}

}  // namespace sluice
