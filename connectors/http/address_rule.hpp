#pragma once
// Which addresses a request may go to when somebody else than the operator names the host. Pure.

#include <string_view>

namespace sluice {

enum class AddressRule {
  any,             // the operator named the host
  not_metadata,    // somebody named it and the operator allows it: private networks, too
  public_internet  // somebody named it
};

/// `address` as text. Metadata services, link-local, multicast and unspecified addresses are never reached but under
/// `any`; private, loopback, shared and translated ones only under `not_metadata`. Text that is
/// no address is not reached but under `any`.
bool may_reach(AddressRule rule, std::string_view address);

}  // namespace sluice
