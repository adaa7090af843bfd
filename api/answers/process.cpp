// The process itself, and errors.

#include "api/answers/groups.hpp"
#include "api/answers/words.hpp"

namespace sluice::api {
namespace {

Shape problem() {
  return object("RFC 9457",
                {required("type", text("/problems/<code>")), required("title", text("")),
                 required("status", integer("")), required("detail", text("")), required("code", text("stable")),
                 required("hint", text("the remedy")), optional("request_id", text("")),
                 optional("errors", array_of(object("", {required("pointer", text("JSON pointer into the body")),
                                                         required("code", text("")), required("detail", text(""))}),
                                             "")),
                 optional("retry_after", integer("seconds"))});
}

Shape problem_kind() {
  return object("a kind of problem", {required("code", text("")), required("status", integer("")),
                                      required("title", text("")), required("hint", text(""))});
}

Shape readiness() {
  return object("", {required("ready", boolean("")),
                     optional("checks", array_of(object("", {required("name", text("")), required("ok", boolean("")),
                                                             required("detail", text(""))}),
                                                 ""))});
}

}  // namespace

NamedShapes process_answers() {
  return {
      {"problem", problem()},
      {"problem_kind", problem_kind()},
      {"readiness", readiness()},
      {"liveness", object("", {required("status", text(""))})},
      {"version", object("", {required("name", text("")), required("version", text("")), required("api", text("")),
                              required("schema_version", integer("of the control database"))})},
      {"document", open_object("OpenAPI 3.1")},
  };
}

}  // namespace sluice::api
