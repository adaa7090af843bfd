#include "connectors/current_credentials.hpp"

#include <algorithm>
#include <utility>

namespace sluice {

CurrentCredentials::CurrentCredentials(Credentials first, LookUp stored, Permission permission)
    : now_(std::move(first)), stored_(std::move(stored)), permission_(std::move(permission)) {}

CurrentCredentials::CurrentCredentials(Credentials only) : now_(std::move(only)) {}

void CurrentCredentials::use(Credentials newer) {
  if (newer.version > now_.version && newer.account == now_.account) now_ = std::move(newer);
}

Task<void> CurrentCredentials::until_permitted() const {
  if (permission_) co_await permission_();
}

Task<bool> CurrentCredentials::renew(std::int64_t refused) {
  // Somebody else's request may have met the refusal first.
  if (now_.version <= refused && stored_) {
    auto stored = co_await stored_();
    use(std::move(stored));
  }
  const bool is_newer = now_.version > refused;
  if (!is_newer) refused_ = std::max(refused_, refused);
  co_return is_newer;
}

}  // namespace sluice
