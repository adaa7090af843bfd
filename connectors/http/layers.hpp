#pragma once
// The layers around the client of one store: observed( retrying( throttled( transport ))). Each works alone; the whole
// onion is make_source_client.

#include "connectors/http/client.hpp"
#include "connectors/rest/governor.hpp"
#include "core/backoff.hpp"
#include "core/log.hpp"

#include <cstdint>
#include <memory>

namespace sluice {

/// Cumulative; written by the layers on the io thread.
struct RequestStats {
  std::int64_t requests = 0;  // what was asked for
  std::int64_t calls = 0;     // what was sent for it, repetitions included
  std::int64_t refusals = 0;  // 429
  std::int64_t bytes = 0;     // of decoded bodies
  Duration throttled{0};      // waited for quota
  Duration took{0};           // from asking to answer, waits included
};

/// Every call waits for the governor's permission, and every answer teaches it. `transport` outlives the layer. `rank`:
/// see Governor::acquire.
std::unique_ptr<HttpClient> make_throttled(HttpClient& transport, std::shared_ptr<Governor> governor,
                                           std::shared_ptr<RequestStats> stats, int rank = 0);

struct RetryRules {
  int attempts = 5;
  Backoff failed{Duration(1'000), Duration(30'000)};
  Backoff refused{Duration(2'000), Duration(60'000)};  // 429 without a word on when
  Duration longest_refusal{std::chrono::minutes(20)};  // all waits after 429 of one request together
};

/// Asks again while `judge` says that this may help. In the end the last answer is given back whatever its status; a
/// transport failure is thrown. Meant for requests that may be repeated.
std::unique_ptr<HttpClient> make_retrying(std::unique_ptr<HttpClient> inner, Clock& clock, RetryRules rules);

/// Counts, and logs each request at debug: method, path, status and time. Never the query's values: they may be
/// personal.
std::unique_ptr<HttpClient> make_observed(std::unique_ptr<HttpClient> inner, Clock& clock, Log log,
                                          std::shared_ptr<RequestStats> stats);

/// All three with the usual rules.
std::unique_ptr<HttpClient> make_source_client(HttpClient& transport, std::shared_ptr<Governor> governor, Clock& clock,
                                               Log log, std::shared_ptr<RequestStats> stats, int rank = 0);

}  // namespace sluice
