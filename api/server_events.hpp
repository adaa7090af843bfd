#pragma once
// Server-sent events (text/event-stream, as the HTML standard defines it): how they are written. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::api {

/// One event. Each line of `data` becomes a line of its own; in `event` and `id` line breaks are dropped. No id: ""
std::string server_event(std::string_view event, std::string_view id, std::string_view data);
/// What readers ignore: keeps the connection alive.
std::string server_comment(std::string_view text);
/// How soon a reader whose connection broke should come back.
std::string server_retry(int milliseconds);

/// The position that a reader names to go on from, as the id of an event says it; nullopt for text that is none.
std::optional<std::int64_t> position_of(std::string_view text);

}  // namespace sluice::api
