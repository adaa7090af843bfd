#include "connectors/http/base_url.hpp"

#include "core/error.hpp"

#include <boost/url/host_type.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <charconv>

namespace sluice {
namespace {

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port != 0;
}

/// What a resolver is asked for. A parser of URLs takes more for a name, and what else reads it may see an address.
bool is_host(const boost::urls::url_view& url, std::string_view decoded) {
  if (url.host_type() == boost::urls::host_type::ipv4 || url.host_type() == boost::urls::host_type::ipv6) return true;
  return url.host_type() == boost::urls::host_type::name && std::ranges::all_of(decoded, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                  c == '_';
         });
}

}  // namespace

BaseUrl BaseUrl::parse(std::string_view text) {
  const auto reject = [&](std::string_view why) {
    return Error(ErrorKind::config, "http.bad_base_url",
                 "\"" + quote_outside_text(text) + "\" cannot be a base URL: " + std::string(why));
  };
  const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
  if (!parsed) throw reject("it is no URL");
  const auto& url = *parsed;
  const bool is_https = url.scheme_id() == boost::urls::scheme::https;
  if (!is_https && url.scheme_id() != boost::urls::scheme::http) throw reject("it must begin with https:// or http://");
  if (url.has_userinfo()) throw reject("it must not hold credentials");
  if (url.host().empty()) throw reject("it names no host");
  if ((!url.encoded_path().empty() && url.encoded_path() != "/") || url.has_query() || url.has_fragment()) {
    throw reject("it must end after the host and port");
  }
  if (url.has_port() && !is_port(url.port())) throw reject("its port is no port");

  BaseUrl out;
  out.has_tls = is_https;
  const auto host = url.host_address();
  out.host.assign(host.data(), host.size());
  if (!is_host(url, out.host)) throw reject("its host is neither a name nor an address");
  out.port = url.has_port() ? url.port_number() : std::uint16_t{is_https ? std::uint16_t{443} : std::uint16_t{80}};
  const auto authority = url.encoded_host_and_port();
  out.authority.assign(authority.data(), authority.size());
  return out;
}

}  // namespace sluice
