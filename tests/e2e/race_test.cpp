// Fifty clients that edit, pause, resume, run, reload, delete and make anew one integration, all at once. Whatever they
// do, no accepted write is lost, nothing fails inside, and at the end everything is in order.
//
// RACE_SEED repeats the choices of a race that was seen; RACE_REQUESTS (of each client) makes it longer.

#include "core/error.hpp"
#include "core/time.hpp"
#include "tests/e2e/story_fixture.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <utility>

namespace sluice {
namespace {

constexpr int clients = 50;
constexpr std::uint64_t usual_requests = 10;
const Time zero{std::chrono::sys_days{std::chrono::year{2000} / 1 / 1}};

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// A write of the configuration that was accepted: what it was built on, and what came of it.
struct Accepted {
  std::int64_t before = 0;
  std::int64_t after = 0;
  std::int64_t count = 0;  // that it wrote; 0: it wrote something else
};

/// What is to be done, how often in a hundred, and how that may be answered besides 404, which the deletions bring
/// about.
struct Deed {
  const char* name;
  double share;
  std::set<int> statuses;
};
const Deed deeds[] = {{"count", 42, {200, 409, 412}},   {"select", 5, {200, 409, 412}},
                      {"sync", 14, {200, 202, 409}},    {"pause", 8, {200, 409}},
                      {"resume", 16, {200, 409}},       {"reload", 6, {200, 202, 409}},
                      {"log in", 2, {200, 409}},        {"make", 1, {201, 409}},
                      {"delete", 0.7, {202, 204, 412}}, {"see", 5, {200}}};

class Race : public Story {
 protected:
  Race() : seed(number_from("RACE_SEED", std::random_device()())) { std::cout << "RACE_SEED=" << seed << std::endl; }

  Json whole_set_up() const {
    return {{"name", "acme"},
            {"connector", "bigcommerce"},
            {"frequency", "manual"},
            {"start_date", format_rfc3339(zero)},
            {"credentials", credentials()},
            {"selection", {{"tables", {{{"name", "brands"}}, {{"name", "coupons"}}, {{"name", "banners"}}}}}},
            {"destination", {{"destination", "embedded"}}}};
  }
  /// The count is kept in the start date, as seconds: what one write adds, the next one has read.
  static std::int64_t count_in(const Json& integration) {
    const auto start = parse_iso8601(integration.at("start_date").get<std::string>());
    return std::chrono::duration_cast<std::chrono::seconds>(*start - zero).count();
  }
  static Json with_count(std::int64_t count) {
    return {{"start_date", format_rfc3339(zero + std::chrono::seconds(count))}};
  }
  static std::int64_t generation_of(const ApiAnswer& answer) {
    return std::stoll("0" + answer.header("ETag").substr(1));
  }

  Task<ApiAnswer> send(std::string request, Json body, Headers headers) {
    const std::string target = whole(request);
    auto asking = crowd_->ask(target, std::move(body), std::move(headers));
    auto answer = co_await std::move(asking);
    ++answered[answer.status];
    EXPECT_LT(answer.status, 500) << request << '\n' << answer.body.dump(2);
    co_return answer;
  }

  /// Reads the integration, changes what was read, and notes it down when that was accepted.
  Task<ApiAnswer> change(std::string request, bool counts) {
    auto seen = co_await send("GET ", nullptr, {});
    if (seen.status != 200) co_return seen;
    const std::string id = seen.body.at("id");
    const std::int64_t count = count_in(seen.body) + 1;
    Json body = with_count(count);
    if (!counts) body = whole_set_up().at("selection");
    const Headers as_read{{"If-Match", seen.header("ETag")}};
    auto answer = co_await send(request, body, as_read);
    if (answer.status == 200) {
      // Under the same name there may be another one by now, which nobody has read.
      if (counts) EXPECT_EQ(answer.body.at("id"), id) << "written on " << seen.header("ETag") << " of another";
      written[id].push_back({generation_of(seen), generation_of(answer), counts ? count : 0});
    }
    co_return answer;
  }

  Task<ApiAnswer> perform(std::string_view deed) {
    if (deed == "count") co_return co_await change("PATCH ", true);
    if (deed == "select") co_return co_await change("PUT /selection", false);
    if (deed == "sync") co_return co_await send("POST /sync", Json::object(), {});
    if (deed == "pause") co_return co_await send("POST /pause", {{"mode", "now"}, {"reason", "race"}}, {});
    if (deed == "resume") co_return co_await send("POST /resume", Json::object(), {});
    if (deed == "reload") co_return co_await send("POST /tables/brands/reload", {{"mode", "swap"}}, {});
    if (deed == "log in") co_return co_await send("POST /authenticate", credentials(), {});
    if (deed == "make") co_return co_await send("POST integrations?confirm=true", whole_set_up(), {});
    if (deed == "delete") co_return co_await send("DELETE ?data=drop", {{"confirm_name", "acme"}}, {{"If-Match", "*"}});
    co_return co_await send("GET ", nullptr, {});
  }

