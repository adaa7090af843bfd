#pragma once
// What a fault makes of a sound answer.

#include "server/http_listener.hpp"
#include "tests/sample_store/faults.hpp"
#include "tests/sample_store/replies.hpp"

#include <string>

namespace sluice::sample_store {

HttpAnswer spoil(HttpResponse sound, const FaultRule& fault, Version version, const std::string& date);

}  // namespace sluice::sample_store
