// The store misbehaves in every way that a server, a proxy or a network can, three times in ten.
//
//   TEST_ROUNDS=2: the long form, with the kinds that take their time

#include "tests/e2e/nothing_lost_fixture.hpp"
#include "tests/support/running_listener.hpp"

namespace sluice {
namespace {

class SourceFaults : public NothingLost {
 protected:
  void open(std::vector<std::string> flags = {}) {
    SampleStoreOptions options;
    options.orders = 300;
    options.products = 60;
    options.customers = 80;
    options.subscribers = 60;
    // So that there are many pages all the same.
    options.max_page_size = 25;
    options.over_limit = sample_store::OverLimit::clamp;
    open_store(options);
    flags.insert(flags.end(), {"--bigcommerce.idle_timeout", "1s", "--bigcommerce.request_deadline", "4s",
                               "--scheduler.retry_cap", "1s"});
    start_daemon(attentive(std::move(flags)));
  }
  /// Runs until one succeeded as a whole.
  void run_to_success(std::string run) {
    for (int more = 0; wait_for(run, 300s) != "succeeded"; ++more) {
      ASSERT_LT(more, 5) << daemon->log();
      run = sync();
    }
  }
  void compare() {
    const auto comparison = compare_catalogue(*store, warehouse(), "acme", options_.store_hash);
    EXPECT_EQ(comparison.differences, "");
    EXPECT_EQ(comparison.compared.size(), tables().size());
  }
};

struct FaultCase {
  const char* name;
  std::vector<Json> rules;
  bool is_slow = false;  // most of the time is waited
};

class SourceFaultsOf : public SourceFaults, public testing::WithParamInterface<FaultCase> {};

/// Nothing is mended by a second look: what the first load brought is compared.
TEST_P(SourceFaultsOf, change_nothing_of_what_arrives) {
  if (GetParam().is_slow && rounds(1) == 1) GTEST_SKIP() << "in the long form only";
  open();
  prepare(tables());
  store->control("reset_calls", Json::object());
  Json rules = Json::array();
  for (Json rule : GetParam().rules) {
    rule["probability"] = 0.3 / static_cast<double>(GetParam().rules.size());
    rules.push_back(std::move(rule));
  }
  store->control("faults", rules);

  run_to_success(confirm());

  EXPECT_GT(store->calls().faults, 0U);
  compare();
  auto dice = seeded_dice();
  change_store(dice);
  let_the_lag_pass();
  run_to_success(sync());
  compare();
}

FaultCase single(const char* name, Json rule = Json::object()) {
  if (!rule.contains("kind")) rule["kind"] = name;
  return {name, {std::move(rule)}};
}
FaultCase slow(const char* name, Json rule = Json::object()) {
  auto one = single(name, std::move(rule));
  one.is_slow = true;
  return one;
}

std::vector<FaultCase> fault_cases() {
  std::vector<FaultCase> cases{slow("throttled", {{"kind", "429_without_headers"}}),
                               slow("status_500", {{"kind", "status"}, {"status", 500}}),
                               slow("status_502", {{"kind", "status"}, {"status", 502}}),
                               single("status_503", {{"kind", "status"}, {"status", 503}}),
                               slow("status_504", {{"kind", "status"}, {"status", 504}}),
                               slow("reset"),
                               slow("reset_in_body"),
                               slow("truncate"),
                               slow("garbage"),
                               slow("html_with_200", {{"kind", "html"}, {"status", 200}}),
                               slow("empty"),
                               single("wrong_type"),
                               single("no_content"),
                               single("empty_page"),
                               single("duplicated"),
                               slow("drip"),
                               slow("hang"),
                               slow("endless"),
                               slow("gzip_bomb"),
                               slow("huge_header"),
                               single("long_length"),
                               single("short_length")};
  FaultCase all{"all_of_them", {}, true};
  for (const FaultCase& one : cases) all.rules.push_back(one.rules.front());
  cases.push_back(std::move(all));
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Kinds, SourceFaultsOf, testing::ValuesIn(fault_cases()),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST_F(SourceFaults, cost_few_calls_when_they_are_rare) {
  open();
  EXPECT_EQ(wait_for(set_up(tables())), "succeeded");
  const auto clean = store->calls().total;
  EXPECT_LT(daemon->call("DELETE", "/v1/integrations/acme?data=drop", {{"confirm_name", "acme"}}).status, 300);
  ASSERT_TRUE(eventually(30s, [&] { return daemon->call("GET", "/v1/integrations/acme").status == 404; }));
  store->control("reset_calls", Json::object());

  store->control("faults", {{{"kind", "status"}, {"status", 503}, {"probability", 0.1}}});
  prepare(tables());
  run_to_success(confirm());

  EXPECT_LE(static_cast<double>(store->calls().total), 1.3 * static_cast<double>(clean));
  compare();
}

TEST_F(SourceFaults, that_redirect_are_not_followed) {
  const RunningListener elsewhere(
      [](HttpRequest, HttpPeer) -> Task<HttpAnswer> { co_return HttpAnswer{HttpResponse{200, {}, "[]"}}; });
  open();
  prepare(tables());
  store->control("faults", {{{"kind", "redirect"}, {"path_contains", "/orders"}, {"location", elsewhere.url() + "/"}}});

  EXPECT_EQ(wait_for(confirm()), "partial");
  EXPECT_EQ(elsewhere.requests(), 0);
  store->control("faults", Json::array());
  EXPECT_EQ(wait_for(sync()), "succeeded");
  compare();
}

}  // namespace
}  // namespace sluice
