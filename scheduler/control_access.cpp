#include "scheduler/control_access.hpp"

#include <chrono>

namespace sluice {
namespace {

using namespace std::chrono_literals;

constexpr Duration between_tries = 300ms;

}  // namespace

bool is_control_away(const Error& error) {
  return error.kind() == ErrorKind::transient && error.code().starts_with("database.");
}

Task<void> ControlAccess::wait_out(Error error) {
  if (!is_control_away(error) || is_given_up_ || stop_.is_asked()) throw error;
  if (!std::exchange(is_away_, true)) {
    log_.warn("control database is away, waiting for it", {{"code", error.code()}, {"reason", error.message()}});
  }
  co_await clock_.sleep(between_tries);
}

}  // namespace sluice
