#pragma once
// Which forms of content a request offers and wants. Pure.

#include <span>
#include <string_view>

namespace sluice::api {

/// The first of `offered` that an Accept header takes with the highest weight; "" when it takes none of them.
std::string_view choose_media(std::string_view accept, std::span<const std::string_view> offered);
/// "application/json" or anything "+json", whatever its parameters.
bool is_json_media(std::string_view content_type);

}  // namespace sluice::api
