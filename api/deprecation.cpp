#include "api/deprecation.hpp"

#include "core/time.hpp"

namespace sluice::api {
namespace {

/// "Thu, 18 Jun 2026 14:12:20 GMT"
std::string http_date(Time time) {
  std::string text = format_rfc2822(time);
  return text.substr(0, text.rfind(' ')) + " GMT";
}

}  // namespace

void add_deprecation(const Route& route, Headers& headers) {
  if (!route.deprecation) return;
  const auto since = std::chrono::floor<std::chrono::seconds>(route.deprecation->since).time_since_epoch();
  headers.set("Deprecation", "@" + std::to_string(since.count()));
  if (route.deprecation->sunset) headers.set("Sunset", http_date(*route.deprecation->sunset));
  if (!route.deprecation->successor.empty())
    headers.add("Link", "<" + std::string(route.deprecation->successor) + ">; rel=\"successor-version\"");
}

}  // namespace sluice::api
