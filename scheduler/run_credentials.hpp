#pragma once
// The credentials that one run reads its source with: taken from the control database, exchanged under it when somebody
// authenticates again, and given up when the source refuses the newest ones.

#include "connectors/current_credentials.hpp"
#include "core/blocking_pool.hpp"
#include "core/log.hpp"
#include "storage/integrations.hpp"
#include "storage/job_queue.hpp"

#include <memory>
#include <vector>

namespace sluice {

class RunCredentials {
 public:
  RunCredentials(BlockingPool& pool, Integrations& integrations, JobQueue& queue, IntegrationId integration, Log log);

  /// For the run's source. It outlives neither this nor what this works with.
  Task<std::shared_ptr<CurrentCredentials>> load(CurrentCredentials::Permission permission);
  /// Takes newer ones over, whoever stored them. Never throws: the next look may do better.
  Task<void> follow();
  /// Jobs met a refusal. True: it is final, they have failed, and the integration wants authentication. False: there
  /// are newer credentials by now, to go on with.
  Task<bool> refuse(std::vector<JobId> jobs, JobError error);

 private:
  Task<Credentials> stored();

  BlockingPool& pool_;
  Integrations& integrations_;
  JobQueue& queue_;
  IntegrationId integration_;
  Log log_;
  std::shared_ptr<CurrentCredentials> current_;
};

}  // namespace sluice
