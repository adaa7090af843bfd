// The store misbehaves in every way that a server, a proxy or a network can, three times in ten.
//
//   TEST_ROUNDS=2: the long form, with a bigger store

#include "tests/e2e/nothing_lost_fixture.hpp"
#include "tests/support/running_listener.hpp"

#include <sstream>

namespace sluice {
namespace {

// Requests to the store at the same time.
constexpr std::uint64_t in_flight = 16;
// How often the layers below ask for one thing before they give up.
constexpr std::uint64_t attempts = 5;

class SourceFaults : public NothingLost {
 protected:
  /// Small pages, so that there are many all the same.
  void open(const std::vector<std::string>& more = {}) {
    dice = seeded_dice();
    const bool is_long = rounds(1) > 1;
    SampleStoreOptions options;
    options.orders = is_long ? 300 : 60;
    options.products = is_long ? 60 : 40;
    options.customers = is_long ? 80 : 40;
    options.subscribers = is_long ? 2 * subscribers : subscribers;
    options.max_page_size = is_long ? 25 : 10;
    options.over_limit = sample_store::OverLimit::clamp;
    options.fault_seed = dice();
    open_store(options);
    std::vector<std::string> flags{"--bigcommerce.idle_timeout", idle_timeout, "--bigcommerce.request_deadline", "2s",
                                   "--scheduler.tables",         "12",         "--scheduler.retry_cap",          "1s"};
    if (more.empty()) flags.insert(flags.end(), {"--bigcommerce.max_in_flight", std::to_string(in_flight)});
    flags.insert(flags.end(), more.begin(), more.end());
    start_daemon(attentive(std::move(flags)));
  }

  /// From now on, each of them in equal shares.
  void strike(std::vector<Json> rules, double probability) {
    Json all = Json::array();
    for (Json& rule : rules) {
      rule["probability"] = probability / static_cast<double>(rules.size());
      if (rule.at("kind") == "redirect") rule["location"] = elsewhere.url() + "/";
      all.push_back(std::move(rule));
    }
    store->control("faults", all);
  }
  void be_sound() { store->control("faults", Json::array()); }

  /// Everything from the start.
  std::string begin_load(const std::vector<Json>& rules, double probability) {
    prepare(tables());
    store->control("reset_calls", Json::object());
    strike(rules, probability);
    return confirm();
  }
  void forget() {
    be_sound();
    EXPECT_LT(daemon->call("DELETE", "/v1/integrations/acme?data=drop", {{"confirm_name", "acme"}}).status, 300);
    EXPECT_TRUE(eventually(30s, [&] { return daemon->call("GET", "/v1/integrations/acme").status == 404; }));
  }
  /// Runs until one succeeded as a whole.
  void run_to_success(std::string run) {
    for (int more = 0; wait_for(run, 300s) != "succeeded"; ++more) {
      ASSERT_LT(more, 5) << daemon->log();
      run = sync();
    }
  }
  /// Whether the store says how long the table's list is.
  bool is_counted(const std::string& table) {
    const Json shown = daemon->call("GET", "/v1/integrations/acme/tables/" + table).body;
    return shown.at("status").at("row_counts").is_object();
  }
  /// What false answers made disappear may be missing for now, but then the counts say so, where the list has one, and
  /// the next run brings it by itself.
  void compare_or_be_told() {
    const auto comparison = compare_catalogue(*store, warehouse(), "acme", options_.store_hash);
    if (comparison.differences.empty()) return;
    const Json integration = daemon->call("GET", "/v1/integrations/acme").body;
    std::string told = " ";
    for (const Json& reason : integration.at("health_reasons")) {
      if (reason.at("code") == "source.counts_differ") told += reason.at("table").get<std::string>() + " ";
    }
    std::cout << "missing for now: " << comparison.differences;
    std::istringstream lines(comparison.differences);
    for (std::string line; std::getline(lines, line);) {
      const std::string table = line.substr(0, line.find(':'));
      if (!is_counted(table)) continue;
      EXPECT_NE(told.find(" " + table + " "), std::string::npos) << line << "\n" << integration.dump(2);
    }
    be_sound();
    EXPECT_EQ(wait_for(sync()), "succeeded");
    compare();
    EXPECT_EQ(daemon->call("GET", "/v1/integrations/acme").body.at("health"), "ok");
  }
  void compare() {
    const auto comparison = compare_catalogue(*store, warehouse(), "acme", options_.store_hash);
    EXPECT_EQ(comparison.differences, "");
    EXPECT_EQ(comparison.compared.size(), tables().size());
  }
  /// Since the last time, which begins again.
  sample_store::Calls count_calls(const std::string& what) {
    const auto calls = store->calls();
    std::cout << what << ": " << calls.total << " calls, " << calls.faults << " of them spoiled, "
              << time_since(std::exchange(since_, std::chrono::steady_clock::now())).count() << " ms\n";
    store->control("reset_calls", Json::object());
    return calls;
  }

