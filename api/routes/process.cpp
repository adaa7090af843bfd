// Probes, versions, and what describes the API itself.

#include "api/handlers/handlers.hpp"
#include "api/routes/groups.hpp"
#include "api/routes/words.hpp"

namespace sluice::api {
std::vector<Route> process_routes() {
  return {
      {.method = "GET",
       .path = "/livez",
       .scope = open_to_all,
       .handler = livez,
       .summary = "Whether the process lives",
       .answer = "liveness",
       .statuses = {200}},
      {.method = "GET",
       .path = "/readyz",
       .scope = open_to_all,
       .handler = readyz,
       .summary = "Whether requests and runs can be served; says nothing of sources and destinations",
       .answer = "readiness",
       .statuses = {200, 503},
       .parameters = {{"verbose", boolean("with every check"), false}}},
      {.method = "GET",
       .path = "/version",
       .scope = open_to_all,
       .handler = version,
       .summary = "Versions",
       .answer = "version",
       .statuses = {200}},
      {.method = "GET",
       .path = "/openapi.json",
       .scope = open_to_all,
       .handler = openapi,
       .summary = "This document",
       .answer = "document",
       .statuses = {200}},
      {.method = "GET",
       .path = "/problems/{code}",
       .scope = open_to_all,
       .handler = problem_page,
       .summary = "What a problem means and its remedy",
       .answer = "problem_kind",
       .statuses = {200}},
  };
}

}  // namespace sluice::api
