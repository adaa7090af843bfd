#include "scheduler/retry.hpp"

#include <algorithm>
#include <array>

namespace sluice {
namespace {

struct Hint {
  std::string_view code;
  std::string_view text;
};

constexpr std::array hints{
    Hint{"source.auth_failed", "Create a new API account in the store and re-authenticate the integration."},
    Hint{"source.scope_missing",
         "Create an API account with this scope and re-authenticate, or take the table out of the selection."},
    Hint{"source.too_many_rejected",
         "Look into _sluice.rejected at the destination: each record stands there with its reason. When the source is "
         "mended, sync; the load goes on from where it was."},
    Hint{"destination.unreachable",
         "Sluice tries again by itself. Check that the destination is up and reachable from here."},
    Hint{"destination.auth_failed", "Correct the user or password of the destination, then sync."},
    Hint{"destination.disk_full", "Free space at the destination; Sluice goes on by itself."},
    Hint{"destination.no_create_right", "Grant CREATE on the schema to the destination's user, then sync."},
    Hint{"destination.foreign_table", "Rename or remove that table, or clone the integration under another name."},
    Hint{"destination.too_many_deletes",
         "Check the source. If the rows are really gone, reload the table with mode swap."},
};

/// For whatever else passes on the way to the source.
constexpr std::string_view source_hint =
    "Sluice tries again by itself. Check the network, the proxies on the way and the source's status page if it lasts.";

/// How soon it is looked at again: a load goes on at most this long after the outage is over.
struct Outage {
  std::string_view code;
  Backoff backoff;
};

constexpr std::array outages{
    Outage{"destination.unreachable", {Duration(1'000), Duration(4'000)}},
    Outage{"destination.read_only", {Duration(1'000), Duration(4'000)}},
    Outage{"destination.overloaded", {Duration(1'000), Duration(4'000)}},
    Outage{"destination.disk_full", {Duration(5'000), Duration(30'000)}},
    Outage{"database.unreachable", {Duration(1'000), Duration(4'000)}},
};

const Outage* find_outage(const Error& error) {
  const auto* const found = std::ranges::find(outages, error.code(), &Outage::code);
  return found == outages.end() || error.kind() != ErrorKind::transient ? nullptr : found;
}

}  // namespace

bool is_outage(const Error& error) { return find_outage(error) != nullptr; }

std::string hint_for(const Error& error) {
  for (const auto& [code, text] : hints) {
    if (error.code() == code) return std::string(text);
  }
  const bool is_of_source = error.code().starts_with("source.") || error.code().starts_with("http.");
  return is_of_source && error.kind() == ErrorKind::transient ? std::string(source_hint) : std::string();
}

JobOutcome decide_outcome(const Error& error, int attempt, const RetryPolicy& policy, double random) {
  JobOutcome outcome;
  if (error.kind() == ErrorKind::cancelled) {
    outcome.state = JobState::queued;
    return outcome;
  }
  outcome.error = JobError{error.kind(), error.code(), error.message(), hint_for(error)};
  const bool passes = error.kind() == ErrorKind::transient || error.kind() == ErrorKind::throttled;
  if (const Outage* outage = find_outage(error)) {
    outcome.state = JobState::waiting_retry;
    outcome.retry_after = backoff_delay(outage->backoff, attempt, random);
    outcome.is_failing = attempt >= policy.max_attempts;
  } else if (passes && attempt < policy.max_attempts) {
    outcome.state = JobState::waiting_retry;
    outcome.retry_after = backoff_delay(policy.backoff, attempt, random);
  } else {
    outcome.state = JobState::failed;
  }
  return outcome;
}

}  // namespace sluice
