#include "connectors/http/outgoing_guard.hpp"

#include "core/error.hpp"
#include "core/http.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>

namespace sluice {
namespace {

Error forbidden(std::string why) { return {ErrorKind::config, "http.forbidden_url", std::move(why)}; }

std::string text_of(boost::urls::pct_string_view text) { return {text.data(), text.size()}; }

bool is_address(const std::string& host) {
  boost::system::error_code error;
  boost::asio::ip::make_address(host, error);
  return !error;
}

}  // namespace

bool OutgoingGuard::is_allowed(const BaseUrl& base) const {
  const std::string host = base.host.find(':') == std::string::npos ? base.host : "[" + base.host + "]";
  const std::string with_port = host + ":" + std::to_string(base.port);
  const bool has_usual_port = base.port == (base.has_tls ? 443 : 80);
  return std::ranges::any_of(allowed_hosts_, [&](const std::string& allowed) {
    return equal_ignoring_case(allowed, with_port) || (has_usual_port && equal_ignoring_case(allowed, host));
  });
}

OutgoingTarget OutgoingGuard::check(std::string_view text) const {
  const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
  if (!parsed) throw forbidden("it is no URL");
  if (parsed->has_userinfo()) throw forbidden("it must not hold credentials");
  if (parsed->has_fragment()) throw forbidden("it must not have a fragment");
  OutgoingTarget out;
  const auto scheme = parsed->scheme();
  out.base_url = std::string(scheme.data(), scheme.size()) + "://" + text_of(parsed->encoded_host_and_port());
  BaseUrl base;
  try {
    base = BaseUrl::parse(out.base_url);
  } catch (const Error& error) {
    throw forbidden(error.message());
  }
  out.target = text_of(parsed->encoded_path());
  if (out.target.empty()) out.target = "/";
  // "host:443:80/x" is a host and a path to the parser.
  if (!out.target.starts_with('/')) throw forbidden("its path must begin with /");
  if (parsed->has_query()) out.target += "?" + text_of(parsed->encoded_query());

  const bool allowed = is_allowed(base);
  out.addresses = allowed ? AddressRule::not_metadata : AddressRule::public_internet;
  if (!base.has_tls && !allowed) {
    throw forbidden("it must begin with https://, unless the operator allows " + base.authority);
  }
  if (is_address(base.host) && !may_reach(out.addresses, base.host)) {
    throw forbidden("requests may not go to " + base.authority);
  }
  return out;
}

}  // namespace sluice
