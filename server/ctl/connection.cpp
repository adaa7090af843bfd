#include "server/ctl/connection.hpp"

#include "connectors/http/base_url.hpp"
#include "core/text_file.hpp"
#include "server/exposure.hpp"
#include "server/health_check.hpp"
#include "server/settings.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>

namespace sluice::ctl {
namespace {

constexpr const char* default_settings_file = "/etc/sluice/sluice.toml";
constexpr std::string_view socket_scheme = "unix:";

std::string trimmed(std::string text) {
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  return text;
}

std::string in_environment(const KeyValues& environment, std::string_view name) {
  const auto found = std::ranges::find_if(environment, [&](const auto& item) { return item.first == name; });
  return found == environment.end() ? std::string() : found->second;
}

std::string wish(const Invocation& invocation, std::string_view option, const KeyValues& environment,
                 std::string_view variable) {
  return invocation.option(option).value_or(in_environment(environment, variable));
}

Config local_settings(const Invocation& invocation, const KeyValues& environment) {
  std::error_code ignored;
  std::optional<std::filesystem::path> file;
  const auto given = invocation.option("config");
  if (given) file = *given;
  // Most users may not read it, and need not: they name the daemon and their token.
  if (!given && std::filesystem::exists(default_settings_file, ignored)) file = default_settings_file;
  Config config = Config::load(settings, file, environment, invocation.settings);
  for (const Problem& problem : config.problems()) {
    const bool is_typed = given && problem.code == "config.unreadable_file";
    const bool is_flag = std::ranges::any_of(invocation.settings, [&](const auto& item) {
      return problem.pointer == item.first || problem.pointer == "--" + item.first;
    });
    if (is_typed || is_flag)
      throw Error(ErrorKind::config, "ctl.bad_settings", problem.pointer + ": " + problem.detail);
  }
  return config;
}

void use_url(Connection& connection, const std::string& url) {
  if (url.starts_with(socket_scheme)) {
    connection.socket_file = url.substr(socket_scheme.size());
    connection.url = "http://localhost";
  } else {
    connection.url = url.ends_with('/') ? url.substr(0, url.size() - 1) : url;
  }
}

void use_local_daemon(Connection& connection, const Config& config) {
  std::error_code ignored;
  const auto socket = config.path("server.socket");
  if (!socket.empty() && std::filesystem::exists(socket, ignored)) {
    return use_url(connection, std::string(socket_scheme) + socket.string());
  }
  const HealthTarget target = find_health_target(config);
  const bool is_v6 = target.host.find(':') != std::string::npos;
  use_url(connection, (target.has_tls ? "https://" : "http://") + (is_v6 ? "[" + target.host + "]" : target.host) +
                          ":" + std::to_string(target.port));
}

bool stays_here(const Connection& connection) {
  return !connection.socket_file.empty() || is_loopback(BaseUrl::parse(connection.url).host);
}

void check_secrecy(const Connection& connection, bool is_insecure_meant) {
  if (connection.token.empty() || is_insecure_meant || stays_here(connection)) return;
  if (BaseUrl::parse(connection.url).has_tls) return;
  throw Error(ErrorKind::config, "ctl.token_in_clear",
              connection.url + " would send the token in clear: use https://, or --insecure if the way is safe");
}

}  // namespace

Connection find_connection(const Invocation& invocation, const KeyValues& environment) {
  const std::string url = wish(invocation, "url", environment, "SLUICE_CTL_URL");
  const std::string token_file = wish(invocation, "token-file", environment, "SLUICE_CTL_TOKEN_FILE");
  Connection connection;
  connection.ca_file = wish(invocation, "ca-file", environment, "SLUICE_CTL_CA_FILE");
  std::optional<Config> config;
  if (url.empty() || token_file.empty()) config = local_settings(invocation, environment);
  if (url.empty()) {
    use_local_daemon(connection, *config);
  } else {
    use_url(connection, url);
  }
  if (!token_file.empty()) {
    const auto text = read_text_file(token_file);
    if (!text) throw Error(ErrorKind::config, "ctl.no_token", "cannot read the token in " + token_file);
    connection.token = Secret(trimmed(*text));
    connection.token_place = token_file;
  } else if (stays_here(connection)) {
    // The local admin's token is for the local daemon, never for another host.
    connection.token_place = (config->path("data.directory") / "admin.token").string();
    if (const auto text = read_text_file(connection.token_place)) connection.token = Secret(trimmed(*text));
  }
  check_secrecy(connection, invocation.has("insecure"));
  return connection;
}

}  // namespace sluice::ctl
