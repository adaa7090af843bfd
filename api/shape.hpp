#pragma once
// The form of a JSON value as data: what bodies are checked against, and what the OpenAPI document shows of bodies and
// answers. One description, so that the two cannot disagree.

#include "core/error.hpp"
#include "core/json.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::api {

enum class Form { any, text, integer, number, boolean, object, array };

/// A rule for a text beyond its length.
struct TextRule {
  std::string_view pattern;  // ECMA-262, for the document; may be empty
  std::string_view format;   // JSON Schema's, for example "date-time"; may be empty
  bool (*accepts)(std::string_view text);
  std::string_view complaint;  // what it must be
};

extern const TextRule time_rule;
extern const TextRule integration_name_rule;
extern const TextRule destination_name_rule;
extern const TextRule schema_rule;
extern const TextRule frequency_rule;
extern const TextRule sweep_interval_rule;
extern const TextRule log_period_rule;
extern const TextRule duration_rule;

struct Member;

struct Shape {
  Form form = Form::any;
  std::string meaning;
  bool nullable = false;
  const TextRule* rule = nullptr;
  std::vector<std::string> words;  // text: one of these
  std::int64_t least = 0;          // a text's bytes, a number's value, an array's items
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
  std::vector<Member> members;
  bool open = false;          // other members are somebody else's business
  std::vector<Shape> items;   // of an array: one
  std::vector<Shape> either;  // one of these
  std::string name;           // a named shape instead (shapes.hpp)
  Json example;

  Shape or_null() &&;
  Shape following(const TextRule& text_rule) &&;
  Shape among(std::vector<std::string> allowed) &&;
  Shape between(std::int64_t lowest, std::int64_t highest) &&;
  Shape such_as(Json value) &&;
};

struct Member {
  std::string name;
  Shape shape;
  bool required = true;
  bool immutable = false;  // known, but never changed: not part of the document
};

Shape text(std::string meaning);
Shape time(std::string meaning);
Shape integer(std::string meaning);
Shape number(std::string meaning);
Shape boolean(std::string meaning);
Shape anything(std::string meaning);
Shape object(std::string meaning, std::vector<Member> members);
Shape open_object(std::string meaning, std::vector<Member> members = {});
Shape array_of(Shape item, std::string meaning);
Shape one_of(std::vector<Shape> shapes, std::string meaning);
Shape named(std::string name);
Member required(std::string name, Shape shape);
Member optional(std::string name, Shape shape);
Member immutable(std::string name);

/// Adds everything about `value` that does not fit, each with its JSON pointer and the remedy.
void check(const Shape& shape, const Json& value, const std::string& pointer, std::vector<Problem>& problems);
/// As JSON Schema 2020-12, the dialect of OpenAPI 3.1.
Json to_schema(const Shape& shape);
/// "/tables/0/name" from "/tables/0" and "name".
std::string child_pointer(const std::string& pointer, std::string_view member);

}  // namespace sluice::api
