// URLs that users of the API name, and addresses that names resolve to.

#include "connectors/http/outgoing_guard.hpp"
#include "core/error.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>

namespace sluice {
namespace {

bool is_one_word(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7F; });
}

}  // namespace
}  // namespace sluice

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  const std::string_view text = text_of(data, size);
  if (may_reach(AddressRule::public_internet, text)) {
    promise(may_reach(AddressRule::not_metadata, text), "what strangers reach, friends reach");
  }
  try {
    const OutgoingTarget target = OutgoingGuard({"allowed.example:8080", "localhost"}).check(text);
    promise(is_one_word(target.base_url) && is_one_word(target.target), "no space or line end gets into a request");
    promise(target.target.starts_with('/'), "a target is a path");
    promise(target.target.find('#') == std::string::npos, "no fragment is sent");
    const BaseUrl base = BaseUrl::parse(target.base_url);
    promise(!base.host.empty() && base.host.find('@') == std::string::npos, "a host without a user");
    promise(base.has_tls || target.addresses != AddressRule::public_internet, "strangers name https only");
  } catch (const Error& error) {
    promise(error.code() == "http.forbidden_url", "the URL is to blame");
  }
  return 0;
}
