#include "api/example.hpp"

#include "api/shapes.hpp"

#include <algorithm>

namespace sluice::api {
namespace {

/// One that fits for each rule of texts.
constexpr std::string_view candidates[] = {"2026-01-31T06:00:00Z", "1h", "acme", "public"};

std::string text_example(const Shape& shape) {
  if (!shape.words.empty()) return shape.words.front();
  if (shape.rule == nullptr) return "text";
  const auto fits =
      std::find_if(std::begin(candidates), std::end(candidates), [&](auto text) { return shape.rule->accepts(text); });
  return fits == std::end(candidates) ? "" : std::string(*fits);
}

/// What is optional is shown when it has an example of its own.
Json object_example(const Shape& shape) {
  Json value = Json::object();
  for (const Member& member : shape.members) {
    if (member.immutable || (!member.required && member.shape.example.is_null())) continue;
    value[member.name] = example_of(member.shape);
  }
  return value;
}

}  // namespace

Json example_of(const Shape& shape) {
  if (!shape.name.empty()) return example_of(resolve(shape));
  if (!shape.example.is_null()) return shape.example;
  if (!shape.either.empty()) return example_of(shape.either.front());
  switch (shape.form) {
    case Form::any:
      return nullptr;
    case Form::text:
      return text_example(shape);
    case Form::integer:
    case Form::number:
      return std::clamp<std::int64_t>(1, shape.least, shape.most);
    case Form::boolean:
      return true;
    case Form::object:
      return object_example(shape);
    case Form::array:
      return Json::array({example_of(shape.items.front())});
  }
  return nullptr;
}

}  // namespace sluice::api
