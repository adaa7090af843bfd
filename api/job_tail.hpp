#pragma once
// The log of a job as it grows, as server-sent events: a `log` event per line under the line's number, a comment while
// nothing happens, and `end` once the job is final and its log complete.

#include "api/api.hpp"
#include "api/stream_slots.hpp"
#include "core/secret.hpp"

#include <memory>
#include <optional>
#include <string>

namespace sluice::api {

class JobTail final : public BodyStream {
 public:
  struct Place {
    JobId job;
    LogLevel at_least = LogLevel::debug;
    std::optional<std::string> after;  // a line's number
  };

  /// `token` is looked at from time to time: revoked or expired, it reads no more.
  JobTail(const ApiContext& context, Place place, Secret token, std::unique_ptr<StreamSlots::Slot> slot);

  Task<std::optional<std::string>> next() override;

 private:
  struct Look {
    std::string events;
    bool is_over = false;
  };
  Task<std::string> look();
  Look look_now();
  Task<bool> is_still_welcome();
  Task<void> pause();

  const ApiContext& context_;
  Place place_;
  Secret token_;
  std::unique_ptr<StreamSlots::Slot> slot_;
  bool has_begun_ = false;
  bool is_over_ = false;
  bool has_more_ = false;  // at once
  SteadyTime sent_at_{};
  SteadyTime welcomed_at_{};
};

}  // namespace sluice::api
