#include "tests/simulation/simulated_daemon.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detail/scheduler.hpp>

namespace sluice::simulation {
namespace {

// A pool without threads keeps its work until somebody takes it; the pool itself offers no way to (an explicit
// instantiation may name what is private).
boost::asio::thread_pool& threads_of(BlockingPool& pool);
template <boost::asio::thread_pool BlockingPool::* member>
struct Opened {
  friend boost::asio::thread_pool& threads_of(BlockingPool& pool) { return pool.*member; }
};
template struct Opened<&BlockingPool::pool_>;

bool do_one_work(BlockingPool& pool) {
  boost::system::error_code ignored;
  return boost::asio::use_service<boost::asio::detail::scheduler>(threads_of(pool)).poll_one(ignored) > 0;
}

SchedulerSettings settings(const std::string& name) {
  SchedulerSettings made;
  made.worker = name;
  made.runs = 2;
  made.lease = lease;
  made.spread = std::chrono::seconds(3);
  made.batch_rows = 6;
  made.batch_age = std::chrono::seconds(3);
  made.max_attempts = max_attempts;
  made.retry_cap = retry_cap;
  return made;
}

}  // namespace

SimulatedDaemon::SimulatedDaemon(World& world, std::string name)
    : world_(world),
      desk_{.world = &world, .daemon = name},
      pool_(std::make_unique<BlockingPool>(0)),
      box_(Keyring({Secret(std::string(32, 'k'))})),
      integrations_(desk_.as_database(), box_),
      destinations_(desk_.as_database(), box_),
      queue_(desk_.as_database()),
      schema_changes_(desk_.as_database()),
      io_(std::make_unique<boost::asio::io_context>(1)) {
  connectors_.push_back(std::make_unique<ModelConnector>(world));
  scheduler_ = std::make_unique<Scheduler>(
      SchedulerContext{*pool_, clock_, stop_, integrations_, destinations_, queue_, schema_changes_, connectors_,
                       [](const DestinationRecord&) { return DestinationAddress{}; }},
      settings(name), Log("simulation"));
  boost::asio::co_spawn(*io_, scheduler_->run(), [this](std::exception_ptr failure) {
    world_.demand(failure == nullptr, "the scheduler ends without a failure");
    has_ended_ = true;
  });
  world_.note("daemon starts", name);
}

SimulatedDaemon::~SimulatedDaemon() {
  // What waits in the pool resumes on the io thread; what runs there uses the scheduler's runs.
  pool_.reset();
  io_.reset();
}

bool SimulatedDaemon::step() {
  // Either may come first; the dice know.
  if (world_.chance(0.5)) return do_one_work(*pool_) || io_->poll_one() > 0;
  return io_->poll_one() > 0 || do_one_work(*pool_);
}

void SimulatedDaemon::work() {
  if (world_.now() - worked_at_ > quantum) desk_.thawed = world_.now();
  worked_at_ = world_.now();
  world_.at_work = &desk_;
  for (int steps = 0; step(); ++steps) {
    world_.demand(steps < 100'000, "a daemon does not go round in circles");
    if (steps >= 100'000 || world_.chance(0.002)) break;
  }
  world_.at_work = nullptr;
}

void SimulatedDaemon::stop() {
  desk_.is_stopping = true;
  stop_.ask();
  scheduler_->wake();
}

}  // namespace sluice::simulation
