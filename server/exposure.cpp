#include "server/exposure.hpp"

#include "core/http.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>

#include <algorithm>
#include <charconv>

namespace sluice {

std::optional<ListenAddress> parse_listen_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  ListenAddress listen;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), listen.port);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (host.empty()) host = "0.0.0.0";
  if (host == "localhost") host = "127.0.0.1";
  boost::system::error_code bad;
  boost::asio::ip::make_address(host, bad);
  if (bad) return std::nullopt;
  listen.address = host;
  return listen;
}

bool is_loopback(std::string_view address) {
  boost::system::error_code bad;
  const auto parsed = boost::asio::ip::make_address(address, bad);
  return address == "localhost" || (!bad && parsed.is_loopback());
}

std::optional<Problem> check_exposure(const ListenAddress& listen, bool has_tls, bool behind_proxy) {
  if (is_loopback(listen.address) || has_tls || behind_proxy) return std::nullopt;
  return Problem{"server.listen", "config.exposed_without_tls",
                 "others can reach " + listen.address +
                     ": set server.tls_certificate and server.tls_key, or server.behind_proxy = true when a proxy in "
                     "front does TLS, or listen on 127.0.0.1"};
}

std::optional<Problem> check_source_host(std::string_view base_url, const std::vector<std::string>& allowed) {
  constexpr std::string_view key = "bigcommerce.base_url";
  const auto parsed = boost::urls::parse_uri(base_url);
  if (!parsed || parsed->has_userinfo() || parsed->host().empty() ||
      (parsed->scheme() != "https" && parsed->scheme() != "http") ||
      (!parsed->encoded_path().empty() && parsed->encoded_path() != "/") || parsed->has_query() ||
      parsed->has_fragment()) {
    return Problem{std::string(key), "config.bad_url", "write it as https://host or https://host:port, without a path"};
  }
  const std::string host = parsed->host_address();
  std::string with_port = host;
  const bool default_port = !parsed->has_port() || parsed->port() == (parsed->scheme() == "https" ? "443" : "80");
  if (!default_port) with_port += ':' + std::string(parsed->port());
  const bool listed = std::any_of(allowed.begin(), allowed.end(),
                                  [&](const std::string& item) { return equal_ignoring_case(item, with_port); });
  if (!listed) {
    return Problem{std::string(key), "config.host_not_allowed",
                   "tokens may not be sent to \"" + with_port + "\": add it to sources.allowed_hosts if it is meant"};
  }
  if (parsed->scheme() == "http" && !is_loopback(host)) {
    return Problem{std::string(key), "config.source_without_tls",
                   "plain http is for loopback addresses only: use https"};
  }
  return std::nullopt;
}

}  // namespace sluice
