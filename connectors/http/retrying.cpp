#include "connectors/http/layers.hpp"
#include "connectors/rest/verdict.hpp"
#include "core/error.hpp"

#include <optional>
#include <utility>

namespace sluice {
namespace {

class Retrying final : public HttpClient {
 public:
  Retrying(std::unique_ptr<HttpClient> inner, Clock& clock, RetryRules rules)
      : inner_(std::move(inner)), clock_(clock), rules_(rules) {}

  Task<HttpResponse> send(HttpRequest request) override {
    Course course;
    while (true) {
      auto sending = inner_->send(request);
      auto outcome = co_await attempt(std::move(sending));
      const auto pause =
          outcome.ok() ? after_answer(course, outcome.value()) : after_failure(course, to_error(outcome.failure()));
      if (!pause) co_return std::move(outcome).take();
      co_await clock_.sleep(*pause);
    }
  }

 private:
  /// How one request has gone so far.
  struct Course {
    int attempts = 0;
    int refusals = 0;
    Duration waited_refused{0};
  };

  /// How long to wait before asking again; none: this is what the caller gets.
  std::optional<Duration> after_answer(Course& course, const HttpResponse& response) const {
    const auto verdict = judge(response);
    switch (verdict.action) {
      case Action::wait:
        return after_refusal(course, verdict.wait);
      case Action::retry:
        return after_attempt(course);
      case Action::use:
      case Action::end:
      case Action::fail:
        break;
    }
    return std::nullopt;
  }

  std::optional<Duration> after_failure(Course& course, const Error& error) const {
    if (error.kind() != ErrorKind::transient) return std::nullopt;
    return after_attempt(course);
  }

  std::optional<Duration> after_attempt(Course& course) const {
    if (++course.attempts >= rules_.attempts) return std::nullopt;
    return backoff_delay(rules_.failed, course.attempts, random_unit());
  }

  std::optional<Duration> after_refusal(Course& course, std::optional<Duration> told) const {
    ++course.refusals;
    Duration pause = backoff_delay(rules_.refused, course.refusals, random_unit());
    // Those who were refused together must not come back together, and less so the more often it happens.
    if (told) pause = *told + pause / 10;
    if (course.waited_refused + pause > rules_.longest_refusal) return std::nullopt;
    course.waited_refused += pause;
    return pause;
  }

  std::unique_ptr<HttpClient> inner_;
  Clock& clock_;
  RetryRules rules_;
};

}  // namespace

std::unique_ptr<HttpClient> make_retrying(std::unique_ptr<HttpClient> inner, Clock& clock, RetryRules rules) {
  return std::make_unique<Retrying>(std::move(inner), clock, rules);
}

}  // namespace sluice
