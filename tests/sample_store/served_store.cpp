#include "tests/sample_store/served_store.hpp"

#include "tests/sample_store/shifted_page.hpp"
#include "tests/sample_store/spoiled_answer.hpp"

#include <algorithm>
#include <charconv>

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
      faults_(options_.fault_seed),
      control_(described_, options_, faults_, poison_, calls_),
      traffic_(data_, options_.seed) {}

Time ServedStore::now() const { return options_.now ? options_.now() : SystemClock().now(); }

void ServedStore::live(Duration passed) {
  if (options_.live_rate > 0) traffic_.pass(passed, options_.live_rate, to_seconds(now()));
}

void ServedStore::count_if_early() {
  if (now() < quiet_until_) ++calls_.early;
}

void ServedStore::tell_reset(const HttpResponse& response) {
  const auto told = response.headers.find("X-Rate-Limit-Time-Reset-Ms");
  if (response.status != 429 || !told) return;
  Duration::rep reset = 0;
  std::from_chars(told->data(), told->data() + told->size(), reset);
  if (now() >= quiet_until_) ++calls_.silences;
  quiet_until_ = std::max(quiet_until_, now() + Duration(reset));
}

Served ServedStore::serve(const HttpRequest& request, const HttpPeer& peer) {
  if (request.target.starts_with("/_control")) {
    if (!is_this_machine(peer.address))
      return {{json_reply(403, R"({"member":"","detail":"/_control answers this machine only"})")}, Duration{0}};
    return {{control_.answer(request, to_seconds(now()))}, Duration{0}};
  }
  count_if_early();
  const auto fault = faults_.strike(request.target);
  const Duration delay = options_.latency + Duration(fault ? fault->delay : 0);
  if (!ceilings_.admit(request.target, now(), delay)) {
    // Overload of one endpoint says nothing about the quota: no rate headers.
    HttpResponse refused = too_many_requests(version_of(request.target));
    refused.headers.add("Date", http_date(now()));
    calls_.count(request, refused.status, false);
    return {{std::move(refused)}, Duration{0}};
  }
  HttpResponse response = api_.answer(request, now());
  if (response.status == 200) response.body = poison_.apply(request.target, std::move(response.body));
  if (const std::int64_t rows = faults_.shift(request.target); rows != 0) {
    response.body = shifted_page(response.body, rows, [&](std::int64_t page) {
      HttpRequest beside = request;
      beside.target = target_of_page(request.target, page);
      return api_.answer(beside, now()).body;
    });
  }
  Served served{{std::move(response)}, options_.latency};
  if (fault) {
    served.answer = spoil(std::move(served.answer.response), *fault, version_of(request.target), http_date(now()));
    served.delay += Duration(fault->delay);
  }
  tell_reset(served.answer.response);
  calls_.count(request, served.answer.response.status, fault.has_value());
  return served;
}

}  // namespace sluice::sample_store
