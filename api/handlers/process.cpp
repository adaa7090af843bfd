#include "api/etag.hpp"
#include "api/handlers/handlers.hpp"
#include "api/handlers/lookup.hpp"
#include "api/openapi.hpp"
#include "api/problem.hpp"
#include "storage/migrations.hpp"

namespace sluice::api {
namespace {

struct Check {
  std::string name;
  bool ok = false;
  std::string detail;
};

/// Nothing of a source or a destination: they may be down while everything else is in order.
std::vector<Check> check_readiness(const ApiContext& context) {
  const bool is_draining = context.stop.is_asked();
  std::vector<Check> checks{{"not_draining", !is_draining, is_draining ? "the daemon is stopping" : ""}};
  try {
    const int version = schema_version(context.database);
    const bool is_current = version == known_schema_version();
    checks.push_back({"control_database", true, ""});
    checks.push_back(
        {"migrations", is_current, is_current ? "" : "the control schema is at " + std::to_string(version)});
  } catch (const Error& error) {
    checks.push_back({"control_database", false, error.code()});
  }
  return checks;
}

}  // namespace

Task<HttpResponse> livez(const ApiContext&, const Call&) { co_return answer(200, {{"status", "ok"}}); }

Task<HttpResponse> readyz(const ApiContext& context, const Call& call) {
  const auto checks = co_await context.pool.run([&] { return check_readiness(context); });
  bool ready = true;
  Json shown = Json::array();
  for (const Check& check : checks) {
    ready = ready && check.ok;
    shown.push_back({{"name", check.name}, {"ok", check.ok}, {"detail", check.detail}});
  }
  Json body{{"ready", ready}};
  if (call.flag("verbose")) body["checks"] = std::move(shown);
  HttpResponse response = answer(ready ? 200 : 503, body);
  if (!ready) response.headers.set("Retry-After", "5");
  co_return response;
}

Task<HttpResponse> version(const ApiContext&, const Call&) {
  co_return answer(
      200,
      {{"name", "sluice"}, {"version", SLUICE_VERSION}, {"api", "v1"}, {"schema_version", known_schema_version()}});
}

Task<HttpResponse> openapi(const ApiContext& context, const Call&) {
  // Anybody may ask, as often as they like, and need not read it: so one text serves all, made and hashed once, and not
  // where it would hold up everybody else.
  co_return co_await context.pool.run([] {
    static const HttpResponse made = [] {
      HttpResponse once = answer(200, openapi_document(routes()));
      once.headers.set("ETag", weak_etag_of(once.body));
      once.shared_body = std::make_shared<const std::string>(std::exchange(once.body, {}));
      return once;
    }();
    return made;
  });
}

Task<HttpResponse> problem_page(const ApiContext&, const Call& call) {
  const ProblemKind* kind = find_problem(call.path("code"));
  if (kind == nullptr) throw not_found("problem", call.path("code"));
  co_return answer(200, {{"code", kind->code}, {"status", kind->status}, {"title", kind->title}, {"hint", kind->hint}});
}

}  // namespace sluice::api
