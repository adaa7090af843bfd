#pragma once
// What people paste to authenticate a BigCommerce store: the parts by name, the API path, or the text of the .txt file
// that BigCommerce offers for download when an API account is made. Pure.

#include "connectors/connector.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// JSON Schema of what parse_bigcommerce_credentials takes.
Json bigcommerce_credentials_schema();

/// Throws Error{config, "credentials.invalid"} whose problems() name every member at fault and what to do about it.
/// `base_url` is where this installation reaches the API; an API path may name that host or BigCommerce's own, no
/// other.
Credentials parse_bigcommerce_credentials(const Json& body, std::string_view base_url);

/// The store's hash from "abc123", "https://api.bigcommerce.com/stores/abc123/v3/" or "store-abc123.mybigcommerce.com".
/// nullopt for anything else, above all for another host.
std::optional<std::string> parse_store_hash(std::string_view text, std::string_view base_url);

}  // namespace sluice
