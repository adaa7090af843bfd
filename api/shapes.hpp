#pragma once
// The shapes of all bodies and answers, by name.

#include "api/shape.hpp"

#include <string_view>
#include <utility>
#include <vector>

namespace sluice::api {

using NamedShapes = std::vector<std::pair<std::string, Shape>>;

const NamedShapes& body_shapes();
const NamedShapes& answer_shapes();
/// Throws Error{bug} when there is none.
const Shape& find_shape(std::string_view name);
/// The shape itself, or the one that it names.
const Shape& resolve(const Shape& shape);

}  // namespace sluice::api
