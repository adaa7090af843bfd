#include "api/answers/groups.hpp"

#include <iterator>

namespace sluice::api {
namespace {

NamedShapes all_answers() {
  NamedShapes all;
  for (auto* const group : {connectors_and_destinations_answers, integrations_answers, tables_answers, watching_answers,
                            administration_answers, process_answers}) {
    auto shapes = group();
    all.insert(all.end(), std::make_move_iterator(shapes.begin()), std::make_move_iterator(shapes.end()));
  }
  return all;
}

}  // namespace

const NamedShapes& answer_shapes() {
  static const NamedShapes shapes = all_answers();
  return shapes;
}

}  // namespace sluice::api
