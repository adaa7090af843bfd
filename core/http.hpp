#pragma once
// HTTP messages as plain values, used in both directions: requests to a source, and requests to the control API.

#include "core/task.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// Names compare without regard to case; order and repetition are kept.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> items) : items_(items) {}

  void add(std::string name, std::string value) { items_.emplace_back(std::move(name), std::move(value)); }
  void set(std::string_view name, std::string value);
  /// The first value under that name.
  std::optional<std::string_view> find(std::string_view name) const;
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }
  std::size_t size() const { return items_.size(); }

 private:
  std::vector<std::pair<std::string, std::string>> items_;
};

struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";  // path and query, percent-encoded, as on the wire
  Headers headers;
  std::string body;
};

/// A body that is made while it is being sent.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  /// The next piece; nothing: the end. Comes back within a second or two, with "" when there is nothing to send, so
  /// that whoever sends can see to the connection meanwhile.
  virtual Task<std::optional<std::string>> next() = 0;
};

struct HttpResponse {
  int status = 200;
  Headers headers;
  std::string body;  // already decoded when the peer sent gzip
  // Answers of ours only, instead of `body`: one that is made while it is sent, or one text for many answers.
  std::shared_ptr<BodyStream> stream = {};
  std::shared_ptr<const std::string> shared_body = {};

  const std::string& content() const { return shared_body ? *shared_body : body; }
};

/// RFC 3986 percent-encoding of one query component or path segment; a space becomes %20, '+' becomes %2B.
std::string percent_encode(std::string_view text);
/// nullopt on a malformed escape. '+' stays '+'.
std::optional<std::string> percent_decode(std::string_view text);

struct Target {
  std::string path;                                        // still percent-encoded
  std::vector<std::pair<std::string, std::string>> query;  // decoded names and values, in order
};
/// Splits a request target; nullopt when an escape in the query is malformed.
std::optional<Target> parse_target(std::string_view target);

bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace sluice
