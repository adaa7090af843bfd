// Which calls go wrong, and those accidents that say something about the calls around them.

#include "tests/unit/sample_store/store_fixture.hpp"

#include <map>

namespace sluice::sample_store {
namespace {

using namespace std::chrono_literals;

using FaultsOfAStore = StoreFixture;

std::string target(int number) { return "/stores/sample/v2/orders/" + std::to_string(number); }

TEST(FaultRules, share_the_roll_of_a_call) {
  Faults faults(7);
  faults.replace(Json::parse(R"([{"kind":"reset","probability":0.1},{"kind":"hang","probability":0.1},
                                 {"kind":"empty","probability":0.1}])"));
  std::map<FaultRule::Kind, int> struck;
  for (int i = 0; i < 10'000; ++i) {
    if (const auto fault = faults.strike(target(i))) ++struck[fault->kind];
  }

  ASSERT_EQ(struck.size(), 3U);
  for (const auto& [kind, times] : struck) EXPECT_NEAR(times, 1'000, 100) << static_cast<int>(kind);
}

TEST(FaultRules, spoil_the_same_calls_in_any_order) {
  const auto struck = [](std::uint64_t seed, bool backwards) {
    Faults faults(seed);
    faults.replace(Json::parse(R"([{"kind":"reset","probability":0.3}])"));
    std::map<std::string, std::vector<bool>> calls;
    for (int i = 0; i < 400; ++i) {
      const std::string call = target((backwards ? 399 - i : i) % 200);
      calls[call].push_back(faults.strike(call).has_value());
    }
    return calls;
  };

  EXPECT_EQ(struck(1, false), struck(1, true));
  EXPECT_NE(struck(1, false), struck(2, false));
}

TEST_F(FaultsOfAStore, throttle_with_a_reset_that_is_kept_or_not) {
  act("faults", Json::parse(R"([{"kind":"429","reset_ms":400,"path_contains":"/orders","times":1}])"));

  const auto refused = get("/v2/orders");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.headers.find("X-Rate-Limit-Time-Reset-Ms"), "400");
  EXPECT_EQ(refused.headers.find("X-Rate-Limit-Time-Window-Ms"), "400");
  EXPECT_EQ(refused.headers.find("X-Rate-Limit-Requests-Quota"), "150");
  EXPECT_EQ(refused.headers.find("X-Rate-Limit-Requests-Left"), "35");
  time += 399ms;
  get("/v3/customers");
  EXPECT_EQ(store.calls().early, 1U) << "whatever it asks for";
  time += 1ms;
  get("/v3/customers");

  EXPECT_EQ(store.calls().early, 1U);
  EXPECT_EQ(store.calls().silences, 1U);
}

TEST_F(FaultsOfAStore, the_reset_of_a_used_up_quota_is_kept_or_not) {
  act("options", {{"quota", 1}, {"window_ms", 1000}});

  for (int i = 0; i < 3; ++i) get("/v2/time");

  EXPECT_EQ(store.calls().early, 1U);
  time += 1s;
  EXPECT_EQ(get("/v2/time").status, 200);
  EXPECT_EQ(store.calls().early, 1U);
}

std::vector<std::int64_t> ids_in(const Json& page) {
  std::vector<std::int64_t> ids;
  for (const Json& row : page["data"]) ids.push_back(row["id"]);
  return ids;
}

TEST_F(FaultsOfAStore, shift_pages_as_rows_that_come_and_go_do) {
  const std::string list = "/v3/customers/subscribers?limit=5&page=";
  const auto first = ids_in(json(list + "1"));
  const auto second = ids_in(json(list + "2"));
  const auto third = ids_in(json(list + "3"));
  const auto shifted = [&](int rows, const std::string& page) {
    act("faults", Json::array({{{"kind", "shifted"}, {"rows", rows}}}));
    return json(list + page);
  };

  const Json gone = shifted(1, "2");
  EXPECT_EQ(ids_in(gone), (std::vector{second[1], second[2], second[3], second[4], third[0]}));
  EXPECT_EQ(gone["meta"]["pagination"]["total"], 29);
  const Json come = shifted(-1, "2");
  EXPECT_EQ(ids_in(come), (std::vector{first[4], second[0], second[1], second[2], second[3]}));
  EXPECT_EQ(come["meta"]["pagination"]["total"], 31);
  EXPECT_EQ(come["meta"]["pagination"]["total_pages"], 7);
  const Json twice = shifted(-1000, "2");
  EXPECT_EQ(ids_in(twice), first) << "a page at most";
  EXPECT_EQ(twice["meta"]["pagination"]["total"], 35);
  EXPECT_EQ(ids_in(shifted(1, "6")).size(), 4U) << "the last one";
}

TEST_F(FaultsOfAStore, shift_a_list_until_the_next_strike_or_its_beginning) {
  const std::string list = "/v3/customers/subscribers?limit=5&page=";
  const auto total_on = [&](const char* page) { return json(list + page)["meta"]["pagination"]["total"]; };
  act("faults", Json::parse(R"([{"kind":"shifted","rows":1,"every":2}])"));

  EXPECT_EQ(total_on("2"), 30);
  EXPECT_EQ(total_on("3"), 29) << "struck";
  EXPECT_EQ(total_on("4"), 29) << "still";
  EXPECT_EQ(total_on("5"), 30) << "struck again";
  EXPECT_EQ(total_on("2"), 30);
  EXPECT_EQ(total_on("3"), 29);
  EXPECT_EQ(total_on("1"), 30) << "begun anew";
  EXPECT_EQ(total_on("2"), 30);
  EXPECT_EQ(store.calls().faults, 3U);
}

TEST_F(FaultsOfAStore, shift_nothing_that_does_not_slide) {
  act("faults", Json::parse(R"([{"kind":"shifted","rows":1}])"));

  EXPECT_EQ(json("/v3/customers/subscribers?limit=5&page=1")["meta"]["pagination"]["total"], 30);
  EXPECT_EQ(get("/v2/orders?limit=50&page=2").status, 200);
  EXPECT_EQ(store.calls().faults, 0U);
}

}  // namespace
}  // namespace sluice::sample_store
