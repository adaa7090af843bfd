#pragma once
// One accepted connection: its requests one after the other, within limits.

#include "connectors/http/transport.hpp"
#include "server/http_listener.hpp"
#include "server/http_request_parser.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace sluice {

/// What all sessions of a listener share.
struct HttpService {
  HttpListenerSettings settings;
  HttpHandler handler;
  HttpRefusal refusal;
  Log log;
  bool draining = false;
};

class HttpSession {
 public:
  HttpSession(std::unique_ptr<Transport> transport, std::shared_ptr<const HttpService> service, HttpPeer peer);
  ~HttpSession();

  Task<void> run();
  /// Closes the connection if it waits for a request.
  void drain();
  void abort();

 private:
  /// These report whether the connection may go on.
  Task<bool> serve_one();
  Task<bool> await_first_byte();
  Task<bool> read_request(HttpRequestParser& parser);
  struct Asked {
    bool head_only = false;
    bool keep_alive = false;
    bool takes_chunks = false;  // HTTP/1.1
  };
  Task<bool> write_answer(HttpAnswer answer, Asked asked);
  Task<bool> write_stream(HttpResponse response, Asked asked);
  /// False when the peer does not take it in time.
  Task<bool> write_piece(std::string_view piece, bool in_chunk);

  Task<boost::system::error_code> read_more();
  Task<HttpAnswer> ask_handler(HttpRequest request);
  Task<void> refuse(int status);
  Task<void> misbehave(HttpAnswer answer, std::string head);
  Task<void> discard_input();

  std::unique_ptr<Transport> transport_;
  std::shared_ptr<const HttpService> service_;
  HttpPeer peer_;
  std::size_t capacity_;
  std::unique_ptr<char[]> buffer_;
  std::size_t begin_ = 0;  // received and not yet parsed: [begin_, end_)
  std::size_t end_ = 0;
  bool is_idle_ = false;
};

}  // namespace sluice
