#pragma once
// How answers look: errors in the shapes of V2 (an array) and V3 (an object), and the headers that every answer has.

#include "core/clock.hpp"
#include "core/http.hpp"
#include "core/json.hpp"

#include <string>
#include <string_view>

namespace sluice::sample_store {

enum class Version { v2, v3 };
Version version_of(std::string_view path);

HttpResponse json_reply(int status, std::string body);
HttpResponse error_reply(Version version, int status, std::string_view text);
/// The documented body of 429.
HttpResponse too_many_requests(Version version);
/// "Thu, 18 Jun 2026 14:12:20 GMT"
std::string http_date(Time time);

}  // namespace sluice::sample_store
