#pragma once
// Where requests may go whose URL a user of the API has named: https to public addresses, and whatever hosts the
// operator allows besides.

#include "connectors/http/address_rule.hpp"
#include "connectors/http/base_url.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

struct OutgoingTarget {
  std::string base_url;  // "https://hooks.example.com:8443"
  std::string target;    // path and query
  AddressRule addresses = AddressRule::public_internet;
};

class OutgoingGuard {
 public:
  /// `allowed_hosts`: hosts, with :port when it is not the scheme's own.
  explicit OutgoingGuard(std::vector<std::string> allowed_hosts) : allowed_hosts_(std::move(allowed_hosts)) {}

  /// Throws Error{config, "http.forbidden_url"} for what is no URL, has credentials or a fragment, or may not be
  /// called. What its name resolves to is checked when the connection is made.
  OutgoingTarget check(std::string_view url) const;

 private:
  bool is_allowed(const BaseUrl& base) const;

  std::vector<std::string> allowed_hosts_;
};

}  // namespace sluice
