#pragma once
// Everything a running store consists of but the thread and the sockets: one request in, one answer (or accident) out.

#include "server/http_listener.hpp"
#include "tests/sample_store/ceilings.hpp"
#include "tests/sample_store/control.hpp"
#include "tests/sample_store/described_rows.hpp"
#include "tests/sample_store/store_api.hpp"
#include "tests/sample_store/traffic.hpp"

namespace sluice::sample_store {

/// An answer, and how long it takes its time.
struct Served {
  HttpAnswer answer;
  Duration delay{0};
};

class ServedStore {
 public:
  explicit ServedStore(SampleStoreOptions options);

  Served serve(const HttpRequest& request, const HttpPeer& peer);
  void live(Duration passed);
  Time now() const;

  Control& control() { return control_; }
  const Calls& calls() const { return calls_; }
  const SampleStoreOptions& options() const { return options_; }

 private:
  void count_if_early();
  void tell_reset(const HttpResponse& response);

  SampleStoreOptions options_;
  StoreData data_;
  DescribedRows described_;
  StoreApi api_;
  Faults faults_;
  Poison poison_;
  Calls calls_;
  Ceilings ceilings_;
  Time quiet_until_{};  // the reset that was told last with a 429
  Control control_;
  Traffic traffic_;
};

}  // namespace sluice::sample_store
