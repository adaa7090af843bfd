#include "server/http_session.hpp"

#include "core/error.hpp"
#include "core/task.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/http/status.hpp>

#include <array>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

namespace sluice {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr auto linger_limit = std::chrono::seconds(2);
constexpr std::size_t linger_bytes = 1024 * 1024;

bool is_ours_to_set(std::string_view name) {
  return equal_ignoring_case(name, "Content-Length") || equal_ignoring_case(name, "Connection") ||
         equal_ignoring_case(name, "Transfer-Encoding");
}

/// A line break inside a value would start a header of its own.
void append_line(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ");
  for (const char c : value) head.push_back(c == '\r' || c == '\n' || c == '\0' ? ' ' : c);
  head.append("\r\n");
}

bool may_have_body(int status) { return status >= 200 && status != 204 && status != 304; }

enum class BodyForm { counted, chunked, until_close };

std::string compose_head(const HttpResponse& response, BodyForm form, bool head_only, bool keep_alive) {
  std::string head;
  head.reserve(512);
  const auto reason = http::obsolete_reason(static_cast<http::status>(response.status));
  head.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  head.append(reason.data(), reason.size()).append("\r\n");
  for (const auto& [name, value] : response.headers) {
    if (!is_ours_to_set(name)) append_line(head, name, value);
  }
  if (form == BodyForm::chunked) append_line(head, "Transfer-Encoding", "chunked");
  if (form == BodyForm::counted && may_have_body(response.status)) {
    // The handler of a HEAD may know the length without having made the body.
    const auto told = head_only && response.content().empty() ? response.headers.find("Content-Length") : std::nullopt;
    append_line(head, "Content-Length", told ? std::string(*told) : std::to_string(response.content().size()));
  }
  if (!keep_alive) append_line(head, "Connection", "close");
  head.append("\r\n");
  return head;
}

}  // namespace

HttpSession::HttpSession(std::unique_ptr<Transport> transport, std::shared_ptr<const HttpService> service,
                         HttpPeer peer)
    : transport_(std::move(transport)),
      service_(std::move(service)),
      peer_(std::move(peer)),
      // A head of the largest size fits, so that a full buffer is never half a head.
      capacity_(service_->settings.header_limit + 4096),
      buffer_(std::make_unique_for_overwrite<char[]>(capacity_)) {}

HttpSession::~HttpSession() = default;

void HttpSession::drain() {
  if (is_idle_) transport_->close();
}

void HttpSession::abort() { transport_->close(); }

Task<void> HttpSession::run() {
  transport_->expires_after(service_->settings.request_deadline);
  if (const auto error = co_await transport_->handshake()) {
    service_->log.debug("handshake failed", {{"peer", peer_.address}, {"reason", error.message()}});
    co_return;
  }
  while (co_await serve_one()) continue;
}

Task<bool> HttpSession::serve_one() {
  if (begin_ == end_ && !co_await await_first_byte()) co_return false;

  transport_->expires_after(service_->settings.request_deadline);
  HttpRequestParser parser(service_->settings.header_limit, service_->settings.body_limit);
  if (!co_await read_request(parser)) co_return false;
  if (parser.refusal() != 0) {
    co_await refuse(parser.refusal());
    co_return false;
  }

  const Asked asked{parser.is_head(), parser.keep_alive(), parser.takes_chunks()};
  transport_->never_expires();
  auto request = parser.take();
  auto answer = co_await ask_handler(std::move(request));
  co_return co_await write_answer(std::move(answer), asked);
}

Task<bool> HttpSession::await_first_byte() {
  if (service_->draining) {
    co_await transport_->finish();
    co_return false;
  }
  transport_->expires_after(service_->settings.keep_alive);
  is_idle_ = true;
  const auto error = co_await read_more();
  is_idle_ = false;
  if (error == asio::error::timed_out) co_await transport_->finish();
  co_return !error;
}

Task<error_code> HttpSession::read_more() {
  if (begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
  }
  const auto got = co_await transport_->read_some(asio::buffer(buffer_.get() + end_, capacity_ - end_));
  end_ += got.bytes;
  co_return got.error;
}

Task<bool> HttpSession::read_request(HttpRequestParser& parser) {
  bool was_told_to_continue = false;
  while (true) {
    begin_ += parser.feed({buffer_.get() + begin_, end_ - begin_});
    if (parser.is_done()) co_return true;
    if (parser.is_head_done() && parser.expects_continue() && !std::exchange(was_told_to_continue, true)) {
      constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
      const auto sent = co_await transport_->write({asio::buffer(go_on), asio::const_buffer{}});
      if (sent.error) co_return false;
    }
    if (end_ - begin_ == capacity_) {
      co_await refuse(400);
      co_return false;
    }
    const auto error = co_await read_more();
    if (error == asio::error::timed_out) co_await refuse(408);
    if (error) co_return false;
  }
}

