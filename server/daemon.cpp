#include "server/daemon.hpp"

#include "api/api.hpp"
#include "connectors/bigcommerce/bigcommerce.hpp"
#include "core/blocking_pool.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/stop.hpp"
#include "core/time_zone.hpp"
#include "scheduler/cleaner.hpp"
#include "scheduler/remover.hpp"
#include "scheduler/scheduler.hpp"
#include "scheduler/webhook_courier.hpp"
#include "server/exposure.hpp"
#include "server/http_listener.hpp"
#include "server/private_files.hpp"
#include "server/state_places.hpp"
#include "server/systemd.hpp"
#include "storage/embedded_postgres.hpp"
#include "storage/migrations.hpp"
#include "storage/sealing.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <thread>

namespace sluice {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr int exit_unavailable = 69;

// Settings arrive here without a fault: main has held them against setting_rules.

void configure_logging(const Config& config) {
  LogLevel level{};
  LogFormat format{};
  parse(config.text("log.level"), level);
  parse(config.text("log.format"), format);
  configure_logging(level, format);
}

HttpListenerSettings listener_settings(const Config& config) {
  const ListenAddress listen = parse_listen_address(config.text("server.listen")).value();
  HttpListenerSettings settings;
  settings.address = listen.address;
  settings.port = listen.port;
  settings.tls_certificate_file = config.path("server.tls_certificate").string();
  settings.tls_key_file = config.path("server.tls_key").string();
  settings.request_deadline = config.duration("server.request_deadline");
  return settings;
}

BigCommerceSettings bigcommerce_settings(const Config& config) {
  BigCommerceSettings settings;
  settings.base_url = config.text("bigcommerce.base_url");
  settings.ca_file = config.path("bigcommerce.ca_file").string();
  settings.max_in_flight = static_cast<std::size_t>(config.integer("bigcommerce.max_in_flight"));
  settings.idle_timeout = config.duration("bigcommerce.idle_timeout");
  settings.request_deadline = config.duration("bigcommerce.request_deadline");
  settings.quota_reserve = config.integer("bigcommerce.quota_reserve");
  settings.ranges = static_cast<std::size_t>(config.integer("bigcommerce.ranges"));
  settings.safety_lag = config.duration("bigcommerce.safety_lag");
  settings.sweep_interval = config.duration("bigcommerce.sweep_interval");
  return settings;
}

/// Names this process in leases.
std::string worker_name() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return std::string(host.data()) + ":" + std::to_string(::getpid());
}

DatabaseSettings database_settings(const Config& config, const EmbeddedPostgres* embedded) {
  DatabaseSettings settings;
  settings.url = embedded != nullptr ? embedded->control_url() : config.secret("database.url");
  settings.connections = static_cast<std::size_t>(std::max<std::int64_t>(2, config.integer("database.connections")));
  // Its locks must not outlive a frozen owner's lease, or nobody could take over when that ends.
  settings.idle_in_transaction = config.duration("scheduler.lease");
  return settings;
}

WebhookCourierSettings courier_settings(const Config& config) {
  WebhookCourierSettings settings;
  settings.worker = worker_name();
  settings.ca_file = config.path("webhooks.ca_file").string();
  return settings;
}

SchedulerSettings scheduler_settings(const Config& config) {
  const auto count = [&](std::string_view key) { return static_cast<std::size_t>(config.integer(key)); };
  SchedulerSettings settings;
  settings.worker = worker_name();
  settings.runs = count("scheduler.runs");
  settings.tables = count("scheduler.tables");
  settings.lease = config.duration("scheduler.lease");
  settings.spread = config.duration("scheduler.spread");
  settings.batch_rows = count("scheduler.batch_rows");
  settings.batch_bytes = static_cast<std::size_t>(config.bytes("scheduler.batch_bytes"));
  settings.batch_age = config.duration("scheduler.batch_age");
  settings.max_attempts = static_cast<int>(count("scheduler.max_attempts"));
  settings.retry_cap = config.duration("scheduler.retry_cap");
  settings.keep_replaced = config.duration("scheduler.keep_replaced");
  return settings;
}

