#pragma once
// The control API: a request in, an answer out. Knows routes, bodies, problems and who may do what; the listener in
// front of it knows sockets.

#include "api/secret_references.hpp"
#include "api/stream_slots.hpp"
#include "connectors/connector.hpp"
#include "core/blocking_pool.hpp"
#include "core/http.hpp"
#include "core/log.hpp"
#include "core/stop.hpp"
#include "storage/destination.hpp"
#include "storage/destinations.hpp"
#include "storage/events.hpp"
#include "storage/idempotency_keys.hpp"
#include "storage/integrations.hpp"
#include "storage/job_queue.hpp"
#include "storage/schema_changes.hpp"
#include "storage/tokens.hpp"
#include "storage/webhooks.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sluice {

namespace api {
struct Rehearsal;
}

/// Calls per minute and token; 0: as many as you like.
struct ApiLimits {
  std::int64_t calls = 0;
  std::int64_t source_calls = 0;  // those that make the daemon call the source
};

/// What the API works with; all of it outlives the API.
struct ApiContext {
  BlockingPool& pool;
  Clock& clock;
  Stop& stop;
  Database& database;
  Integrations& integrations;
  Destinations& destinations;
  JobQueue& queue;
  SchemaChanges& schema_changes;
  Tokens& tokens;
  Webhooks& webhooks;
  const Connectors& connectors;
  /// How to reach a destination, its password opened (blocks; runs on the pool).
  std::function<DestinationAddress(const DestinationRecord&)> address_of;
  /// Tells the scheduler and the webhooks' courier that there may be something to do.
  std::function<void()> wake_scheduler;
  Events& events;
  IdempotencyKeys& idempotency_keys;
  ApiLimits limits = {};
  api::StreamLimits stream_limits = {};
  api::StreamSlots* streams = nullptr;  // the API makes its own
  /// Where documents may take secrets from; nowhere by default.
  api::SecretReferenceSettings secret_references = {};
  /// Set while a handler only shows what it would do: what happens outside the control database is noted here instead.
  api::Rehearsal* rehearsal = nullptr;
};

class Api {
 public:
  Api(ApiContext context, Log log);
  ~Api();

  /// Never throws: a failure inside is a 500 problem with the request's id, and a log line.
  Task<HttpResponse> handle(HttpRequest request, std::string peer_address);
  /// For requests that cannot even be read (HttpRefusal of the listener).
  HttpResponse refuse(int status) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice
