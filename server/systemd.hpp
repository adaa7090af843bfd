#pragma once
// What systemd is told of us (Type=notify); nothing happens when it did not start us.

#include "core/clock.hpp"

#include <optional>
#include <string>

namespace sluice {

void notify_ready(const std::string& status);
void notify_status(const std::string& status);
void notify_stopping();
void notify_watchdog();
/// How often systemd wants to hear from us; none: it does not watch.
std::optional<Duration> watchdog_interval();

}  // namespace sluice
