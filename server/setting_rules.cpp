#include "server/setting_rules.hpp"

#include "core/log.hpp"
#include "server/exposure.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace sluice {
namespace {

constexpr std::string_view at_least_one[] = {
    "database.connections",     "bigcommerce.max_in_flight", "bigcommerce.ranges",     "scheduler.runs",
    "scheduler.tables",         "scheduler.batch_rows",      "scheduler.max_attempts", "server.streams",
    "server.streams_per_token",
};
constexpr std::string_view at_least_zero[] = {"api.requests_per_minute", "api.source_requests_per_minute",
                                              "bigcommerce.quota_reserve", "pool.threads"};

class Rules {
 public:
  explicit Rules(const Config& config) : config_(config) {}

  std::vector<Problem> run() {
    check_words();
    check_numbers();
    check_listener();
    check_webhook_hosts();
    check_secret_references();
    if (auto problem = check_source_host(config_.text("bigcommerce.base_url"), config_.list("sources.allowed_hosts"))) {
      problems_.push_back(std::move(*problem));
    }
    return std::move(problems_);
  }

 private:
  void refuse(std::string_view key, std::string_view detail) {
    problems_.push_back({std::string(key), "config.bad_value", std::string(detail)});
  }

  void check_words() {
    LogLevel level{};
    LogFormat format{};
    if (!parse(config_.text("log.level"), level)) refuse("log.level", "must be trace, debug, info, warn or error");
    if (!parse(config_.text("log.format"), format)) refuse("log.format", "must be auto, text or json");
  }

  void check_numbers() {
    for (const auto key : at_least_one) {
      if (config_.integer(key) < 1) refuse(key, "must be 1 or more");
    }
    for (const auto key : at_least_zero) {
      if (config_.integer(key) < 0) refuse(key, "must not be negative");
    }
    if (config_.bytes("scheduler.batch_bytes") < 1) refuse("scheduler.batch_bytes", "must be 1 or more");
  }

  void check_listener() {
    const bool has_certificate = config_.is_set("server.tls_certificate");
    const bool has_key = config_.is_set("server.tls_key");
    if (has_certificate != has_key) {
      refuse(has_key ? "server.tls_certificate" : "server.tls_key",
             "must be set, too: certificate and key go together");
    }
    const auto listen = parse_listen_address(config_.text("server.listen"));
    if (!listen) return refuse("server.listen", "must be address:port, such as 127.0.0.1:8080");
    auto exposed = check_exposure(*listen, has_certificate && has_key, config_.boolean("server.behind_proxy"));
    if (exposed) problems_.push_back(std::move(*exposed));
  }

  void check_webhook_hosts() {
    for (const std::string& host : config_.list("webhooks.allowed_hosts")) {
      if (host.find_first_of("/@*? ") == std::string::npos) continue;
      refuse("webhooks.allowed_hosts", "must be hosts such as hooks.internal:8443, without a scheme or path");
    }
  }

  void check_secret_references() {
    const auto directory = config_.path("api.secret_files");
    if (!directory.empty() && !directory.is_absolute()) refuse("api.secret_files", "must be an absolute path");
    const std::string prefix = config_.text("api.secret_env_prefix");
    const bool is_settings = prefix.starts_with("SLUICE_") && !prefix.starts_with(secret_variable_prefix);
    const auto fits = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
    const bool is_name = std::all_of(prefix.begin(), prefix.end(), fits);
    if (!prefix.empty() && (prefix.size() < 4 || !is_name || is_settings)) {
      refuse("api.secret_env_prefix",
             "must be 4 capital letters, digits or _ at least; after SLUICE_ only SLUICE_SECRET_, because the other "
             "variables are settings");
    }
  }

  const Config& config_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> check_rules(const Config& config) { return Rules(config).run(); }

}  // namespace sluice
