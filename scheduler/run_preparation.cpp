// Before a run reads anything: its destination is made ready and taken over, and its jobs become groups that are read
// together.

#include "core/error.hpp"
#include "scheduler/run_execution.hpp"
#include "scheduler/run_work.hpp"

#include <algorithm>
#include <utility>

namespace sluice {

Task<void> RunExecution::prepare() {
  const Integration& integration = claimed_.integration;
  Connector* const connector = find_connector(context_.connectors, integration.connector);
  if (connector == nullptr) {
    throw Error(ErrorKind::config, "connector.unknown",
                "this Sluice has no connector \"" + integration.connector + "\"");
  }
  connector_ = connector;

  std::vector<DestinationTable> destination;  // of the jobs, then what is to be replaced
  std::vector<DestinationTable> targets;
  for (const auto& work : jobs_) {
    auto table = destination_table(integration, connector_->catalogue(), work->job.table);
    if (!table) {
      throw Error(ErrorKind::config, "table.unknown",
                  "the connector has no table \"" + work->job.table + "\" any more");
    }
    work->table = table->table;
    if (work->job.reload == ReloadMode::swap) {
      targets.push_back(*table);
      work->target = *std::move(table);
      table = beside(*work->target, work->job.id);
    }
    work->destination.push_back(*table);
    destination.push_back(*std::move(table));
  }
  destination.insert(destination.end(), targets.begin(), targets.end());

  auto checkpoints = co_await context_.pool.run([this, &destination] {
    const auto record = context_.destinations.find(claimed_.integration.destination.value_or(DestinationId()).str());
    if (!record) {
      throw Error(ErrorKind::config, "destination.missing", "the integration's destination does not exist any more");
    }
    address_ = context_.address_of(*record);
    const auto connection = open_destination();
    connection->forget_kept(context_.clock.now() - settings_.keep_replaced);
    connection->prepare(destination);
    auto found = connection->take_over(destination, claimed_.epoch);
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      const Job& job = jobs_[i]->job;
      // An attempt that goes on has a place of its own in the pass.
      if (job.reload != ReloadMode::merge || job.started_at) continue;
      connection->set_position(destination[i], nullptr, claimed_.epoch);
      found[i].position = nullptr;
    }
    begin_rereads(*connection, destination, found);
    return found;
  });
  auto credentials = co_await credentials_.load([this] { return lease_.hold(); });

  std::vector<JobWork*> loads;
  std::vector<const Table*> tables;
  std::vector<Json> positions;
  std::vector<std::optional<DateWindow>> windows;
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    JobWork& work = *jobs_[i];
    work.checkpoint = std::move(checkpoints[i]);
    work.count_written();
    if (work.job.kind == JobKind::verify) {
      add_group({}, {&work});
      continue;
    }
    loads.push_back(&work);
    tables.push_back(work.table);
    positions.push_back(work.checkpoint.position);
    windows.push_back(work.job.window);
  }
  for (ReadGroup& read : group_reads(connector_->catalogue(), tables, positions, windows)) {
    std::vector<JobWork*> jobs;
    for (const std::size_t index : read.tables) jobs.push_back(loads[index]);
    add_group(std::move(read), jobs);
  }
  source_ = connector->open(std::move(credentials), log_);
}

void RunExecution::add_group(ReadGroup read, const std::vector<JobWork*>& jobs) {
  auto group = std::make_unique<GroupWork>();
  std::string names;
  for (const JobWork* work : jobs) names += (names.empty() ? "" : ",") + work->job.table;
  group->log = log_.with({{"table", names}});
  for (const JobWork* work : jobs) group->log = group->log.also_to(work->lines);
  group->jobs = jobs;
  group->read = std::move(read);
  groups_.push_back(std::move(group));
}

/// Blocks. Tables that people want read from their beginning. Should we die before it is noted, it is asked for again.
void RunExecution::begin_rereads(DestinationConnection& connection, const std::vector<DestinationTable>& destination,
                                 std::vector<Checkpoint>& checkpoints) {
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    if (jobs_[i]->job.kind == JobKind::verify) continue;
    const auto selected = std::ranges::find(claimed_.integration.selection, jobs_[i]->job.table, &SelectedTable::name);
    if (selected == claimed_.integration.selection.end() || selected->read_again == 0) continue;
    connection.set_position(destination[i], nullptr, claimed_.epoch);
    context_.integrations.note_reread(claimed_.integration.id, jobs_[i]->job.table, selected->read_again);
    jobs_[i]->is_reread = !checkpoints[i].position.is_null();
    checkpoints[i].position = nullptr;
  }
}

}  // namespace sluice
