#pragma once
// How many records a list has, where the source says it without the list being read.

#include "connectors/http/client.hpp"
#include "core/clock.hpp"
#include "core/task.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace sluice {

/// Of an answer with a page or a count; nothing when it does not say. Pure.
std::optional<std::int64_t> total_in(const std::string& body);

/// One call. Whatever else the source answers is no count. Throws only when it is cancelled.
Task<std::optional<std::int64_t>> ask_count(HttpClient& http, std::string target);
/// The same of a source that is known to count: an answer without a word is asked for again, as an empty page is.
Task<std::optional<std::int64_t>> ask_count(HttpClient& http, Clock& clock, std::string target);

}  // namespace sluice
