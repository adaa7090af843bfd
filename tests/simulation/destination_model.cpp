// The destination, in memory: storage/destination/ with its transactions, fences and passes, without SQL. A statement
// either is done or is not; its answer may be lost.

#include "core/error.hpp"
#include "storage/key_comparison.hpp"
#include "tests/simulation/world.hpp"

#include <algorithm>

namespace sluice {

using simulation::StoredRow;
using simulation::StoredTable;
using simulation::World;

namespace {

Error fenced() { return {ErrorKind::conflict, "destination.fenced", "a newer owner was here"}; }
Error gone(const char* what) { return {ErrorKind::transient, "destination.unreachable", what}; }

void fail_by_weather(World& world) {
  if (world.chance(world.weather.destination)) throw gone("before");
}
void lose_answer_by_weather(World& world) {
  if (!world.chance(world.weather.unknown_outcome)) return;
  ++world.census->unknown;
  world.note("answer lost");
  throw gone("after");
}

class Connection final : public DestinationConnection {
 public:
  explicit Connection(World& of) : world(of) {}

  DestinationCheck check(const Identifier&) override { return {}; }
  void prepare(const std::vector<DestinationTable>& tables) override {
    fail_by_weather(world);
    for (const auto& table : tables) {
      StoredTable& stored = of(table);
      if (stored.name == table.name.str()) continue;
      // New, or left by a reload that came to nothing. The bookkeeping's fence outlives the rows.
      const auto fence = stored.fence;
      stored = {};
      stored.name = table.name.str();
      stored.fence = fence;
    }
    lose_answer_by_weather(world);
  }
  void rehearse(const std::vector<DestinationTable>&) override {}
  std::vector<Checkpoint> take_over(const std::vector<DestinationTable>& tables, std::int64_t epoch) override {
    fail_by_weather(world);
    hold(tables, epoch);
    std::vector<Checkpoint> found;
    for (const auto& table : tables) {
      of(table).fence = epoch;
      accept(table, epoch);
      found.push_back({of(table).position, of(table).live, of(table).last_job, of(table).last_job_wrote});
    }
    world.ownership.takes_over(tables.front().integration, epoch);
    world.note("taken over", tables.front().name.str(), epoch);
    lose_answer_by_weather(world);
    return found;
  }
  void set_position(const DestinationTable& table, const Json& position, std::int64_t epoch) override {
    fail_by_weather(world);
    hold({table}, epoch);
    accept(table, epoch);
    of(table).position = position;
    of(table).knows_all = false;
    lose_answer_by_weather(world);
  }
  void replace(const DestinationTable& target, const DestinationTable& beside, std::int64_t epoch) override {
    fail_by_weather(world);
    hold({target, beside}, epoch);
    accept(target, epoch);
    StoredTable next = std::move(of(beside));
    next.name = target.name.str();
    // Who wrote what is told per name of a table.
    next.last_job = of(target).last_job;
    next.last_job_wrote = of(target).last_job_wrote;
    of(target) = std::move(next);
    world.destination.erase({beside.integration.str(), beside.registered_name()});
    world.note("replaced", target.name.str(), epoch);
    ++world.census->reloads;
    lose_answer_by_weather(world);
  }
  std::optional<KeptGeneration> kept(const DestinationTable&) override { return {}; }
  void roll_back(const DestinationTable&, std::int64_t) override {}
  int forget_kept(Time) override { return 0; }
  std::vector<std::string> references_to(const DestinationTable&) override { return {}; }
  std::vector<std::string> dependents(const DestinationTable&, const std::string&) override { return {}; }
  void drop(const std::vector<DestinationTable>&) override {}
  void cancel() noexcept override {}

  StoredTable& of(const DestinationTable& table) {
    return world.destination[{table.integration.str(), table.registered_name()}];
  }
  void hold(const std::vector<DestinationTable>& tables, std::int64_t epoch) {
    for (const auto& table : tables) {
      // Without its checkpoint's row there is nothing that could be held.
      const auto found = world.destination.find({table.integration.str(), table.registered_name()});
      if (found != world.destination.end() && found->second.fence <= epoch) continue;
      ++world.census->fenced;
      world.note("fenced", table.name.str(), epoch);
      throw fenced();
    }
  }

  void accept(const DestinationTable& table, std::int64_t epoch) {
    world.ownership.writes({table.integration.str(), table.registered_name()}, epoch);
  }

