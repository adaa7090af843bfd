#include "tests/sample_store/sample_store.hpp"

#include "core/error.hpp"
#include "tests/sample_store/served_store.hpp"

#include <fmt/format.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <future>
#include <thread>
#include <type_traits>

namespace sluice::sample_store {
namespace {

constexpr Duration heartbeat{100};

Task<HttpAnswer> serve(ServedStore& store, SystemClock& clock, HttpRequest request, HttpPeer peer) {
  Served served = store.serve(request, peer);
  if (served.delay > Duration{0}) co_await clock.sleep(served.delay);
  co_return std::move(served.answer);
}

Task<void> live(ServedStore& store, SystemClock& clock) {
  for (;;) {
    co_await clock.sleep(heartbeat);
    store.live(heartbeat);
  }
}

class RunningStore final : public SampleStore {
 public:
  explicit RunningStore(SampleStoreOptions options) : store_(std::move(options)) {
    HttpListenerSettings settings;
    settings.address = store_.options().address;
    settings.port = store_.options().port;
    listener_ = make_http_listener(
        loop_.get_executor(), settings,
        [this](HttpRequest request, HttpPeer peer) {
          return serve(store_, clock_, std::move(request), std::move(peer));
        },
        [](int status) { return error_reply(Version::v3, status, "The request cannot be read."); }, log_);
    // Only the end of the store ends these two; anything else is told.
    const auto tell = [this](std::exception_ptr failure) {
      if (failure == nullptr) return;
      const Error error = to_error(failure);
      if (error.kind() != ErrorKind::cancelled) log_.error("sample store failed", {{"error", error.message()}});
    };
    boost::asio::co_spawn(loop_, listener_->run(), tell);
    boost::asio::co_spawn(loop_, live(store_, clock_), boost::asio::bind_cancellation_slot(stop_living_.slot(), tell));
    thread_ = std::thread([this] { loop_.run(); });
  }

  ~RunningStore() override {
    boost::asio::post(loop_, [this] {
      stop_living_.emit(boost::asio::cancellation_type::terminal);
      listener_->abort();
    });
    thread_.join();
  }
  RunningStore(const RunningStore&) = delete;
  RunningStore& operator=(const RunningStore&) = delete;

  std::string base_url() const override {
    const std::string& address = store_.options().address;
    const bool v6 = address.find(':') != std::string::npos;
    return fmt::format("http://{}:{}", v6 ? "[" + address + "]" : address, listener_->port());
  }
  Json control(std::string_view action, const Json& body) override {
    return on_loop([&] {
      const auto now = std::chrono::floor<std::chrono::seconds>(store_.now()).time_since_epoch().count();
      return store_.control().act(action, body, now);
    });
  }
  Json counts() override {
    return on_loop([&] { return store_.control().counts(); });
  }
  std::string checksum(std::string_view table) override {
    return on_loop([&] { return store_.control().checksum(table); });
  }
  Calls calls() override {
    return on_loop([&] { return store_.calls(); });
  }

 private:
  /// The store belongs to the loop's thread; everyone else asks it there.
  template <class F>
  std::invoke_result_t<F> on_loop(F act) {
    std::packaged_task<std::invoke_result_t<F>()> task(std::move(act));
    auto result = task.get_future();
    boost::asio::post(loop_, [&task] { task(); });
    return result.get();
  }

  Log log_{"sample_store"};
  ServedStore store_;
  SystemClock clock_;
  boost::asio::io_context loop_{1};
  std::unique_ptr<HttpListener> listener_;
  boost::asio::cancellation_signal stop_living_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<SampleStore> SampleStore::start(SampleStoreOptions options) {
  return std::make_unique<RunningStore>(std::move(options));
}

std::string credentials_text(const SampleStoreOptions& options, std::string_view base_url) {
  return fmt::format(
      "ACCESS TOKEN: {}\nCLIENT NAME: Sluice read-only\nAPI PATH: {}/stores/{}/v3/\nCLIENT ID: {}\nCLIENT SECRET: {}\n",
      options.access_token, base_url, options.store_hash, options.client_id, Dice(options.seed, "secret", 0).hex(64));
}

}  // namespace sluice::sample_store