  Task<void> client(std::uint64_t number, std::uint64_t requests) {
    std::mt19937_64 dice(seed + number);
    std::vector<double> shares;
    for (const Deed& deed : deeds) shares.push_back(deed.share);
    std::discrete_distribution<std::size_t> choose(shares.begin(), shares.end());
    for (std::uint64_t i = 0; i < requests; ++i) {
      const Deed& deed = deeds[choose(dice)];
      const auto answer = co_await perform(deed.name);
      EXPECT_TRUE(answer.status == 404 || deed.statuses.contains(answer.status))
          << deed.name << ": " << answer.status << '\n'
          << answer.body.dump(2);
      // Or a whole race would meet nothing but one that is going.
      if (answer.status == 404 || answer.code() == "deleting") co_await bring_back();
    }
  }

  /// Whoever finds nothing first makes it anew; the others wait until it is there.
  Task<void> bring_back() {
    boost::asio::steady_timer pause(io_);
    for (int looks = 0; looks < 600; ++looks) {
      if (!std::exchange(is_being_made, true)) {
        const auto made = co_await perform("make");
        is_being_made = false;
        if (made.status == 201) co_return;
      }
      const auto seen = co_await send("GET ", nullptr, {});
      if (seen.status == 200 && seen.body.at("state") != "deleting") co_return;
      pause.expires_after(50ms);
      co_await pause.async_wait(boost::asio::use_awaitable);
    }
    ADD_FAILURE() << "nobody can make it anew";
  }

  void race(std::uint64_t requests) {
    crowd_ = std::make_unique<ApiClient>(io_.get_executor(), daemon->url(), daemon->admin_token(), clients);
    int running = clients;
    for (std::uint64_t number = 0; number < clients; ++number) {
      boost::asio::co_spawn(io_, client(number, requests), [&](std::exception_ptr failure) {
        --running;
        if (failure) ADD_FAILURE() << to_error(failure).message();
      });
    }
    io_.restart();
    while (running > 0 && io_.run_one_for(60s) > 0) continue;
    ASSERT_EQ(running, 0) << "a client waits for ever\n" << daemon->log();
    crowd_.reset();
  }

  void expect_no_write_was_lost(const std::string& id, std::vector<Accepted> writes) {
    std::ranges::sort(writes, {}, &Accepted::before);
    std::int64_t generation = 0;
    std::int64_t count = 0;
    for (const Accepted& write : writes) {
      EXPECT_GE(write.before, generation) << id << ": two writes were built on the same";
      EXPECT_GT(write.after, write.before) << id;
      if (write.count > 0) EXPECT_EQ(write.count, ++count) << id << ": a write was overwritten";
      generation = write.after;
    }
    const auto now = answer_to("GET integrations/" + id, nullptr, {});
    if (now.status != 200) return;
    EXPECT_GE(generation_of(now), generation);
    EXPECT_EQ(count_in(now.body), count) << id << ": the last write is not what is there";
  }

  bool is_idle() {
    if (!items_of("jobs?limit=1&state=queued,running,waiting_retry").empty()) return false;
    const Json runs = items_of("runs?limit=500");
    return std::ranges::none_of(runs, [](const Json& run) { return run.at("open") == true; });
  }

  const std::uint64_t seed;
  std::map<int, int> answered;                           // by status
  std::map<std::string, std::vector<Accepted>> written;  // by the id of the integration
  bool is_being_made = false;
  std::unique_ptr<ApiClient> crowd_;
};

TEST_F(Race, of_fifty_clients_loses_no_write_and_ends_in_order) {
  begin({"--bigcommerce.safety_lag", "1s", "--api.requests_per_minute", "0", "--api.source_requests_per_minute", "0"});
  done(201, "POST integrations?confirm=true", whole_set_up());

  race(number_from("RACE_REQUESTS", usual_requests));

  for (const auto& [status, count] : answered) std::cout << "  " << status << ": " << count << "\n";
  for (const auto& [id, writes] : written) expect_no_write_was_lost(id, writes);
  EXPECT_FALSE(written.empty());
  // What was asked for and is not done yet comes to its end, too.
  ASSERT_TRUE(eventually(60s, [&] {
    const auto state = answer_to("GET ", nullptr, {}).body.value("state", "");
    if (state.empty()) answer_to("POST integrations?confirm=true", whole_set_up(), {});
    return state == "active" || state == "pending" || state == "paused";
  })) << daemon->log();
  done(200, "POST /resume", Json::object());
  // Whichever frequency has won: no run opens by itself any more.
  done(200, "PATCH ", {{"frequency", "manual"}});
  EXPECT_TRUE(eventually(60s, [&] { return is_idle(); })) << "a run is open for ever\n" << daemon->log();
  EXPECT_EQ(run_now(), "succeeded");
  EXPECT_EQ(see("GET ").at("state"), "active");
  for (const char* table : {"brands", "coupons", "banners"})
    EXPECT_EQ(rows_in("public.acme_" + std::string(table)), in_store(table)) << table;
  EXPECT_EQ(ask("select string_agg(tablename, ' ' order by tablename) from pg_tables where schemaname = 'public'"),
            "acme_banners acme_brands acme_coupons")
      << "nothing is left of what was deleted";
}

}  // namespace
}  // namespace sluice
