#pragma once
// How receivers know that a message is ours and fresh: the Standard Webhooks signature. Pure.

#include "core/http.hpp"
#include "core/secret.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// "v1,<base64>": HMAC-SHA256 over "id.timestamp.body" with the key behind `whsec_`. Throws Error{config,
/// "webhook.bad_secret"} when the secret has another form.
std::string webhook_signature(const Secret& secret, std::string_view message_id, std::int64_t timestamp,
                              std::string_view body);

/// webhook-id, webhook-timestamp and webhook-signature.
Headers webhook_headers(const Secret& secret, const std::string& message_id, std::int64_t timestamp,
                        std::string_view body);

}  // namespace sluice
