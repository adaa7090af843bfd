#include "api/shape.hpp"

#include "api/shapes.hpp"
#include "core/nearest.hpp"

#include <algorithm>

namespace sluice::api {
namespace {

constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();

std::string_view noun(Form form) {
  switch (form) {
    case Form::any:
      return "any value";
    case Form::text:
      return "a string";
    case Form::integer:
      return "an integer";
    case Form::number:
      return "a number";
    case Form::boolean:
      return "true or false";
    case Form::object:
      return "an object";
    case Form::array:
      return "an array";
  }
  return "any value";
}

bool has_form(Form form, const Json& value) {
  switch (form) {
    case Form::any:
      return true;
    case Form::text:
      return value.is_string();
    case Form::integer:
      return value.is_number_integer();
    case Form::number:
      return value.is_number();
    case Form::boolean:
      return value.is_boolean();
    case Form::object:
      return value.is_object();
    case Form::array:
      return value.is_array();
  }
  return false;
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const auto& word : words) all.append(all.empty() ? "" : ", ").append(word);
  return all;
}

void check_text(const Shape& shape, const std::string& value, const std::string& pointer,
                std::vector<Problem>& problems) {
  if (value.find('\0') != std::string::npos) {
    problems.push_back({pointer, "bad_characters", "must not contain U+0000"});
    return;
  }
  const auto size = static_cast<std::int64_t>(value.size());
  if (size < shape.least) {
    problems.push_back(
        {pointer, "too_short",
         shape.least == 1 ? "must not be empty" : "must have at least " + std::to_string(shape.least) + " bytes"});
  } else if (size > shape.most) {
    problems.push_back({pointer, "too_long", "must have at most " + std::to_string(shape.most) + " bytes"});
  } else if (!shape.words.empty() && std::find(shape.words.begin(), shape.words.end(), value) == shape.words.end()) {
    problems.push_back(
        {pointer, "not_allowed", "must be one of " + joined(shape.words) + did_you_mean(value, shape.words)});
  } else if (shape.rule != nullptr && !shape.rule->accepts(value)) {
    problems.push_back({pointer, "bad_form", std::string(shape.rule->complaint)});
  }
}

void check_object(const Shape& shape, const Json& value, const std::string& pointer, std::vector<Problem>& problems) {
  std::vector<std::string> known;
  for (const Member& member : shape.members) {
    known.push_back(member.name);
    if (member.immutable) {
      if (!value.contains(member.name)) continue;
      problems.push_back({child_pointer(pointer, member.name), "immutable_field", "never changes: clone instead"});
      continue;
    }
    if (const auto found = value.find(member.name); found != value.end()) {
      check(member.shape, *found, child_pointer(pointer, member.name), problems);
    } else if (member.required) {
      problems.push_back({child_pointer(pointer, member.name), "missing_member",
                          "is required: " + (member.shape.meaning.empty() ? std::string(noun(member.shape.form))
                                                                          : member.shape.meaning)});
    }
  }
  if (shape.open) return;
  for (const auto& [name, ignored] : value.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string shown = quote_outside_text(name, 80);
    std::string detail = "\"" + shown + "\" is not known here" + did_you_mean(name, known);
    detail += known.empty() ? "; the body takes no members" : "; known are " + joined(known);
    problems.push_back({child_pointer(pointer, shown), "unknown_member", std::move(detail)});
  }
}

void check_array(const Shape& shape, const Json& value, const std::string& pointer, std::vector<Problem>& problems) {
  const auto size = static_cast<std::int64_t>(value.size());
  if (size < shape.least)
    problems.push_back({pointer, "too_few", "must have at least " + std::to_string(shape.least) + " items"});
  if (size > shape.most) {
    problems.push_back({pointer, "too_many", "must have at most " + std::to_string(shape.most) + " items"});
    return;
  }
  for (std::size_t i = 0; i < value.size(); ++i) {
    check(shape.items.front(), value[i], pointer + "/" + std::to_string(i), problems);
  }
}

void check_either(const Shape& shape, const Json& value, const std::string& pointer, std::vector<Problem>& problems) {
  std::string wanted;
  for (const Shape& choice : shape.either) {
    const Shape& real = resolve(choice);
    if (has_form(real.form, value)) return check(real, value, pointer, problems);
    wanted.append(wanted.empty() ? "" : " or ")
        .append(real.words.empty() ? std::string(noun(real.form)) : "\"" + joined(real.words) + "\"");
  }
  problems.push_back({pointer, "wrong_type", "must be " + wanted});
}

Json schema_of_form(const Shape& shape) {
  static constexpr std::string_view names[] = {"", "string", "integer", "number", "boolean", "object", "array"};
  Json schema = Json::object();
  if (shape.form == Form::any) return schema;
  const std::string type(names[static_cast<std::size_t>(shape.form)]);
  if (shape.nullable) {
    schema["type"] = Json::array({type, "null"});
  } else {
    schema["type"] = type;
  }
  return schema;
}

void add_limits(const Shape& shape, Json& schema) {
  const auto put = [&](const char* low, const char* high, std::int64_t lowest) {
    if (shape.least != lowest) schema[low] = shape.least;
    if (shape.most != unlimited) schema[high] = shape.most;
  };
  if (shape.form == Form::text) put("minLength", "maxLength", 0);
  if (shape.form == Form::array) put("minItems", "maxItems", 0);
  if ((shape.form == Form::integer || shape.form == Form::number) && shape.most != unlimited) {
    schema["minimum"] = shape.least;
    schema["maximum"] = shape.most;
  }
}

}  // namespace