Task<HttpAnswer> HttpSession::ask_handler(HttpRequest request) {
  auto handling = service_->handler(std::move(request), peer_);
  auto outcome = co_await attempt(std::move(handling));
  if (outcome.ok()) co_return std::move(outcome).take();
  const Error error = to_error(outcome.failure());
  service_->log.error("handler failed", {{"code", error.code()}, {"reason", error.message()}});
  HttpAnswer answer;
  answer.response = service_->refusal(500);
  co_return answer;
}

Task<bool> HttpSession::write_answer(HttpAnswer answer, Asked asked) {
  if (answer.response.stream) co_return co_await write_stream(std::move(answer.response), asked);
  const bool goes_on = asked.keep_alive && !service_->draining;
  std::string head = compose_head(answer.response, BodyForm::counted, asked.head_only, goes_on);
  if (answer.fault != HttpAnswer::Fault::none) {
    co_await misbehave(std::move(answer), std::move(head));
    co_return false;
  }
  const bool has_body = !asked.head_only && may_have_body(answer.response.status);
  const auto body = has_body ? asio::buffer(answer.response.content()) : asio::const_buffer{};
  transport_->expires_after(service_->settings.write_deadline);
  const auto sent = co_await transport_->write({asio::buffer(std::as_const(head)), body});
  if (sent.error) co_return false;
  if (!goes_on) co_await discard_input();
  co_return goes_on;
}

/// For as long as there is more: but a peer that does not read, has gone, or speaks out of turn is left, and a process
/// that drains ends its streams.
Task<bool> HttpSession::write_stream(HttpResponse response, Asked asked) {
  const bool goes_on = asked.keep_alive && asked.takes_chunks && !service_->draining;
  const BodyForm form = asked.takes_chunks ? BodyForm::chunked : BodyForm::until_close;
  const std::string head = compose_head(response, form, asked.head_only, goes_on);
  if (!co_await write_piece(head, false)) co_return false;
  bool is_at_end = asked.head_only;
  while (!is_at_end && !service_->draining) {
    auto making = response.stream->next();
    const auto made = co_await attempt(std::move(making));
    if (!made) {
      // Without the last chunk the peer sees that this is not all.
      service_->log.warn("a streamed answer broke off", {{"reason", to_error(made.failure()).message()}});
      co_return false;
    }
    if (!transport_->is_quiet()) co_return false;
    const std::optional<std::string>& piece = made.value();
    is_at_end = !piece;
    if (piece && !piece->empty() && !co_await write_piece(*piece, asked.takes_chunks)) co_return false;
  }
  if (asked.takes_chunks && !asked.head_only && !co_await write_piece("0\r\n\r\n", false)) co_return false;
  if (goes_on && !service_->draining) co_return true;
  co_await discard_input();
  co_return false;
}

Task<bool> HttpSession::write_piece(std::string_view piece, bool in_chunk) {
  std::string text;
  if (in_chunk) {
    std::array<char, 16> size{};
    const auto [end, ignored] = std::to_chars(size.data(), size.data() + size.size(), piece.size(), 16);
    text.append(size.data(), end).append("\r\n").append(piece).append("\r\n");
  } else {
    text = piece;
  }
  transport_->expires_after(service_->settings.stream_write_deadline);
  const auto sent = co_await transport_->write({asio::buffer(std::as_const(text)), asio::const_buffer{}});
  transport_->never_expires();
  co_return !sent.error;
}

Task<void> HttpSession::refuse(int status) {
  HttpAnswer answer;
  answer.response = service_->refusal(status);
  co_await write_answer(std::move(answer), {});
}

Task<void> HttpSession::misbehave(HttpAnswer answer, std::string head) {
  if (answer.fault == HttpAnswer::Fault::hang) {
    transport_->never_expires();
    end_ = begin_ = 0;
    while (!co_await read_more()) end_ = 0;
    co_return;
  }
  const auto& body = answer.response.body;
  transport_->expires_after(service_->settings.write_deadline);
  if (answer.fault == HttpAnswer::Fault::verbatim) {
    co_await transport_->write({asio::buffer(body), asio::const_buffer{}});
    co_return co_await discard_input();
  }
  if (answer.fault == HttpAnswer::Fault::reset_in_body) {
    co_await transport_->write({asio::buffer(std::as_const(head)), asio::buffer(body, body.size() / 2)});
  }
  transport_->reset();
}

/// Closing over bytes that were not read resets the connection, and the peer may lose the answer with it.
Task<void> HttpSession::discard_input() {
  co_await transport_->finish();
  transport_->expires_after(linger_limit);
  std::size_t discarded = 0;
  begin_ = end_ = 0;
  while (discarded < linger_bytes && !co_await read_more()) discarded += std::exchange(end_, 0);
}

}  // namespace sluice