  World& world;
};

/// A row is its key and its version, one behind the other in `parents`.
class Writer final : public BatchWriter {
 public:
  Writer(Connection& connection, std::vector<DestinationTable> tables, std::vector<JobId> jobs, std::int64_t epoch)
      : connection_(connection),
        tables_(std::move(tables)),
        jobs_(std::move(jobs)),
        staged_(tables_.size()),
        epoch_(epoch) {
    for (const auto& table : tables_) {
      if (connection_.of(table).name != table.name.str())
        throw Error(ErrorKind::config, "destination.not_prepared", "there is no such table");
    }
  }

  void append(const std::vector<RowBatch>& batches) override {
    fail_by_weather(connection_.world);
    for (std::size_t i = 0; i < batches.size(); ++i) {
      const auto& rows = batches[i].parents;
      for (std::size_t at = 0; at < rows.size(); at += 2) staged_[i].emplace_back(rows[at], rows[at + 1]);
    }
  }
  std::size_t rows_in_batch() const override { return staged_.front().size(); }
  std::size_t bytes_in_batch() const override { return rows_in_batch() * 100; }

  std::vector<Result> commit(const Commit& commit) override {
    World& world = connection_.world;
    fail_by_weather(world);
    connection_.hold(tables_, epoch_);
    std::vector<Result> results;
    for (std::size_t i = 0; i < tables_.size(); ++i) {
      connection_.accept(tables_[i], epoch_);
      results.push_back(merge(i, commit));
    }
    ++world.census->commits;
    world.note("committed", tables_.front().name.str() + commit.position.dump(), epoch_);
    const auto& owner = world.integration(tables_.front().integration);
    for (const auto& table : tables_) world.check_position(owner, table, connection_.of(table));
    lose_answer_by_weather(world);
    return results;
  }

 private:
  Result merge(std::size_t i, const Commit& commit) {
    StoredTable& stored = connection_.of(tables_[i]);
    World& world = connection_.world;
    Result result;
    if (commit.starts_snapshot) {
      stored.shown.clear();
      stored.knows_all = true;
    }
    for (const auto& [key, version] : std::exchange(staged_[i], {})) {
      ++result.counters.read;
      const bool is_new = !stored.rows.contains(key);
      StoredRow& row = stored.rows[key];
      if (is_new || row.is_deleted) ++stored.live;
      if (is_new) {
        ++result.counters.inserted;
      } else if (row.is_deleted || row.version != version) {
        ++result.counters.updated;
      } else {
        ++result.counters.unchanged;
      }
      world.demand(is_new || version >= row.version, tables_[i].name.str() + ": no older row over a newer one");
      row = {version, false};
      stored.shown.insert(key);
    }
    if (commit.ends_snapshot && stored.knows_all) {
      for (auto& [key, row] : stored.rows) {
        if (row.is_deleted || stored.shown.contains(key)) continue;
        row.is_deleted = true;
        --stored.live;
        ++result.counters.deleted;
      }
      stored.knows_all = false;
    }
    stored.position = commit.position;
    if (std::exchange(stored.last_job, jobs_[i]) != jobs_[i]) stored.last_job_wrote = {};
    stored.last_job_wrote += result.counters;
    result.rows = stored.live;
    return result;
  }

  Connection& connection_;
  std::vector<DestinationTable> tables_;
  std::vector<JobId> jobs_;
  std::vector<std::vector<std::pair<std::int64_t, std::int64_t>>> staged_;
  std::int64_t epoch_;
};

}  // namespace

std::unique_ptr<DestinationConnection> DestinationConnection::open(const DestinationAddress&,
                                                                   const std::optional<SessionOwner>&) {
  fail_by_weather(*simulation::the_world);
  return std::make_unique<Connection>(*simulation::the_world);
}

std::unique_ptr<BatchWriter> BatchWriter::make(DestinationConnection& connection, std::vector<DestinationTable> tables,
                                               std::vector<JobId> jobs, std::int64_t epoch) {
  return std::make_unique<Writer>(dynamic_cast<Connection&>(connection), std::move(tables), std::move(jobs), epoch);
}

std::unique_ptr<KeyComparison> KeyComparison::make(DestinationConnection&, ComparisonPlan) {
  throw Error(ErrorKind::bug, "simulation.not_modelled", "verifications are not simulated");
}

}  // namespace sluice