std::string child_pointer(const std::string& pointer, std::string_view member) {
  std::string out = pointer + "/";
  for (const char c : member) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

void check(const Shape& shape, const Json& value, const std::string& pointer, std::vector<Problem>& problems) {
  if (value.is_null() && shape.nullable) return;
  if (!shape.name.empty()) return check(resolve(shape), value, pointer, problems);
  if (!shape.either.empty()) return check_either(shape, value, pointer, problems);
  if (!has_form(shape.form, value)) {
    problems.push_back(
        {pointer, "wrong_type", "must be " + std::string(noun(shape.form)) + (shape.nullable ? " or null" : "")});
    return;
  }
  switch (shape.form) {
    case Form::text:
      return check_text(shape, value.get_ref<const std::string&>(), pointer, problems);
    case Form::object:
      return check_object(shape, value, pointer, problems);
    case Form::array:
      return check_array(shape, value, pointer, problems);
    case Form::integer:
      if (shape.most != unlimited && (value < shape.least || value > shape.most)) {
        problems.push_back({pointer, "out_of_range",
                            "must lie between " + std::to_string(shape.least) + " and " + std::to_string(shape.most)});
      }
      return;
    case Form::any:
    case Form::number:
    case Form::boolean:
      return;
  }
}

Json to_schema(const Shape& shape) {
  if (!shape.name.empty()) {
    Json reference{{"$ref", "#/components/schemas/" + shape.name}};
    if (!shape.nullable) return reference;
    return {{"anyOf", Json::array({reference, Json{{"type", "null"}}})}};
  }
  Json schema = schema_of_form(shape);
  if (!shape.meaning.empty()) schema["description"] = shape.meaning;
  if (!shape.either.empty()) {
    for (const Shape& choice : shape.either) schema["anyOf"].push_back(to_schema(choice));
    if (shape.nullable) schema["anyOf"].push_back({{"type", "null"}});
  }
  if (!shape.words.empty()) {
    schema["enum"] = shape.words;
    if (shape.nullable) schema["enum"].push_back(nullptr);
  }
  if (shape.rule != nullptr && !shape.rule->pattern.empty()) schema["pattern"] = shape.rule->pattern;
  if (shape.rule != nullptr && !shape.rule->format.empty()) schema["format"] = shape.rule->format;
  add_limits(shape, schema);
  if (shape.form == Form::array) schema["items"] = to_schema(shape.items.front());
  if (shape.form == Form::object) {
    for (const Member& member : shape.members) {
      if (member.immutable) continue;
      schema["properties"][member.name] = to_schema(member.shape);
      if (member.required) schema["required"].push_back(member.name);
    }
    if (!shape.open) schema["additionalProperties"] = false;
  }
  if (!shape.example.is_null()) schema["examples"] = Json::array({shape.example});
  return schema;
}

}  // namespace sluice::api