  const RunningListener elsewhere{
      [](HttpRequest, HttpPeer) -> Task<HttpAnswer> { co_return HttpAnswer{HttpResponse{200, {}, "[]"}}; }};
  std::int64_t subscribers = 60;
  std::string idle_timeout = "2s";
  std::mt19937 dice;

 private:
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

struct FaultCase {
  const char* name;
  std::vector<Json> rules;
  // As multiples of the calls of a load that nothing disturbs.
  double most_when_rare = 1.3;
  double most_when_often = 2;  // a call needs 1/(1-0.3) tries
  bool shifts = false;         // which only pages do that have others before them
  bool hides = false;          // records may be missing from an answer that looks sound
  bool is_harmless = false;    // a load ends although each answer is so

  friend void PrintTo(const FaultCase& one, std::ostream* out) { *out << one.name; }
};

class SourceFaultsOf : public SourceFaults, public testing::WithParamInterface<FaultCase> {};

/// Nothing is mended by a second look, unless the daemon says that one is needed.
TEST_P(SourceFaultsOf, change_nothing_of_what_arrives) {
  const FaultCase& kind = GetParam();
  // So that there are many.
  if (kind.shifts) subscribers *= 3;
  // A busy machine answers late, too, but no other kind is waited for.
  if (std::string_view(kind.name) == "hang") idle_timeout = "500ms";
  open();
  EXPECT_EQ(wait_for(begin_load({}, 0)), "succeeded");
  const auto clean = static_cast<double>(count_calls("none").total);
  forget();

  run_to_success(begin_load(kind.rules, 0.1));
  const auto rare = count_calls("1 of 10");
  EXPECT_LE(static_cast<double>(rare.total), kind.most_when_rare * clean);
  forget();

  run_to_success(begin_load(kind.rules, 0.3));
  const auto often = count_calls("3 of 10");
  if (kind.hides)
    compare_or_be_told();
  else
    compare();
  EXPECT_GT(often.faults, 0U);
  if (!kind.shifts) {
    EXPECT_NEAR(static_cast<double>(often.faults) / static_cast<double>(often.total), 0.3, 0.25);
  }
  EXPECT_LE(static_cast<double>(often.total), kind.most_when_often * clean);
  EXPECT_LE(often.early, often.silences * (in_flight - 1)) << "more than what was in flight came before the reset";

  if (rounds(1) > 1 || kind.rules.size() > 1) {
    change_store(dice);
    strike(kind.rules, 0.3);
    run_to_success(sync());
    if (kind.hides)
      compare_or_be_told();
    else
      compare();
  }

  // Each list of this many has a place at which it is asked for again and again.
  constexpr std::uint64_t lists = 8;
  count_calls("comparison");
  strike(kind.rules, 1);
  sync();
  std::this_thread::sleep_for(2s);
  const auto always = count_calls("always");
  be_sound();
  if (kind.is_harmless) {
    EXPECT_LE(static_cast<double>(always.total), kind.most_when_often * clean);
  } else {
    EXPECT_LE(always.total, lists * attempts);
  }
  EXPECT_EQ(elsewhere.requests(), 0);
}

FaultCase single(const char* name, Json rule = Json::object()) {
  if (!rule.contains("kind")) rule["kind"] = name;
  return {name, {std::move(rule)}};
}
/// A text that is broken three times in a row ends the attempt, and its list is read again from the last commit.
FaultCase broken_text(const char* name) {
  auto one = single(name);
  one.most_when_often = 4;
  return one;
}
/// Whoever lied once is asked several times where there is really nothing.
FaultCase false_end(const char* name) {
  auto one = single(name);
  one.most_when_rare = 2;
  one.most_when_often = 3;
  one.hides = true;
  return one;
}
/// Pages before are read again.
FaultCase shifted(const char* name, int rows) {
  auto one = single(name, {{"kind", "shifted"}, {"rows", rows}});
  one.most_when_rare = 2;
  one.most_when_often = 4;
  one.shifts = true;
  one.is_harmless = true;
  return one;
}

std::vector<FaultCase> fault_cases() {
  std::vector<FaultCase> cases{single("throttled", {{"kind", "429"}, {"reset_ms", 200}}),
                               single("throttled_without_a_word", {{"kind", "429_without_headers"}}),
                               single("status_500", {{"kind", "status"}, {"status", 500}}),
                               single("status_502", {{"kind", "status"}, {"status", 502}}),
                               single("status_503", {{"kind", "status"}, {"status", 503}}),
                               single("status_504", {{"kind", "status"}, {"status", 504}}),
                               single("reset"),
                               single("reset_in_body"),
                               broken_text("truncate"),
                               broken_text("garbage"),
                               single("html_with_200", {{"kind", "html"}, {"status", 200}}),
                               false_end("empty"),
                               single("wrong_type"),
                               false_end("no_content"),
                               false_end("empty_page"),
                               single("duplicated"),
                               shifted("shifted_back", 1),
                               shifted("shifted_on", -2),
                               shifted("repeated_page", -1000),
                               single("drip"),
                               single("hang"),
                               single("endless"),
                               single("gzip_bomb"),
                               single("huge_header"),
                               single("long_length"),
                               broken_text("short_length"),
                               single("redirect")};
  const auto named = [&](std::string_view name) -> FaultCase& {
    return *std::ranges::find(cases, name, &FaultCase::name);
  };
  named("duplicated").is_harmless = true;
  // Its rest stands before the next answer of that connection.
  named("short_length").most_when_rare = 1.6;
  FaultCase all = false_end("all_of_them");
  all.rules.clear();
  for (const FaultCase& one : cases) all.rules.push_back(one.rules.front());
  cases.push_back(std::move(all));
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Kinds, SourceFaultsOf, testing::ValuesIn(fault_cases()),
                         [](const auto& tested) { return std::string(tested.param.name); });

/// One request at a time, so that none is in flight when the reset is told.
TEST_F(SourceFaults, that_tell_a_reset_are_left_alone_until_then) {
  open({"--bigcommerce.max_in_flight", "1"});

  run_to_success(begin_load({{{"kind", "429"}, {"reset_ms", 300}}}, 0.3));
  const auto load = count_calls("3 of 10");

  EXPECT_GT(load.silences, 0U);
  EXPECT_EQ(load.silences, load.refused);
  EXPECT_EQ(load.early, 0U);
  compare();
}

TEST_F(SourceFaults, that_do_not_end_are_given_up) {
  const std::uint64_t job_attempts = rounds(1) > 1 ? 2 : 1;
  open({"--scheduler.max_attempts", std::to_string(job_attempts)});

  EXPECT_EQ(wait_for(begin_load({{{"kind", "status"}, {"status", 503}}}, 1)), "failed");
  const auto calls = count_calls("always");
  std::this_thread::sleep_for(2s);

  for (const auto& [path, count] : calls.by_path) EXPECT_LE(count, 2 * attempts * job_attempts) << path;
  EXPECT_EQ(store->calls().total, 0U) << "nobody waits for it any more";
}

/// One walk serves the tables of a list: whoever comes back alone has it walked once more, and follows what became of
/// the others' rows only when it is read the next time.
TEST_F(SourceFaults, leave_the_tables_of_a_list_together) {
  open();
  prepare({"products", "product_images", "orders", "order_products", "order_fees"});
  strike({{{"kind", "status"}, {"status", 503}}}, 1);
  const std::string run = confirm();
  EXPECT_TRUE(eventually(60s, [&] {
    const Json job = job_of(run, "products");
    return job.at("state") == "waiting_retry" && job.at("attempt") == 2;
  })) << job_of(run, "products").dump(2);
  be_sound();

  EXPECT_EQ(wait_for(run), "succeeded");
  for (const char* table : {"product_images", "order_products", "order_fees"})
    EXPECT_EQ(job_of(run, table).at("source_calls"), 0) << table << " came with the list of another";
}

TEST_F(SourceFaults, that_redirect_for_ever_are_not_followed) {
  open();
  prepare(tables());
  store->control("faults", {{{"kind", "redirect"}, {"path_contains", "/orders"}, {"location", elsewhere.url() + "/"}}});

  const std::string run = confirm();
  EXPECT_EQ(wait_for(run), "partial");
  EXPECT_EQ(job_of(run, "orders").at("error").at("code"), "source.redirected");
  EXPECT_EQ(elsewhere.requests(), 0);
  be_sound();
  EXPECT_EQ(wait_for(sync()), "succeeded");
  compare();
}

}  // namespace
}  // namespace sluice
