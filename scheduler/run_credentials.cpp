#include "scheduler/run_credentials.hpp"

#include <utility>

namespace sluice {

RunCredentials::RunCredentials(BlockingPool& pool, Integrations& integrations, JobQueue& queue,
                               IntegrationId integration, Log log)
    : pool_(pool),
      integrations_(integrations),
      queue_(queue),
      integration_(std::move(integration)),
      log_(std::move(log)) {}

Task<Credentials> RunCredentials::stored() {
  return pool_.run([this] { return integrations_.credentials(integration_); });
}

Task<std::shared_ptr<CurrentCredentials>> RunCredentials::load(CurrentCredentials::Permission permission) {
  auto first = co_await stored();
  current_ = std::make_shared<CurrentCredentials>(std::move(first), [this] { return stored(); }, std::move(permission));
  co_return current_;
}

Task<void> RunCredentials::follow() {
  if (!current_) co_return;
  const std::int64_t known = current_->now().version;
  const auto looked = co_await attempt(pool_.run([this, known]() -> std::optional<Credentials> {
    if (integrations_.credentials_version(integration_) <= known) return std::nullopt;
    return integrations_.credentials(integration_);
  }));
  if (!looked) {
    log_.warn("credentials not looked up", {{"reason", to_error(looked.failure()).message()}});
  } else if (looked.value()) {
    current_->use(*looked.value());
    log_.info("credentials exchanged", {{"version", current_->now().version}});
  }
}

Task<bool> RunCredentials::refuse(std::vector<JobId> jobs, JobError error) {
  // Which ones they were, the source's requests know best: newer ones may have come since.
  const std::int64_t version = current_->refused() > 0 ? current_->refused() : current_->now().version;
  const bool is_final = co_await pool_.run(
      [this, version, &jobs, &error] { return queue_.refuse_credentials(integration_, version, jobs, error); });
  if (!is_final) log_.info("credentials were exchanged meanwhile, the jobs go on with the new ones");
  co_return is_final;
}

}  // namespace sluice
