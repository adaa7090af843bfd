#pragma once
// Brings messages to webhooks. What is to be delivered is in the control database, so any number of daemons may do
// this; nothing here is waited for by a run. A delivery may arrive twice (the receiver knows it by webhook-id), never
// not at all while attempts are left.

#include "core/blocking_pool.hpp"
#include "core/event.hpp"
#include "core/log.hpp"
#include "core/stop.hpp"
#include "storage/webhooks.hpp"

#include <memory>
#include <string>

namespace sluice {

struct WebhookCourierSettings {
  std::string worker;   // names this process in leases
  std::string ca_file;  // empty: the system's authorities
  std::size_t deliveries = 4;
  Duration deadline{15'000};  // of one attempt
  Duration look_for_stale{30'000};
  Duration keep{30LL * 24 * 3'600'000};  // messages that are on their way no more
};

/// All of it outlives the courier.
struct WebhookCourierContext {
  BlockingPool& pool;
  Clock& clock;
  Stop& stop;
  Webhooks& webhooks;
};

class WebhookCourier {
 public:
  WebhookCourier(WebhookCourierContext context, WebhookCourierSettings settings, Log log);
  ~WebhookCourier();

  /// Until the stop is asked: then what is being sent is finished, and this returns.
  Task<void> run();
  /// There may be something to deliver: look now.
  void wake();
  /// Cancels what is being sent; `run` returns soon after, and the lease of the delivery is over by itself.
  void insist();
  /// Sends what was claimed once, and settles it. Throws only when the control database fails.
  Task<void> deliver(ClaimedDelivery claimed);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice
