#pragma once
// Who is calling: the token behind an Authorization header. Lives on the io thread.

#include "core/blocking_pool.hpp"
#include "core/clock.hpp"
#include "core/http.hpp"
#include "storage/tokens.hpp"

#include <map>
#include <string>

namespace sluice::api {

class Admission {
 public:
  Admission(BlockingPool& pool, Clock& clock, Tokens& tokens) : pool_(pool), clock_(clock), tokens_(tokens) {}

  /// Throws the refusal `unauthenticated`, after a delay that grows with the failures of the peer.
  Task<Token> admit(const HttpRequest& request, const std::string& peer);
  /// One of them works no more, at once.
  void forget_tokens() { known_.clear(); }

 private:
  struct Known {
    Token token;
    SteadyTime until;
  };
  struct Failures {
    int count = 0;
    SteadyTime last;
  };
  Duration note_failure(const std::string& peer);

  BlockingPool& pool_;
  Clock& clock_;
  Tokens& tokens_;
  std::map<std::string, Known> known_;        // by SHA-256 of the token's text
  std::map<std::string, Failures> failures_;  // by peer address
};

/// The token of "Bearer <token>", the scheme without regard to case; empty when there is none.
Secret bearer_of(const Headers& headers);
/// How long the answer to the n-th failure in a row waits. Pure.
Duration failure_delay(int count);

}  // namespace sluice::api
