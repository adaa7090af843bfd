#pragma once
// The JSON document type for control data (bodies, settings, checkpoints). Records of a source never pass through
// it: it would turn 1.10 into 1.1.

#include <nlohmann/json.hpp>

// Instantiated once, in json.cpp: every other unit compiles faster.
extern template class nlohmann::basic_json<nlohmann::ordered_map>;

namespace sluice {

using Json = nlohmann::ordered_json;

}  // namespace sluice
