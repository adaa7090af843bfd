#pragma once
// Webhooks of a test's own, and what has been put into their boxes.

#include "storage/webhooks.hpp"
#include "tests/integration/storage/job_queue_fixture.hpp"

#include <algorithm>

namespace sluice {

class WebhooksTest : public JobQueueTest {
 protected:
  Webhook hook(const std::vector<std::string>& events = {"*"}, const std::vector<IntegrationId>& only = {}) {
    return webhooks.create({"https://hooks.example.com/x", events, only}).webhook;
  }
  /// The events of its deliveries, oldest first.
  std::vector<std::string> told(const Webhook& webhook) {
    auto deliveries = webhooks.deliveries(webhook.id, {500, {}})->items;
    std::ranges::sort(deliveries, {}, &Delivery::created_at);
    std::vector<std::string> events;
    for (const Delivery& delivery : deliveries) events.push_back(delivery.event);
    return events;
  }
  Json last_body() {
    return Json::parse(sql("select body from sluice.webhook_messages order by created_at desc limit 1"));
  }
  void set_health(const IntegrationId& id, Health health) {
    sql("update sluice.integrations set health = '" + std::string(to_string(health)) + "' where id = '" + id.str() +
        "'");
  }
  /// What a table holds is that old from now on; watched for as long.
  void age(const std::string& table, const std::string& interval) {
    sql("update sluice.integration_tables set watched_since = now() - interval '" + interval +
        "', replicated_until = case when last_replicated_at is not null then now() - interval '" + interval +
        "' end where table_name = '" + table + "'");
  }
  std::string messages() { return sql("select count(*) from sluice.webhook_messages"); }

  Webhooks webhooks{database, box, OutgoingGuard({"127.0.0.1:8080"})};
};

}  // namespace sluice
