#pragma once
// Logging in to a store: is anybody there, is the token good, what is the store called, and which tables may be read.
// No endpoint lists the scopes of a token, so each list is asked for one record.

#include "connectors/connector.hpp"
#include "connectors/http/client.hpp"

#include <string>

namespace sluice {

struct Login {
  HttpClient& http;
  const Catalogue& catalogue;
  std::string base_path;  // "/stores/abc123"
  std::string store;      // for messages
};

/// Throws Error{auth, "source.auth_failed"}, Error{transient, "source.unreachable"}, Error{throttled}, and what a
/// failed TLS verification is. Tables that may not be read are no failure.
Task<Account> log_in(Login login);

}  // namespace sluice
