#include "tests/sample_store/served_store.hpp"

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
      control_(described_, options_, faults_, calls_),
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
  Served served{{std::move(response)}, options_.latency};
  if (fault) {
    served = spoil(std::move(served.answer.response), *fault, version_of(request.target));
    served.delay += options_.latency;
  }
  calls_.count(request.target, served.answer.response.status, fault.has_value());
  return served;
}

Served ServedStore::spoil(HttpResponse response, const FaultRule& fault, Version version) const {
  using Kind = FaultRule::Kind;
  Served served{{std::move(response)}, Duration(fault.delay)};
  HttpAnswer& answer = served.answer;
  HttpResponse& body = answer.response;
  switch (fault.kind) {
    case Kind::delay:
      break;
    case Kind::reset:
      answer.fault = HttpAnswer::Fault::reset_before_head;
      break;
    case Kind::reset_in_body:
      answer.fault = HttpAnswer::Fault::reset_in_body;
      break;
    case Kind::hang:
      answer.fault = HttpAnswer::Fault::hang;
      break;
    // The head and its length are sound, but the JSON ends in the middle.
    case Kind::truncate:
      body.body.resize(body.body.size() / 2);
      break;
    case Kind::garbage:
      body = json_reply(200, "{\"data\":[{\"id\":1,\x01 <br> \xFF\xFE");
      break;
    case Kind::empty:
      body = json_reply(200, "");
      break;
    case Kind::throttled_without_headers:
      body = too_many_requests(version);
      break;
    case Kind::status:
      body = fault.status == 429 ? too_many_requests(version)
                                 : error_reply(version, fault.status, "The service cannot answer now.");
      break;
    case Kind::html:
      body = json_reply(fault.status,
                        "<html><head><title>Error</title></head><body><h1>Something went wrong</h1></body></html>");
      body.headers.set("Content-Type", "text/html");
      break;
  }
  if (!body.headers.find("Date")) body.headers.add("Date", http_date(now()));
  return served;
}

}  // namespace sluice::sample_store
