#include "api/shapes.hpp"

namespace sluice::api {

const Shape& find_shape(std::string_view name) {
  for (const NamedShapes* shapes : {&body_shapes(), &answer_shapes()}) {
    for (const auto& [known, shape] : *shapes) {
      if (known == name) return shape;
    }
  }
  throw Error(ErrorKind::bug, "api.no_such_shape", "there is no shape \"" + std::string(name) + "\"");
}

const Shape& resolve(const Shape& shape) { return shape.name.empty() ? shape : find_shape(shape.name); }

}  // namespace sluice::api
