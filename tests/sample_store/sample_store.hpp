#pragma once
// A store that behaves as BigCommerce's API is documented, on a port of this machine: for tests, the demo and the
// benchmark. The same seed gives the same store. Beside the API it answers /_control, without a token, to this machine
// only.

#include "core/json.hpp"
#include "tests/sample_store/calls.hpp"
#include "tests/sample_store/options.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace sluice::sample_store {

class SampleStore {
 public:
  /// Listens when it returns; runs on a thread of its own until it is destroyed. Throws what the listener throws.
  static std::unique_ptr<SampleStore> start(SampleStoreOptions options);
  virtual ~SampleStore() = default;

  /// "http://127.0.0.1:40123"; the API's paths begin with /stores/{hash} behind it.
  virtual std::string base_url() const = 0;
  /// POST /_control/{action}: modify, add, delete, faults, poison, options, reset_calls. Throws Error{config} for a bad body.
  virtual Json control(std::string_view action, const Json& body) = 0;
  /// Rows of each table, as a complete read of the lists meets them.
  virtual Json counts() = 0;
  virtual std::string checksum(std::string_view table) = 0;
  virtual Calls calls() = 0;
};

/// The text file that BigCommerce hands out with a new API account, for this store.
std::string credentials_text(const SampleStoreOptions& options, std::string_view base_url);

}  // namespace sluice::sample_store
