#include "server/health_check.hpp"

#include "core/text_file.hpp"
#include "server/exposure.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <sstream>

namespace sluice {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 2s;

/// The address itself, or the loopback address of its family when it stands for every address of this host.
std::string reachable(const std::string& address) {
  boost::system::error_code bad;
  const auto parsed = boost::asio::ip::make_address(address, bad);
  if (bad || !parsed.is_unspecified()) return address;
  return parsed.is_v4() ? "127.0.0.1" : "::1";
}

HealthTarget target_at(std::string_view authority, bool has_tls) {
  const auto listen = parse_listen_address(authority);
  if (!listen || listen->port == 0) {
    throw Error(ErrorKind::config, "health.no_address",
                "cannot tell where the daemon listens from \"" + quote_outside_text(authority, 100) +
                    "\": set server.listen to a fixed port, or server.address_file");
  }
  return {reachable(listen->address), listen->port, has_tls};
}

HealthTarget target_in_url(std::string_view url) {
  constexpr std::string_view plain = "http://";
  constexpr std::string_view tls = "https://";
  const bool has_tls = url.starts_with(tls);
  if (has_tls || url.starts_with(plain)) url.remove_prefix(has_tls ? tls.size() : plain.size());
  return target_at(url.substr(0, url.find_first_of("/ \r\n")), has_tls);
}

std::string request_to(const HealthTarget& target) {
  const bool is_v6 = target.host.find(':') != std::string::npos;
  return "GET /readyz HTTP/1.1\r\nHost: " + (is_v6 ? "[" + target.host + "]" : target.host) + ":" +
         std::to_string(target.port) + "\r\nUser-Agent: sluice-health/" SLUICE_VERSION "\r\nConnection: close\r\n\r\n";
}

/// From "HTTP/1.1 200 OK"; 0 when it is no status line.
int status_of(const std::string& line) {
  std::istringstream words(line);
  std::string version;
  int status = 0;
  words >> version >> status;
  return version.starts_with("HTTP/1.") && words ? status : 0;
}

/// Only bytes up to here are looked at, whoever answers.
std::string read_some(std::istream& stream) {
  std::string text(4096, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

}  // namespace

HealthTarget find_health_target(const Config& config) {
  const auto file = config.path("server.address_file");
  if (file.empty()) return target_at(config.text("server.listen"), config.is_set("server.tls_certificate"));
  const auto url = read_text_file(file);
  if (!url) {
    throw Error(ErrorKind::transient, "health.not_listening",
                "the daemon has not written " + file.string() + ": it does not listen");
  }
  return target_in_url(*url);
}

HealthReport ask_health(const HealthTarget& target) {
  const std::string place = target.host + " port " + std::to_string(target.port);
  boost::asio::ip::tcp::iostream stream;
  stream.expires_after(patience);
  stream.connect(target.host, std::to_string(target.port));
  if (!stream) return {false, "cannot connect to " + place + ": " + stream.error().message()};
  if (target.has_tls) return {true, "listening on " + place + " (TLS: only the connection was checked)"};

  stream << request_to(target) << std::flush;
  std::istringstream answer(read_some(stream));
  std::string head;
  std::getline(answer, head);
  const int status = status_of(head);
  if (status == 200) return {true, "ready"};
  if (status == 0) return {false, "no answer from " + place + " within 2 seconds"};

  std::string body;
  while (std::getline(answer, head) && head != "\r") continue;
  std::getline(answer, body, '\0');
  return {false, "not ready: status " + std::to_string(status) + " " + quote_outside_text(body)};
}

}  // namespace sluice