ApiLimits api_limits(const Config& config) {
  return {config.integer("api.requests_per_minute"), config.integer("api.source_requests_per_minute")};
}

RetentionPeriods retention_periods(const Config& config) {
  return {config.duration("retention.job_logs"), config.duration("retention.jobs"), config.duration("retention.events"),
          config.duration("retention.state_changes")};
}

api::StreamLimits stream_limits(const Config& config) {
  return {static_cast<std::size_t>(config.integer("server.streams")),
          static_cast<std::size_t>(config.integer("server.streams_per_token"))};
}

std::size_t pool_threads(const Config& config) {
  const auto wanted = config.integer("pool.threads");
  return wanted > 0 ? static_cast<std::size_t>(wanted) : std::max(4U, std::thread::hardware_concurrency());
}

std::unique_ptr<EmbeddedPostgres> start_postgres(const Config& config, const Log& log) {
  if (config.is_set("database.url")) return nullptr;
  return EmbeddedPostgres::start(embedded_postgres_settings(config), log);
}

/// The way in for the first time: a control database without any token gets an admin's, written where its owner reads
/// it.
void ensure_first_token(Tokens& tokens, const std::filesystem::path& directory, const Log& log) {
  if (tokens.any()) return;
  const auto made = tokens.create("first admin", TokenScope::admin, std::nullopt);
  const auto file = directory / "admin.token";
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored)) {
    // It opens another database, to which somebody may want to go back.
    const std::filesystem::path kept = file.string() + ".previous";
    std::filesystem::rename(file, kept);
    log.warn("the token of another control database was kept", {{"file", kept.string()}});
  }
  write_private_file(file, made.text.reveal() + "\n");
  log.info("first admin token written", {{"file", file.string()}});
}

/// Everything that lives as long as the process, in the order in which it is made.
class Daemon {
 public:
  explicit Daemon(const Config& config)
      : config_(config),
        listener_settings_(listener_settings(config)),
        bigcommerce_settings_(bigcommerce_settings(config)),
        pool_(pool_threads(config)),
        postgres_(start_postgres(config, log_)),
        database_(database_settings(config, postgres_.get())),
        box_(master_keys(config, true)),
        integrations_(database_, box_),
        destinations_(database_, box_),
        queue_(database_),
        schema_changes_(database_),
        tokens_(database_),
        events_(database_),
        idempotency_keys_(database_, box_),
        retention_(database_),
        cleaner_(pool_, stop_, retention_, retention_periods(config), Log("cleaner")),
        webhooks_(database_, box_, OutgoingGuard(config.list("webhooks.allowed_hosts"))) {
    const auto report = migrate(database_);
    log_.info("control database ready", {{"version", report.after}, {"before", report.before}});
    expect_sealing_key(database_, box_);
    if (postgres_) {
      // Nobody else has this database: who held a lease died with the cluster's last process.
      if (const int ended = queue_.end_leases(); ended > 0) log_.info("runs of a dead daemon freed", {{"runs", ended}});
      destinations_.ensure_embedded();
      write_private_file(config.path("data.directory") / "warehouse.url", postgres_->warehouse_url().reveal() + "\n");
    }
    // Read now, because it means reading files.
    if (!has_time_zones()) log_.warn("no time zone data: schedules by cron know UTC only, install tzdata");
    ensure_first_token(tokens_, config.path("data.directory"), log_);
    connectors_.push_back(make_bigcommerce(io_.get_executor(), pool_, clock_, bigcommerce_settings_));
    const auto address_of = address_of_;
    remover_ = std::make_unique<Remover>(
        pool_, stop_, RemovalContext{integrations_, destinations_, connectors_, address_of_}, Log("remover"));
    scheduler_ = std::make_unique<Scheduler>(SchedulerContext{pool_, clock_, stop_, integrations_, destinations_,
                                                              queue_, schema_changes_, connectors_, address_of},
                                             scheduler_settings(config), Log("scheduler"));
    courier_ = std::make_unique<WebhookCourier>(WebhookCourierContext{pool_, clock_, stop_, webhooks_},
                                                courier_settings(config), Log("webhooks"));
    api_ = std::make_unique<Api>(ApiContext{pool_,
                                            clock_,
                                            stop_,
                                            database_,
                                            integrations_,
                                            destinations_,
                                            queue_,
                                            schema_changes_,
                                            tokens_,
                                            webhooks_,
                                            connectors_,
                                            address_of,
                                            [this] { wake(); },
                                            events_,
                                            idempotency_keys_,
                                            api_limits(config),
                                            stream_limits(config),
                                            nullptr,
                                            {config.path("api.secret_files"), config.text("api.secret_env_prefix")}},
                                 Log("api"));
    // They would be known from their first line on; who wants to see that line asks before.
    for (const char* name : {"job", "bigcommerce"}) Log{name};
    listener_ = make_listener(listener_settings_);
    if (const auto socket = config.path("server.socket"); !socket.empty()) {
      HttpListenerSettings settings = listener_settings_;
      settings.socket_file = socket.string();
      socket_listener_ = make_listener(std::move(settings));
    }
  }

