#include "tests/sample_store/replies.hpp"

#include "tests/sample_store/shop.hpp"

namespace sluice::sample_store {
namespace {

Json v3_error(int status, std::string_view text, std::string_view type) {
  return Json{{"status", status}, {"title", text}, {"type", type}, {"errors", Json::object()}};
}

}  // namespace

Version version_of(std::string_view path) {
  return path.find("/v2/") == std::string_view::npos ? Version::v3 : Version::v2;
}

HttpResponse json_reply(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.add("Content-Type", "application/json");
  response.body = std::move(body);
  return response;
}

HttpResponse error_reply(Version version, int status, std::string_view text) {
  if (version == Version::v2)
    return json_reply(status, Json::array({Json{{"status", status}, {"message", text}}}).dump());
  return json_reply(
      status,
      v3_error(status, text, "https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes").dump());
}

HttpResponse too_many_requests(Version version) {
  if (version == Version::v2) return error_reply(version, 429, "Too many requests");
  return json_reply(429, v3_error(429, "Too many requests", "/api-docs/getting-started/api-status-codes").dump());
}

std::string http_date(Time time) {
  std::string date = rfc2822(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
  return date.replace(date.size() - 5, 5, "GMT");
}

}  // namespace sluice::sample_store
