#include "api/tail.hpp"

#include "api/admission.hpp"
#include "api/server_events.hpp"

namespace sluice::api {
namespace {

using namespace std::chrono_literals;

constexpr Duration heartbeat = 15s;
constexpr Duration between_looks = 1s;
constexpr Duration nap = 200ms;  // a process that stops is noticed this soon
constexpr Duration between_welcomes = 5s;
constexpr int come_back_after = 2'000;

}  // namespace

Tail::Tail(const ApiContext& context, Look look, Secret token, std::unique_ptr<StreamSlots::Slot> slot)
    : context_(context), look_(std::move(look)), token_(std::move(token)), slot_(std::move(slot)) {
  sent_at_ = welcomed_at_ = context_.clock.steady_now();
}

Task<std::optional<std::string>> Tail::next() {
  if (is_over_ || context_.stop.is_asked()) co_return std::nullopt;
  std::string text;
  if (!has_begun_) {
    has_begun_ = true;
    text = server_retry(come_back_after);
  } else if (!has_more_) {
    co_await pause();
    if (context_.stop.is_asked() || !co_await is_still_welcome()) co_return std::nullopt;
  }
  auto seen = co_await context_.pool.run([this] { return look_(); });
  is_over_ = seen.is_over;
  has_more_ = seen.has_more;
  text += seen.events;
  const SteadyTime now = context_.clock.steady_now();
  if (text.empty() && now - sent_at_ >= heartbeat) text = server_comment("still there");
  if (!text.empty()) sent_at_ = now;
  co_return text;
}

Task<bool> Tail::is_still_welcome() {
  if (context_.clock.steady_now() - welcomed_at_ < between_welcomes) co_return true;
  welcomed_at_ = context_.clock.steady_now();
  const auto token = co_await context_.pool.run([this] { return context_.tokens.authenticate(token_); });
  co_return token.has_value();
}

Task<void> Tail::pause() {
  const SteadyTime until = context_.clock.steady_now() + between_looks;
  while (context_.clock.steady_now() < until && !context_.stop.is_asked()) co_await context_.clock.sleep(nap);
}

HttpResponse stream_answer(const ApiContext& context, const Call& call, Tail::Look look) {
  HttpResponse response;
  response.headers.set("Content-Type", "text/event-stream");
  response.headers.set("X-Accel-Buffering", "no");
  auto slot = context.streams->take(call.token->id.str());
  response.stream = std::make_shared<Tail>(context, std::move(look), bearer_of(call.request.headers), std::move(slot));
  return response;
}

}  // namespace sluice::api
