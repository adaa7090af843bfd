#include "api/admission.hpp"

#include "api/problem.hpp"

#include <sodium.h>

#include <algorithm>
#include <limits>

namespace sluice::api {
namespace {

using namespace std::chrono_literals;

// Where another daemon revoked a token, it works no longer than this.
constexpr Duration remembered = 1s;
constexpr Duration forgiven = 60s;
constexpr std::size_t most_entries = 1024;

/// Cheaper than a hop to the pool: one block of SHA-256.
std::string digest_of(const Secret& text) {
  std::string digest(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(digest.data()),
                     reinterpret_cast<const unsigned char*>(text.reveal().data()), text.reveal().size());
  return digest;
}

}  // namespace

Secret bearer_of(const Headers& headers) {
  constexpr std::string_view scheme = "Bearer ";
  const auto value = headers.find("Authorization");
  if (!value || !equal_ignoring_case(value->substr(0, scheme.size()), scheme)) return {};
  const auto start = value->find_first_not_of(' ', scheme.size());
  return start == std::string_view::npos ? Secret() : Secret(std::string(value->substr(start)));
}

Duration failure_delay(int count) {
  constexpr int free_failures = 3;
  constexpr Duration longest = 2s;
  if (count <= free_failures) return Duration(0);
  return std::min(longest, Duration(50) * (1 << std::min(count - free_failures - 1, 10)));
}

Duration Admission::note_failure(const std::string& peer) {
  const SteadyTime now = clock_.steady_now();
  if (failures_.size() >= most_entries)
    std::erase_if(failures_, [&](const auto& entry) { return now - entry.second.last > forgiven; });
  if (failures_.size() >= most_entries && !failures_.contains(peer))
    return failure_delay(std::numeric_limits<int>::max());
  Failures& failures = failures_[peer];
  if (now - failures.last > forgiven) failures.count = 0;
  failures.last = now;
  return failure_delay(++failures.count);
}

Task<Token> Admission::admit(const HttpRequest& request, const std::string& peer) {
  const Secret text = bearer_of(request.headers);
  if (text.empty()) throw refusal("unauthenticated", "the request has no bearer token");
  const std::string digest = digest_of(text);
  if (const auto known = known_.find(digest); known != known_.end() && known->second.until > clock_.steady_now()) {
    co_return known->second.token;
  }
  const auto token = co_await pool_.run([&] { return tokens_.authenticate(text); });
  const SteadyTime now = clock_.steady_now();
  if (token) {
    if (known_.size() >= most_entries)
      std::erase_if(known_, [&](const auto& entry) { return entry.second.until <= now; });
    if (known_.size() < most_entries) known_.insert_or_assign(digest, Known{*token, now + remembered});
    co_return *token;
  }
  known_.erase(digest);
  if (const Duration delay = note_failure(peer); delay > Duration(0)) co_await clock_.sleep(delay);
  throw refusal("unauthenticated", "the token is unknown, expired or revoked");
}

}  // namespace sluice::api
