#pragma once
// A server as clients of PostgreSQL see it when it, or they, die at a chosen statement: before the server begins with
// it, wherever in a script it stands, or when it has done it and nobody hears so.

#include "tests/support/cutting_proxy.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sluice {

class StatementStrikes {
 public:
  explicit StatementStrikes(std::uint16_t server_port);
  ~StatementStrikes();
  StatementStrikes(const StatementStrikes&) = delete;
  StatementStrikes& operator=(const StatementStrikes&) = delete;

  /// Clients (without TLS) connect here.
  std::uint16_t port() const;

  using Moment = CuttingProxy::Moment;
  /// Connections get through again, up to the n-th statement from now on. Of a script only before_the_server_hears.
  void strike(int n, Moment moment);
  /// The statement that was struck; empty when so many did not come.
  std::string struck() const;
  /// Whether anybody has ever said more on a connection that was struck: it was not, then.
  bool has_gone_on() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
  CuttingProxy proxy_;
};

/// The statements of a script, without what is around them.
std::vector<std::string> statements_of(const std::string& script);

}  // namespace sluice
