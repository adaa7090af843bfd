#include "tests/sample_store/spoiled_answer.hpp"

#include "core/clock.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace sluice::sample_store {
namespace {

using namespace std::chrono_literals;
using Kind = FaultRule::Kind;
using Fault = HttpAnswer::Fault;

/// A few bytes at a time, so that no pause is long but the whole is.
class Drip final : public BodyStream {
 public:
  explicit Drip(std::string text) : text_(std::move(text)) {}
  Task<std::optional<std::string>> next() override {
    if (at_ >= text_.size()) co_return std::nullopt;
    co_await clock_.sleep(100ms);
    co_return text_.substr(std::exchange(at_, at_ + 16), 16);
  }

 private:
  SystemClock clock_;
  std::string text_;
  std::size_t at_ = 0;
};

/// A list that goes on for ever.
class Endless final : public BodyStream {
 public:
  Task<std::optional<std::string>> next() override {
    co_await clock_.sleep(1ms);
    if (!std::exchange(begun_, true)) co_return "[";
    co_return records();
  }

 private:
  static const std::string& records() {
    static const std::string many = [] {
      std::string piece;
      while (piece.size() < 256 * 1024) piece += R"({"id":1,"name":"and so on"},)";
      return piece;
    }();
    return many;
  }

  SystemClock clock_;
  bool begun_ = false;
};

/// 300 MB of nothing in 300 KB.
const std::string& bomb() {
  static const std::string packed = [] {
    z_stream stream{};
    if (deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK) throw std::runtime_error("zlib");
    std::string out(1 << 20, '\0');
    std::string zeros(1 << 20, ' ');
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    for (int megabyte = 0; megabyte < 300; ++megabyte) {
      stream.next_in = reinterpret_cast<Bytef*>(zeros.data());
      stream.avail_in = static_cast<uInt>(zeros.size());
      deflate(&stream, megabyte == 299 ? Z_FINISH : Z_NO_FLUSH);
    }
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
  }();
  return packed;
}

HttpResponse streamed(HttpResponse response, std::shared_ptr<BodyStream> stream) {
  response.body.clear();
  response.stream = std::move(stream);
  return response;
}

/// The answer as it is on the wire, with a length of somebody's own.
std::string on_the_wire(const HttpResponse& response, std::size_t length) {
  std::string text = fmt::format("HTTP/1.1 {} Spoiled\r\n", response.status);
  for (const auto& [name, value] : response.headers) text += fmt::format("{}: {}\r\n", name, value);
  return text + fmt::format("Content-Length: {}\r\n\r\n", length) + response.body;
}

/// The answer's list with nothing in it, everything else as it is.
std::string without_records(const std::string& body) {
  Json json = Json::parse(body, nullptr, false);
  if (json.is_array()) return "[]";
  if (json.is_object() && json.contains("data") && json["data"].is_array()) json["data"] = Json::array();
  return json.dump();
}

/// Each record twice.
std::string with_doubles(const std::string& body) {
  Json json = Json::parse(body, nullptr, false);
  Json* list = json.is_array() ? &json : json.is_object() && json.contains("data") ? &json["data"] : nullptr;
  if (list == nullptr || !list->is_array()) return body;
  const Json once = *list;
  for (const Json& record : once) list->push_back(record);
  return json.dump();
}

/// As the documents show it: the reset counts, whatever is said to be left.
HttpResponse throttled(const HttpResponse& sound, Duration reset, Version version) {
  HttpResponse refused = too_many_requests(version);
  const std::string until = std::to_string(reset.count());
  const auto tell = [&](const char* name, const std::string& otherwise) {
    refused.headers.add(name, std::string(sound.headers.find(name).value_or(otherwise)));
  };
  tell("X-Rate-Limit-Time-Window-Ms", until);
  tell("X-Rate-Limit-Requests-Quota", "150");
  tell("X-Rate-Limit-Requests-Left", "35");
  refused.headers.add("X-Rate-Limit-Time-Reset-Ms", until);
  return refused;
}

HttpAnswer spoiled(HttpResponse sound, const FaultRule& fault, Version version) {
  switch (fault.kind) {
    case Kind::delay:
    case Kind::shifted:
      return {std::move(sound)};
    case Kind::reset:
      return {std::move(sound), Fault::reset_before_head};
    case Kind::reset_in_body:
      return {std::move(sound), Fault::reset_in_body};
    case Kind::hang:
      return {std::move(sound), Fault::hang};
    // The head and its length are sound, but the JSON ends in the middle.
    case Kind::truncate:
      sound.body.resize(sound.body.size() / 2);
      return {std::move(sound)};
    case Kind::garbage:
      return {json_reply(200, "{\"data\":[{\"id\":1,\x01 <br> \xFF\xFE")};
    case Kind::empty:
      return {json_reply(200, "")};
    case Kind::no_content:
      return {HttpResponse{204, {}, ""}};
    case Kind::empty_page:
      sound.body = without_records(sound.body);
      return {std::move(sound)};
    case Kind::duplicated:
      sound.body = with_doubles(sound.body);
      return {std::move(sound)};
    case Kind::wrong_type:
      sound.headers.set("Content-Type", "text/plain");
      return {std::move(sound)};
    case Kind::throttled:
      return {throttled(sound, fault.reset, version)};
    case Kind::throttled_without_headers:
      return {too_many_requests(version)};
    case Kind::status:
      if (fault.status == 429) return {too_many_requests(version)};
      return {error_reply(version, fault.status, "The service cannot answer now.")};
    case Kind::html: {
      auto page = json_reply(
          fault.status, "<html><head><title>Error</title></head><body><h1>Something went wrong</h1></body></html>");
      page.headers.set("Content-Type", "text/html");
      return {std::move(page)};
    }
    case Kind::redirect: {
      HttpResponse elsewhere{fault.status, {}, ""};
      elsewhere.headers.add("Location", fault.location);
      return {std::move(elsewhere)};
    }
    case Kind::drip: {
      auto drip = std::make_shared<Drip>(sound.body);
      return {streamed(std::move(sound), std::move(drip))};
    }
    case Kind::endless:
      return {streamed(std::move(sound), std::make_shared<Endless>())};
    case Kind::gzip_bomb:
      sound.headers.set("Content-Encoding", "gzip");
      sound.body = bomb();
      return {std::move(sound)};
    case Kind::huge_header:
      sound.headers.add("X-Padding", std::string(1 << 20, 'x'));
      return {std::move(sound)};
    case Kind::long_length:
      sound.body = on_the_wire(sound, sound.body.size() + 100);
      return {std::move(sound), Fault::verbatim};
    case Kind::short_length:
      sound.body = on_the_wire(sound, sound.body.size() / 2);
      return {std::move(sound), Fault::verbatim};
  }
  return {std::move(sound)};
}

}  // namespace

HttpAnswer spoil(HttpResponse sound, const FaultRule& fault, Version version, const std::string& date) {
  if (fault.kind == Kind::long_length || fault.kind == Kind::short_length) sound.headers.set("Date", date);
  HttpAnswer answer = spoiled(std::move(sound), fault, version);
  if (!answer.response.headers.find("Date")) answer.response.headers.add("Date", date);
  return answer;
}

}  // namespace sluice::sample_store
