#pragma once
// The credentials that the requests of a source carry. They are exchanged between two requests, so that nothing that
// runs is stopped for it. Lives on the io thread.

#include "connectors/connector.hpp"

#include <functional>

namespace sluice {

class CurrentCredentials {
 public:
  /// Those that are stored by now; may throw.
  using LookUp = std::function<Task<Credentials>()>;

  /// Returns when they may be used, and throws when they may not any more.
  using Permission = std::function<Task<void>()>;

  CurrentCredentials(Credentials first, LookUp stored, Permission permission = {});
  /// Credentials that nobody will exchange.
  explicit CurrentCredentials(Credentials only);

  const Credentials& now() const noexcept { return now_; }
  /// Older ones and those of another account change nothing.
  void use(Credentials newer);
  /// After the source refused those of this version: whether it can be asked again with newer ones. Throws what the
  /// look-up throws.
  Task<bool> renew(std::int64_t refused);
  /// Before each request.
  Task<void> until_permitted() const;
  /// The newest version that was refused while there was no newer one; 0: none.
  std::int64_t refused() const noexcept { return refused_; }

 private:
  Credentials now_;
  LookUp stored_;
  Permission permission_;
  std::int64_t refused_ = 0;
};

}  // namespace sluice
