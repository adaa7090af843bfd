#include "tests/sample_store/served_store.hpp"

#include "tests/sample_store/spoiled_answer.hpp"

namespace sluice::sample_store {
namespace {

Seconds to_seconds(Time time) { return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count(); }

bool is_this_machine(std::string_view address) {
  return address.starts_with("127.") || address == "::1" || address.starts_with("::ffff:127.");
}

}  // namespace

ServedStore::ServedStore(SampleStoreOptions options)
    : options_(std::move(options)),
      data_(options_),
      described_(data_),
      api_(data_, described_, options_),
      control_(described_, options_, faults_, poison_, calls_),
      traffic_(data_, options_.seed) {}

Time ServedStore::now() const { return options_.now ? options_.now() : SystemClock().now(); }

void ServedStore::live(Duration passed) {
  if (options_.live_rate > 0) traffic_.pass(passed, options_.live_rate, to_seconds(now()));
}

Served ServedStore::serve(const HttpRequest& request, const HttpPeer& peer) {
  if (request.target.starts_with("/_control")) {
    if (!is_this_machine(peer.address))
      return {{json_reply(403, R"({"member":"","detail":"/_control answers this machine only"})")}, Duration{0}};
    return {{control_.answer(request, to_seconds(now()))}, Duration{0}};
  }
  const auto fault = faults_.strike(request.target);
  const Duration delay = options_.latency + Duration(fault ? fault->delay : 0);
  if (!ceilings_.admit(request.target, now(), delay)) {
    // Overload of one endpoint says nothing about the quota: no rate headers.
    HttpResponse refused = too_many_requests(version_of(request.target));
    refused.headers.add("Date", http_date(now()));
    calls_.count(request.target, refused.status, false);
    return {{std::move(refused)}, Duration{0}};
  }
  HttpResponse response = api_.answer(request, now());
  if (response.status == 200) response.body = poison_.apply(request.target, std::move(response.body));
  Served served{{std::move(response)}, options_.latency};
  if (fault) {
    served.answer = spoil(std::move(served.answer.response), *fault, version_of(request.target), http_date(now()));
    served.delay += Duration(fault->delay);
  }
  calls_.count(request.target, served.answer.response.status, fault.has_value());
  return served;
}

}  // namespace sluice::sample_store
