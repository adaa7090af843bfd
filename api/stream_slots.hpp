#pragma once
// How many streamed answers may be open: each holds a connection and asks the control database again and again. Lives
// on the io thread.

#include <cstddef>
#include <map>
#include <memory>
#include <string>

namespace sluice::api {

struct StreamLimits {
  std::size_t in_all = 100;
  std::size_t per_token = 10;
};

class StreamSlots {
 public:
  explicit StreamSlots(StreamLimits limits) : limits_(limits), open_(std::make_shared<Open>()) {}

  /// Given back when it goes; may outlive the slots.
  class Slot;
  /// Throws the refusal `too_many_streams`.
  std::unique_ptr<Slot> take(const std::string& token);

 private:
  struct Open {
    std::size_t in_all = 0;
    std::map<std::string, std::size_t> by_token;
  };
  StreamLimits limits_;
  std::shared_ptr<Open> open_;
};

class StreamSlots::Slot {
 public:
  Slot(std::shared_ptr<Open> open, std::string token);
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  ~Slot();

 private:
  std::shared_ptr<Open> open_;
  std::string token_;
};

}  // namespace sluice::api
