#include "connectors/http/layers.hpp"

#include "tests/support/manual_clock.hpp"
#include "tests/support/run_to_end.hpp"
#include "tests/support/scripted_http.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace sluice {
namespace {

using namespace std::chrono_literals;

const Error broken(ErrorKind::transient, "http.timeout", "too slow");
const Error untrusted(ErrorKind::config, "http.tls_untrusted", "self-signed");

class Layers : public testing::Test {
 protected:
  /// The whole onion around a script.
  HttpResponse send(std::deque<ScriptedHttp::Step> steps) {
    script_ = std::make_unique<ScriptedHttp>(std::move(steps));
    auto client = make_source_client(*script_, governor_, clock_, Log("test"), stats_);
    const auto began = clock_.steady_now();
    struct Measure {
      Layers& layers;
      SteadyTime began;
      ~Measure() { layers.took_ = std::chrono::duration_cast<Duration>(layers.clock_.steady_now() - began); }
    } measure{*this, began};
    HttpRequest request;
    request.target = "/v2/orders?email=a%40b.c";
    return run_to_end(clock_, client->send(std::move(request)));
  }

  ManualClock clock_;
  std::shared_ptr<Governor> governor_ = std::make_shared<Governor>(clock_, Budget(4));
  std::shared_ptr<RequestStats> stats_ = std::make_shared<RequestStats>();
  std::unique_ptr<ScriptedHttp> script_;
  Duration took_{0};
};

TEST_F(Layers, give_a_good_answer_back_at_once) {
  const auto response = send({json_response("[1]")});

  EXPECT_EQ(response.body, "[1]");
  EXPECT_EQ(took_, 0ms);
  EXPECT_EQ(stats_->requests, 1);
  EXPECT_EQ(stats_->calls, 1);
  EXPECT_EQ(stats_->bytes, 3);
}

TEST_F(Layers, ask_again_after_failures_of_the_peer_and_of_the_way) {
  const auto response = send({json_response("", 500), broken, json_response("", 503), json_response("[1]")});

  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(stats_->requests, 1);
  EXPECT_EQ(stats_->calls, 4);
  EXPECT_EQ(script_->requests().back().target, script_->requests().front().target);
  EXPECT_GT(took_, 1'500ms);
}

TEST_F(Layers, give_the_last_failing_answer_back_as_a_value) {
  const auto response = send({json_response("", 500), json_response("", 500), json_response("", 500),
                              json_response("", 500), json_response("last", 502)});

  EXPECT_EQ(response.status, 502);
  EXPECT_EQ(response.body, "last");
}

TEST_F(Layers, throw_the_last_failure_of_the_way) {
  try {
    send({broken, broken, broken, broken, Error(ErrorKind::transient, "http.unreachable", "refused")});
    FAIL() << "no answer came";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "http.unreachable");
  }
  EXPECT_EQ(stats_->calls, 5);
  EXPECT_EQ(governor_->budget().in_flight(), 0U);
}

TEST_F(Layers, do_not_repeat_what_will_not_get_better) {
  EXPECT_EQ(send({json_response("", 401)}).status, 401);
  EXPECT_EQ(send({json_response("", 404)}).status, 404);
  EXPECT_THROW(send({untrusted}), Error);
  EXPECT_EQ(stats_->calls, 3);
}

TEST_F(Layers, ask_again_where_a_redirect_passes) {
  EXPECT_EQ(send({json_response("", 302), json_response("[]")}).status, 200);
  const std::deque<ScriptedHttp::Step> always(5, json_response("", 302));
  EXPECT_EQ(send(always).status, 302);
  EXPECT_EQ(stats_->calls, 7);
}

TEST_F(Layers, wait_as_told_without_spending_attempts) {
  const auto refused = json_response("", 429, {{"X-Rate-Limit-Time-Reset-Ms", "10000"}});
  std::deque<ScriptedHttp::Step> steps(10, refused);
  steps.push_back(json_response("[]"));

  const auto response = send(std::move(steps));

  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(stats_->refusals, 10);
  EXPECT_GE(took_, 100s);
}

TEST_F(Layers, a_refusal_holds_back_everybody_else_too) {
  ScriptedHttp script({json_response("", 429, {{"X-Retry-After", "7"}}), json_response("[]")});
  const auto throttled = make_throttled(script, governor_, stats_);
  const auto began = clock_.steady_now();

  const auto refused = run_to_end(clock_, throttled->send({}));
  const auto served = run_to_end(clock_, throttled->send({}));

  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(served.status, 200);
  EXPECT_EQ(clock_.steady_now() - began, 7s);
  EXPECT_EQ(stats_->throttled, 7s);
}

TEST_F(Layers, back_off_on_their_own_when_a_refusal_says_nothing) {
  const auto response = send({json_response("", 429), json_response("", 429), json_response("[]")});

  EXPECT_EQ(response.status, 200);
  EXPECT_GE(took_, 2s);
  EXPECT_LE(took_, 6s);
}

TEST_F(Layers, give_up_on_refusals_that_do_not_end) {
  const std::deque<ScriptedHttp::Step> steps(1'000, json_response("", 429, {{"X-Retry-After", "60"}}));

  const auto response = send(steps);

  EXPECT_EQ(response.status, 429);
  EXPECT_LE(took_, 21min);
  EXPECT_GE(took_, 15min);
}

TEST_F(Layers, teach_the_governor) {
  send({json_response("[]", 200,
                      {{"X-Rate-Limit-Requests-Quota", "150"},
                       {"X-Rate-Limit-Requests-Left", "77"},
                       {"X-Rate-Limit-Time-Window-Ms", "30000"},
                       {"X-Rate-Limit-Time-Reset-Ms", "9000"}})});

  EXPECT_EQ(governor_->budget().left(), 77);
}

}  // namespace
}  // namespace sluice
