#include "connectors/http/base_url.hpp"
#include "connectors/http/client.hpp"
#include "connectors/http/dial.hpp"
#include "connectors/http/gzip.hpp"
#include "core/error.hpp"
#include "core/event.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using ResponseParser = http::response_parser<http::string_body>;

/// Large, so that a page of some hundred kilobytes takes few reads.
constexpr std::size_t read_size = 256 * 1024;
/// Who parses an answer wants some bytes behind it; with room for them it need not be copied.
constexpr std::size_t parser_padding = 64;
constexpr std::size_t decode_slice = 64 * 1024;
constexpr std::size_t usual_ratio = 8;

Error timed_out(const BaseUrl& url, std::string_view doing) {
  return {ErrorKind::transient, "http.timeout", url.authority + " took too long: " + std::string(doing)};
}

/// What a request may contain, so that no part of it can begin a header or a request of its own.
void check(const HttpRequest& request) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  const auto is_unsafe = [&](char c) { return is_control(c) || c == ' '; };
  bool is_good = request.target.starts_with('/') && std::ranges::none_of(request.target, is_unsafe) &&
                 !request.method.empty() && std::ranges::none_of(request.method, is_unsafe);
  for (const auto& [name, value] : request.headers) {
    is_good =
        is_good && !name.empty() && std::ranges::none_of(name, is_unsafe) && std::ranges::none_of(value, is_control);
  }
  if (!is_good) throw Error(ErrorKind::bug, "http.bad_request", "the request cannot be written as HTTP");
}

bool is_repeatable(const HttpRequest& request) { return request.method == "GET" || request.method == "HEAD"; }

std::string compose_head(const HttpRequest& request, const BaseUrl& url) {
  std::string head;
  head.reserve(512);
  const auto add = [&head](std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
  };
  head.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\n");
  add("Host", url.authority);
  for (const auto& [name, value] : request.headers) {
    if (!equal_ignoring_case(name, "Host") && !equal_ignoring_case(name, "Content-Length")) add(name, value);
  }
  if (!request.headers.find("User-Agent")) add("User-Agent", "Sluice/" SLUICE_VERSION);
  // On a loopback connection compression costs more than it saves.
  if (url.has_tls && !request.headers.find("Accept-Encoding")) add("Accept-Encoding", "gzip");
  if (!request.body.empty() || !is_repeatable(request)) add("Content-Length", std::to_string(request.body.size()));
  head.append("\r\n");
  return head;
}

class Connection {
 public:
  explicit Connection(std::unique_ptr<Transport> transport)
      : transport_(std::move(transport)), buffer_(std::make_unique_for_overwrite<char[]>(read_size)) {}

  Transport& transport() { return *transport_; }
  bool is_reusable() const { return begin_ == end_ && transport_->is_quiet(); }

  std::string_view unread() const { return {buffer_.get() + begin_, end_ - begin_}; }
  void consume(std::size_t bytes) { begin_ += bytes; }
  bool is_full() const { return end_ - begin_ == read_size; }

  Task<error_code> read_more() {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
    const auto got = co_await transport_->read_some(asio::buffer(buffer_.get() + end_, read_size - end_));
    end_ += got.bytes;
    co_return got.error;
  }

 private:
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<char[]> buffer_;
  std::size_t begin_ = 0;  // received and not yet parsed: [begin_, end_)
  std::size_t end_ = 0;
};

/// What came of one request on one connection.
struct Exchanged {
  HttpResponse response;
  std::string encoding;
  bool keep_alive = false;
  bool was_stale = false;  // the connection was closed before the first byte of an answer
};

Exchanged stale() {
  Exchanged out;
  out.was_stale = true;
  return out;
}

class BeastClient final : public HttpClient {
 public:
  BeastClient(asio::any_io_executor executor, HttpClientSettings settings)
      : executor_(std::move(executor)), settings_(std::move(settings)), url_(BaseUrl::parse(settings_.base_url)) {
    if (url_.has_tls) tls_.emplace(TlsContext::client(settings_.ca_file));
  }

