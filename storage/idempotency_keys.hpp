#pragma once
// What requests under an Idempotency-Key were answered, kept for a day and shared by all daemons. Bodies are sealed.

#include "core/http.hpp"
#include "storage/database.hpp"
#include "storage/model.hpp"
#include "storage/secrets.hpp"

#include <string>

namespace sluice {

/// A request as far as its repetition must be the same.
struct KeyedRequest {
  TokenId token;
  std::string key;
  std::string method;
  std::string target;
  std::string body;
};

/// What binds a sealed answer to its row.
std::string answer_place(const std::string& token, const std::string& key);

class IdempotencyKeys {
 public:
  IdempotencyKeys(Database& database, const SecretBox& box);

  enum class Standing {
    claimed,  // ours: do the work, then keep or release
    running,  // somebody is at it
    other,    // the key belongs to another request
    answered,
  };
  struct Claim {
    Standing standing = Standing::claimed;
    Time at{};            // claimed
    HttpResponse answer;  // answered
  };
  /// A claim that was neither kept nor released for five minutes belonged to a daemon that died: the next one gets it.
  Claim claim(const KeyedRequest& request);
  void keep(const KeyedRequest& request, const Claim& claim, const HttpResponse& answer);
  /// As if the request had never been made.
  void release(const KeyedRequest& request, const Claim& claim);

 private:
  Database& database_;
  const SecretBox& box_;
};

}  // namespace sluice