  int run() {
    spawn("scheduler", scheduler_->run(), [this] { scheduler_ended_.notify(); });
    spawn("cleaner", cleaner_.run(), [] {});
    spawn("remover", remover_->run(), [] {});
    spawn("webhooks", courier_->run(), [this] { courier_ended_.notify(); });
    spawn("listener", listener_->run(), [this] { listener_ended_.notify(); });
    if (socket_listener_) spawn("socket", socket_listener_->run(), [this] { socket_listener_ended_.notify(); });
    spawn("signals", watch_signals(), [] {});
    spawn("watchdog", satisfy_watchdog(), [] {});
    if (postgres_) spawn("postgres", keep_postgres_running(), [] {});
    spawn("stop", shut_down(), [this] { io_.stop(); });
    announce();
    io_.run();
    // What is still at work there works with members that go before the pool does.
    pool_.join();
    if (postgres_) postgres_->stop();
    log_.info("stopped", {{"exit_code", exit_code_}});
    return exit_code_;
  }

 private:
  DestinationAddress address_of(const DestinationRecord& record) {
    if (!record.embedded) return parse_destination(record.parameters, destinations_.password(record.id));
    if (!postgres_) {
      throw Error(ErrorKind::config, "destination.no_embedded",
                  "this daemon runs no PostgreSQL of its own (database.url is set): choose another destination");
    }
    return parse_connection_url(postgres_->warehouse_url());
  }

  std::unique_ptr<HttpListener> make_listener(HttpListenerSettings settings) {
    return make_http_listener(
        io_.get_executor(), std::move(settings),
        [this](HttpRequest request, HttpPeer peer) { return answer(std::move(request), std::move(peer)); },
        [this](int status) { return api_->refuse(status); }, Log("http"));
  }

  Task<HttpAnswer> answer(HttpRequest request, HttpPeer peer) {
    HttpAnswer out;
    out.response = co_await api_->handle(std::move(request), std::move(peer.address));
    co_return out;
  }

  void spawn(const char* name, Task<void> task, std::function<void()> at_end) {
    asio::co_spawn(io_, std::move(task), [this, name, at_end = std::move(at_end)](std::exception_ptr failure) {
      if (failure) {
        log_.error("a part of the daemon failed", {{"part", name}, {"reason", to_error(failure).message()}});
        exit_code_ = 70;
        begin_stop();
      }
      at_end();
    });
  }

  void announce() {
    const std::string scheme = listener_settings_.tls_certificate_file.empty() ? "http://" : "https://";
    const bool is_v6 = listener_settings_.address.find(':') != std::string::npos;
    const std::string url = scheme + (is_v6 ? "[" + listener_settings_.address + "]" : listener_settings_.address) +
                            ":" + std::to_string(listener_->port());
    if (const auto file = config_.path("server.address_file"); !file.empty()) write_public_file(file, url + "\n");
    log_.info("ready", {{"version", SLUICE_VERSION}, {"url", url}});
    notify_ready("listening on " + url);
  }

  Task<void> watch_signals() {
    const int first = co_await signals_.async_wait(asio::use_awaitable);
    log_.info("asked to stop", {{"signal", first}});
    begin_stop();
    co_await signals_.async_wait(asio::use_awaitable);
    log_.warn("second signal, leaving at once");
    std::_Exit(1);
  }

