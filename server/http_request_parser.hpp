#pragma once
// Bytes of a connection in, one request out, within limits. What two programs might read differently is refused. Does
// no I/O.

#include "core/http.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <cstddef>
#include <string_view>

namespace sluice {

class HttpRequestParser {
 public:
  /// In bytes.
  HttpRequestParser(std::size_t header_limit, std::size_t body_limit);

  /// How many of `bytes` are used up; the rest comes again, with more behind it.
  std::size_t feed(std::string_view bytes);

  bool is_head_done() const { return parser_.is_header_done(); }
  bool is_done() const { return parser_.is_done() || status_ != 0; }
  /// The answer to a request that cannot be served; 0 while there is none.
  int refusal() const { return status_; }

  // Of a request whose head is done.
  bool keep_alive() const { return parser_.get().keep_alive(); }
  bool takes_chunks() const { return parser_.get().version() == 11; }
  bool is_head() const { return parser_.get().method() == boost::beast::http::verb::head; }
  bool expects_continue() const;

  /// Of a request that is done and not refused; once.
  HttpRequest take();

 private:
  bool head_may_be_read(std::string_view bytes);

  boost::beast::http::request_parser<boost::beast::http::string_body> parser_;
  int status_ = 0;
};

}  // namespace sluice
