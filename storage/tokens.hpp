#pragma once
// Bearer tokens of the control API: `slc_` and 256 random bits, shown once, kept as SHA-256.

#include "storage/database.hpp"
#include "storage/model.hpp"

namespace sluice {

struct NewToken {
  Token token;
  Secret text;
};

class Tokens {
 public:
  explicit Tokens(Database& database);

  NewToken create(const std::string& name, TokenScope scope, std::optional<Time> expires_at);
  /// The token behind a presented text, unless it is unknown, expired or revoked. Notes the use (at most once a
  /// minute).
  std::optional<Token> authenticate(const Secret& presented);
  Listing<Token> list(const PageRequest& page);
  /// False when there is no such token. Works at once.
  bool revoke(const TokenId& id);
  bool any();

 private:
  Database& database_;
};

}  // namespace sluice
