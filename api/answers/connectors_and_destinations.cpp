// What connectors offer, and where rows go.

#include "api/answers/groups.hpp"
#include "api/answers/words.hpp"

namespace sluice::api {
namespace {

Shape connector_summary() {
  return object("a kind of source",
                {required("name", text("")), required("title", text("")), required("version", text("")),
                 required("meaning", text("")), required("tables", integer("how many it has"))});
}

Shape connector() {
  Shape shape = connector_summary();
  shape.members.push_back(required("credentials_schema", anything("JSON Schema of what authenticate takes")));
  shape.members.push_back(required("scopes", array_of(text(""), "what the credentials should be granted")));
  shape.members.push_back(
      required("frequencies", array_of(text(""), "what is offered; other ISO 8601 durations work, too")));
  return shape;
}

Shape destination() {
  return object(
      "a place to load into",
      {required("id", text("")), required("name", text("")), required("kind", text("")),
       required("embedded", boolean("the daemon's own database")), required("parameters", open_object("")),
       required("has_password", boolean("")), required("created_at", time("")), required("updated_at", time(""))});
}

Shape destination_check() {
  return object("what connecting showed",
                {required("server_version", text("")), required("database", text("")), required("user", text("")),
                 required("can_create", boolean("")), required("warnings", array_of(text(""), ""))});
}

}  // namespace

NamedShapes connectors_and_destinations_answers() {
  return {
      {"connector_summary", connector_summary()},
      {"connector", connector()},
      {"connector_list", list_of("connector_summary")},
      {"table", table(false)},
      {"table_list", list_of("table")},
      {"destination", destination()},
      {"destination_list", list_of("destination")},
      {"destination_check", destination_check()},
  };
}

}  // namespace sluice::api