  Task<HttpResponse> send(HttpRequest request) override {
    check(request);
    co_await take_slot();
    const Slot slot(*this);
    const SteadyTime deadline = std::chrono::steady_clock::now() + settings_.total_deadline;
    const std::string head = compose_head(request, url_);

    auto connection = take_idle();
    Exchanged exchanged = stale();
    if (connection) exchanged = co_await exchange(*connection, request, head, deadline, true);
    if (exchanged.was_stale) {
      auto transport = co_await connect();
      connection = std::make_unique<Connection>(std::move(transport));
      exchanged = co_await exchange(*connection, request, head, deadline, false);
    }
    if (exchanged.keep_alive) idle_.push_back(std::move(connection));
    connection.reset();
    if (!exchanged.encoding.empty()) co_await decode(exchanged);
    co_return std::move(exchanged.response);
  }

 private:
  /// One of the connections that may exist at a time.
  class Slot {
   public:
    explicit Slot(BeastClient& client) : client_(client) {}
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    ~Slot() {
      --client_.busy_;
      client_.freed_.notify();
    }

   private:
    BeastClient& client_;
  };

  Task<std::unique_ptr<Transport>> connect() {
    if (!settings_.socket_file.empty()) {
      co_return co_await dial_socket(executor_, settings_.socket_file, settings_.connect_timeout);
    }
    co_return co_await dial(executor_, url_, tls_ ? &*tls_ : nullptr, settings_.connect_timeout, settings_.addresses);
  }

  Task<void> take_slot() {
    const SteadyTime deadline = std::chrono::steady_clock::now() + settings_.total_deadline;
    while (busy_ >= std::max<std::size_t>(1, settings_.connections)) {
      const auto rest = std::chrono::duration_cast<Duration>(deadline - std::chrono::steady_clock::now());
      if (rest <= Duration::zero()) throw timed_out(url_, "every connection is busy");
      co_await freed_.wait(rest);
    }
    ++busy_;
  }

  /// The connection used last; those that the peer has closed meanwhile are dropped.
  std::unique_ptr<Connection> take_idle() {
    while (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      if (connection->is_reusable()) return connection;
    }
    return nullptr;
  }

  void set_limit(Connection& connection, SteadyTime deadline) const {
    connection.transport().expires_at(std::min(deadline, std::chrono::steady_clock::now() + settings_.idle_timeout));
  }

  Task<Exchanged> exchange(Connection& connection, const HttpRequest& request, const std::string& head,
                           SteadyTime deadline, bool is_reused) {
    set_limit(connection, deadline);
    const auto sent = co_await connection.transport().write({asio::buffer(head), asio::buffer(request.body)});
    // A peer that has answered and closed early is seen by reading; so a failed write says little by itself.
    check_interruption(sent.error, "while it was sent a request");
    error_code error = sent.error;
    if (!error) error = co_await connection.read_more();
    if (error) {
      check_interruption(error, "before it answered");
      if (is_reused && is_repeatable(request)) co_return stale();
      throw truncated("the connection was closed before an answer came: " + error.message());
    }
    co_return co_await read_response(connection, deadline, request.method == "HEAD");
  }

  Task<Exchanged> read_response(Connection& connection, SteadyTime deadline, bool is_head) {
    while (true) {
      ResponseParser parser;
      parser.header_limit(static_cast<std::uint32_t>(settings_.header_limit));
      parser.body_limit(settings_.body_limit);
      parser.skip(is_head);
      parser.eager(true);
      co_await fill(connection, parser, deadline);
      const unsigned status = parser.get().result_int();
      // An interim answer announces the real one.
      if (status >= 100 && status < 200 && status != 101) continue;
      co_return take(parser);
    }
  }

