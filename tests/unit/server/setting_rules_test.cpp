#include "server/setting_rules.hpp"

#include "server/settings.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice {
namespace {

Config with(const KeyValues& flags) { return Config::load(settings, std::nullopt, {}, flags); }

TEST(SettingRules, accept_the_defaults) {
  const Config config = with({});

  EXPECT_TRUE(config.problems().empty());
  EXPECT_TRUE(check_rules(config).empty());
}

TEST(SettingRules, hold_each_fallback_of_the_table_to_its_type) {
  KeyValues fallbacks;
  for (const Setting& setting : settings) {
    fallbacks.emplace_back(std::string(setting.key), std::string(setting.fallback));
  }

  EXPECT_TRUE(with(fallbacks).problems().empty());
}

TEST(SettingRules, name_the_setting_at_fault) {
  struct Case {
    const char* name;
    KeyValues flags;
    std::vector<std::string> at_fault;
  };
  const Case cases[] = {
      {"unknown level", {{"log.level", "loud"}}, {"log.level"}},
      {"unknown format", {{"log.format", "xml"}}, {"log.format"}},
      {"no connection", {{"database.connections", "0"}}, {"database.connections"}},
      {"negative threads", {{"pool.threads", "-1"}}, {"pool.threads"}},
      {"empty batches", {{"scheduler.batch_bytes", "0"}}, {"scheduler.batch_bytes"}},
      {"no address", {{"server.listen", "8080"}}, {"server.listen"}},
      {"a certificate without its key", {{"server.tls_certificate", "/c"}}, {"server.tls_key"}},
      {"a key without its certificate", {{"server.tls_key", "/k"}}, {"server.tls_certificate"}},
      {"open to others without TLS", {{"server.listen", "0.0.0.0:80"}}, {"server.listen"}},
      {"a host that is not allowed", {{"bigcommerce.base_url", "https://else.example"}}, {"bigcommerce.base_url"}},
      {"a URL for a host",
       {{"webhooks.allowed_hosts", "hooks.internal:8443,https://hooks.internal"}},
       {"webhooks.allowed_hosts"}},
      {"secret files at a relative place", {{"api.secret_files", "secrets"}}, {"api.secret_files"}},
      {"secrets among the settings", {{"api.secret_env_prefix", "SLUICE_DATABASE__"}}, {"api.secret_env_prefix"}},
      {"secrets everywhere", {{"api.secret_env_prefix", "A"}}, {"api.secret_env_prefix"}},
      {"several at once", {{"log.level", ""}, {"scheduler.runs", "0"}}, {"log.level", "scheduler.runs"}},
  };
  for (const Case& item : cases) {
    SCOPED_TRACE(item.name);

    std::vector<std::string> at_fault;
    for (const Problem& problem : check_rules(with(item.flags))) at_fault.push_back(problem.pointer);

    EXPECT_EQ(at_fault, item.at_fault);
  }
}

TEST(SettingRules, let_others_in_through_tls_or_a_proxy) {
  EXPECT_TRUE(check_rules(with({{"server.listen", "0.0.0.0:80"}, {"server.behind_proxy", "true"}})).empty());
  EXPECT_TRUE(
      check_rules(with({{"server.listen", "0.0.0.0:80"}, {"server.tls_certificate", "/c"}, {"server.tls_key", "/k"}}))
          .empty());
}

}  // namespace
}  // namespace sluice
