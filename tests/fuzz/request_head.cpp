// Requests as they come from a connection: whole, and byte by byte.

#include "server/http_request_parser.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace sluice {
namespace {

constexpr std::size_t header_limit = 1024;
constexpr std::size_t body_limit = 256;

struct Read {
  std::size_t used = 0;
  std::optional<HttpRequest> request;
};

/// As a session does: what was not used up comes again with more behind it.
Read read(std::string_view text, std::size_t step) {
  HttpRequestParser parser(header_limit, body_limit);
  Read out;
  for (std::size_t arrived = 0; arrived < text.size() && !parser.is_done();) {
    arrived = std::min(arrived + step, text.size());
    out.used += parser.feed(text.substr(out.used, arrived - out.used));
  }
  if (parser.is_done() && parser.refusal() == 0) out.request = parser.take();
  return out;
}

bool is_one_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

std::size_t count(const HttpRequest& request, std::string_view wanted) {
  return static_cast<std::size_t>(std::ranges::count_if(
      request.headers, [wanted](const auto& header) { return equal_ignoring_case(header.first, wanted); }));
}

void look_at(const HttpRequest& request, std::string_view head) {
  promise(request.target.starts_with('/') || request.target == "*", "a target is a path");
  promise(is_one_line(request.method) && is_one_line(request.target), "no line ends inside the first line");
  for (const auto& [name, value] : request.headers) {
    promise(!name.empty() && is_one_line(name) && is_one_line(value), "no line ends inside a header");
  }
  promise(count(request, "Host") <= 1, "one host at most");
  promise(count(request, "Content-Length") + count(request, "Transfer-Encoding") <= 1, "one way to tell the length");
  promise(head.find("\n ") == std::string_view::npos && head.find("\n\t") == std::string_view::npos,
          "no line goes on in the next one");
  promise(request.body.size() <= body_limit, "no body beyond the limit");
}

}  // namespace
}  // namespace sluice

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  const std::string_view text = text_of(data, size);
  const Read whole = read(text, std::max<std::size_t>(size, 1));
  const Read by_bytes = read(text, 1);
  // Beast tells a head of bare line ends only when it comes at once; byte by byte it waits for the right ones, in vain.
  promise(whole.request.has_value() == by_bytes.request.has_value(), "it is served or not, however it comes");
  if (!whole.request) return 0;
  promise(whole.used == by_bytes.used, "the next request begins at one place");
  promise(whole.request->method == by_bytes.request->method && whole.request->target == by_bytes.request->target &&
              whole.request->body == by_bytes.request->body,
          "one request, however it comes");
  const std::string_view read = text.substr(0, whole.used);
  look_at(*whole.request, read.substr(0, read.size() - std::min(read.size(), whole.request->body.size())));
  return 0;
}
