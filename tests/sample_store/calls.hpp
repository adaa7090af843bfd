#pragma once
// What was asked of the store and how it was answered.

#include "core/http.hpp"
#include "core/json.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace sluice::sample_store {

struct Calls {
  std::uint64_t total = 0;
  std::uint64_t refused = 0;                     // with 429
  std::uint64_t faults = 0;                      // answers that went wrong on purpose
  std::uint64_t silences = 0;                    // times that began with a 429 and end with the reset it told
  std::uint64_t early = 0;                       // within one of them; what was in flight is, too
  std::map<std::string, std::uint64_t> by_path;  // without the store's prefix; ids as {id}
  std::map<int, std::uint64_t> by_status;
  std::map<std::string, std::uint64_t> by_host;  // the name or address that the client had for the store

  void count(const HttpRequest& request, int status, bool fault);
  Json describe() const;
};

}  // namespace sluice::sample_store
