#pragma once
// A value of a shape, for the document: the shape's own example, or one that fits its rules. Pure.

#include "api/shape.hpp"

namespace sluice::api {

Json example_of(const Shape& shape);

}  // namespace sluice::api
