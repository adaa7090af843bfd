#pragma once
// An answer that goes on, as server-sent events: what a look finds is sent, a comment while it finds nothing.

#include "api/api.hpp"
#include "api/call.hpp"
#include "api/stream_slots.hpp"
#include "core/secret.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sluice::api {

class Tail final : public BodyStream {
 public:
  struct Seen {
    std::string events;
    bool has_more = false;  // at once
    bool is_over = false;
  };
  /// Blocks.
  using Look = std::function<Seen()>;

  /// `token` is looked at from time to time: revoked or expired, it reads no more.
  Tail(const ApiContext& context, Look look, Secret token, std::unique_ptr<StreamSlots::Slot> slot);

  Task<std::optional<std::string>> next() override;

 private:
  Task<bool> is_still_welcome();
  Task<void> pause();

  const ApiContext& context_;
  Look look_;
  Secret token_;
  std::unique_ptr<StreamSlots::Slot> slot_;
  bool has_begun_ = false;
  bool is_over_ = false;
  bool has_more_ = false;
  SteadyTime sent_at_{};
  SteadyTime welcomed_at_{};
};

/// The answer that it is, in a slot of the caller's token. Throws the refusal `too_many_streams`.
HttpResponse stream_answer(const ApiContext& context, const Call& call, Tail::Look look);

}  // namespace sluice::api
