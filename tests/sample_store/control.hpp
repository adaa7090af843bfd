#pragma once
// The /_control interface: what a test or a demo does to the store behind the API's back, and what it may know about
// it.

#include "core/json.hpp"
#include "tests/sample_store/calls.hpp"
#include "tests/sample_store/described_control.hpp"
#include "tests/sample_store/faults.hpp"
#include "tests/sample_store/poison.hpp"
#include "tests/sample_store/replies.hpp"
#include "tests/sample_store/store_data.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::sample_store {

class Control {
 public:
  Control(DescribedRows& described, SampleStoreOptions& options, Faults& faults, Poison& poison, Calls& calls)
      : data_(described.data()),
        described_control_(described),
        options_(options),
        faults_(faults),
        poison_(poison),
        calls_(calls) {}

  /// A request to /_control/…; errors are JSON with the member at fault and what to do.
  HttpResponse answer(const HttpRequest& request, Seconds now);
  /// `action` is what follows /_control/ for POST: modify, add, delete, faults, poison, options, reset_calls.
  /// Throws Error{config}.
  Json act(std::string_view action, const Json& body, Seconds now);
  Json counts() const;
  /// FNV-1a over the rows of a table in the order of their ids.
  std::string checksum(std::string_view table) const;

 private:
  std::string look(const Target& target) const;
  std::string rows(std::string_view table, std::int64_t after, std::int64_t limit, const std::string& includes) const;
  std::string described_rows(const TableDescription& table, std::int64_t after, std::int64_t limit,
                             const std::string& includes) const;
  Json modify(const Json& body, Seconds now);
  Json add(const Json& body, Seconds now);
  Json remove(const Json& body, Seconds now);
  void set_options(const Json& body);
  Json describe_options() const;
  std::vector<std::int64_t> pick_ids(std::string_view table, const Json& body);

  StoreData& data_;
  DescribedControl described_control_;
  SampleStoreOptions& options_;
  Faults& faults_;
  Poison& poison_;
  Calls& calls_;
  Dice dice_{1, "control", 0};
};

/// Every row of a table as the plain list shows it, in the order of ids, from the first id above `after`.
void for_each_row(const StoreData& data, std::string_view table, std::int64_t after,
                  const std::function<bool(std::int64_t id, const std::string& json)>& visit);

}  // namespace sluice::sample_store