  Task<void> fill(Connection& connection, ResponseParser& parser, SteadyTime deadline) {
    while (true) {
      while (!parser.is_done() && !connection.unread().empty()) {
        error_code error;
        const auto unread = connection.unread();
        const auto used = parser.put(asio::buffer(unread.data(), unread.size()), error);
        connection.consume(used);
        if (error == http::error::need_more) break;
        if (error) throw unreadable(error);
        if (const auto length = parser.content_length()) parser.get().body().reserve(*length + parser_padding);
      }
      if (parser.is_done()) co_return;
      if (connection.is_full()) throw unreadable(http::error::header_limit);
      set_limit(connection, deadline);
      const auto error = co_await connection.read_more();
      check_interruption(error, "in the middle of an answer");
      if (error && !ends_by_closing(parser, error)) {
        throw truncated("the connection ended within an answer: " + error.message());
      }
      if (error) co_return;
    }
  }

  /// An answer without a length lasts until the peer closes.
  static bool ends_by_closing(ResponseParser& parser, error_code error) {
    if (error != asio::error::eof || !parser.is_header_done()) return false;
    error_code incomplete;
    parser.put_eof(incomplete);
    return !incomplete;
  }

  static Exchanged take(ResponseParser& parser) {
    Exchanged out;
    out.keep_alive = parser.get().keep_alive() && !parser.need_eof();
    auto message = parser.release();
    out.response.status = static_cast<int>(message.result_int());
    for (const auto& field : message) {
      const std::string_view name(field.name_string().data(), field.name_string().size());
      std::string value(field.value());
      if (!equal_ignoring_case(name, "Content-Encoding")) {
        out.response.headers.add(std::string(name), std::move(value));
      } else if (!equal_ignoring_case(value, "identity")) {
        out.encoding = std::move(value);
      }
    }
    out.response.body = std::move(message.body());
    return out;
  }

  Task<void> decode(Exchanged& exchanged) {
    if (!equal_ignoring_case(exchanged.encoding, "gzip") && !equal_ignoring_case(exchanged.encoding, "x-gzip")) {
      throw Error(ErrorKind::transient, "http.bad_encoding",
                  url_.authority + " encoded its answer as " + quote_outside_text(exchanged.encoding, 40));
    }
    const std::string encoded = std::exchange(exchanged.response.body, {});
    if (encoded.empty()) co_return;
    Gunzip gunzip(settings_.decoded_limit, encoded.size() * usual_ratio);
    std::string_view rest = encoded;
    while (true) {
      gunzip.push(rest.substr(0, decode_slice));
      if (rest.size() <= decode_slice) break;
      rest.remove_prefix(decode_slice);
      // Between slices the io thread serves others.
      co_await asio::post(executor_, asio::use_awaitable);
    }
    exchanged.response.body = gunzip.finish();
  }

  void check_interruption(error_code error, std::string_view doing) const {
    if (error == asio::error::timed_out) throw timed_out(url_, doing);
    if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
  }

  Error truncated(const std::string& reason) const {
    return {ErrorKind::transient, "http.truncated", url_.authority + ": " + reason};
  }

  Error unreadable(error_code error) const {
    if (error == http::error::header_limit) {
      return {ErrorKind::transient, "http.too_large",
              "the head of an answer is larger than " + std::to_string(settings_.header_limit) + " bytes"};
    }
    if (error == http::error::body_limit) {
      return {ErrorKind::transient, "http.too_large",
              "an answer is larger than " + std::to_string(settings_.body_limit) + " bytes"};
    }
    return {ErrorKind::transient, "http.malformed", url_.authority + " did not answer with HTTP: " + error.message()};
  }

  asio::any_io_executor executor_;
  HttpClientSettings settings_;
  BaseUrl url_;
  std::optional<TlsContext> tls_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t busy_ = 0;
  Event freed_;
};

}  // namespace

std::unique_ptr<HttpClient> make_http_client(asio::any_io_executor executor, HttpClientSettings settings) {
  return std::make_unique<BeastClient>(std::move(executor), std::move(settings));
}

}  // namespace sluice