  Task<void> satisfy_watchdog() {
    const Duration interval = watchdog_interval().value_or(10s) / 3;
    while (!stop_.is_insisted()) {
      notify_watchdog();
      co_await clock_.sleep(std::min<Duration>(interval, 3s));
    }
  }

  /// It may be killed like anything else; what works with it meets an outage meanwhile.
  Task<void> keep_postgres_running() {
    while (!stop_.is_asked()) {
      if (!co_await pool_.run([this] { return postgres_->is_running(); })) co_await restart_postgres();
      co_await clock_.sleep(1s);
    }
  }

  Task<void> restart_postgres() {
    log_.error("the embedded PostgreSQL ended; starting it again");
    const auto restarted = co_await attempt(pool_.run([this] { postgres_->restart(); }));
    if (restarted) co_return;
    log_.error("the embedded PostgreSQL cannot be started again; stopping",
               {{"reason", to_error(restarted.failure()).message()}});
    exit_code_ = exit_unavailable;
    begin_stop();
  }

  void wake() {
    scheduler_->wake();
    courier_->wake();
    remover_->wake();
  }

  void begin_stop() {
    if (stop_.is_asked()) return;
    stop_.ask();
    notify_stopping();
    wake();
    cleaner_.wake();
    stop_begun_.notify();
  }

  Task<void> shut_down() {
    while (!stop_.is_asked()) co_await stop_begun_.wait(1h);
    const Duration limit = config_.duration("server.drain_timeout");
    if (!co_await scheduler_ended_.wait(limit)) {
      log_.warn("loads did not end in time, cancelling them", {{"seconds", limit.count() / 1000}});
      stop_.insist();
      scheduler_->insist();
      co_await scheduler_ended_.wait(5s);
    }
    if (!co_await courier_ended_.wait(5s)) {
      courier_->insist();
      co_await courier_ended_.wait(2s);
    }
    listener_->drain();
    if (socket_listener_) socket_listener_->drain();
    if (!co_await listener_ended_.wait(5s)) listener_->abort();
    if (socket_listener_ && !co_await socket_listener_ended_.wait(1s)) socket_listener_->abort();
  }

  const Config& config_;
  Log log_{"daemon"};
  HttpListenerSettings listener_settings_;
  BigCommerceSettings bigcommerce_settings_;
  SystemClock clock_;
  Stop stop_;
  asio::io_context io_{1};
  // Before anything is started that would have to be stopped: what comes meanwhile waits for the loop.
  asio::signal_set signals_{io_, SIGTERM, SIGINT};
  Event stop_begun_;
  Event scheduler_ended_;
  Event courier_ended_;
  Event listener_ended_;
  Event socket_listener_ended_;
  int exit_code_ = 0;
  BlockingPool pool_;
  std::unique_ptr<EmbeddedPostgres> postgres_;
  Database database_;
  SecretBox box_;
  Integrations integrations_;
  Destinations destinations_;
  JobQueue queue_;
  SchemaChanges schema_changes_;
  Tokens tokens_;
  Events events_;
  IdempotencyKeys idempotency_keys_;
  Retention retention_;
  Cleaner cleaner_;
  Webhooks webhooks_;
  std::vector<std::unique_ptr<Connector>> connectors_;
  const std::function<DestinationAddress(const DestinationRecord&)> address_of_ =
      [this](const DestinationRecord& record) { return address_of(record); };
  std::unique_ptr<Remover> remover_;
  std::unique_ptr<Scheduler> scheduler_;
  std::unique_ptr<WebhookCourier> courier_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<HttpListener> listener_;
  std::unique_ptr<HttpListener> socket_listener_;  // if server.socket is set
};

}  // namespace

int serve(const Config& config) {
  configure_logging(config);
  // Nothing of ours is for other users, nor are tokens for a core dump.
  ::umask(0077);
  ::prctl(PR_SET_DUMPABLE, 0);
  ensure_private_directory(config.path("data.directory"));
  Daemon daemon(config);
  return daemon.run();
}

}  // namespace sluice
