#include "tests/integration/api/answer_check.hpp"

#include "api/openapi.hpp"
#include "api/operation.hpp"
#include "api/problem.hpp"
#include "api/router.hpp"
#include "api/shapes.hpp"

#include <algorithm>

namespace sluice {
namespace {

using namespace api;

bool asks_for_plan(const Route& route, const Target& target) {
  return (route.can_rehearse || !route.plan.empty()) &&
         std::any_of(target.query.begin(), target.query.end(),
                     [](const auto& item) { return item.first == "dry_run" && item.second != "false"; });
}

std::string misfit(std::string_view shape, const std::string& body) {
  if (!Json::accept(body)) return "the body is not JSON";
  std::vector<Problem> problems;
  check(find_shape(shape), Json::parse(body), "", problems);
  return problems.empty() ? "" : std::string(shape) + " " + problems.front().pointer + " " + problems.front().detail;
}

std::string missing_header(const HttpResponse& response, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (!response.headers.find(name)) return std::string("it lacks ") + name;
  }
  return "";
}

std::string check_problem(const Route& route, const HttpResponse& response, bool has_body) {
  if (response.status == 401) {
    if (auto missing = missing_header(response, {"WWW-Authenticate"}); !missing.empty()) return missing;
  }
  if (response.status == 429 || response.status == 503) {
    if (auto missing = missing_header(response, {"Retry-After"}); !missing.empty()) return missing;
  }
  if (!has_body) return "";
  if (auto wrong = misfit("problem", response.content()); !wrong.empty()) return wrong;
  const Json problem = Json::parse(response.content());
  const auto code = problem["code"].get<std::string>();
  if (!problems_of(route).contains(code)) return "the route does not declare the problem " + code;
  return problem["status"] == response.status ? "" : "the problem has another status than the answer";
}

std::string check_success(const Route& route, const HttpResponse& response, bool is_plan, bool has_body) {
  if (response.status == 304) return route.method == "GET" ? missing_header(response, {"ETag"}) : "304 of a write";
  if (is_plan)
    return response.status == 200 ? misfit(route.plan.empty() ? "plan" : route.plan, response.content())
                                  : "a plan is a 200";
  if (std::find(route.statuses.begin(), route.statuses.end(), response.status) == route.statuses.end())
    return "the route does not declare the status";
  if (response.status == 201 || response.status == 202) {
    if (auto missing = missing_header(response, {"Location"}); !missing.empty()) return missing;
  }
  if (response.status == 204) return response.content().empty() ? "" : "204 with a body";
  const auto media = response.headers.find("Content-Type").value_or("");
  if (std::find(route.media.begin(), route.media.end(), media) == route.media.end())
    return "the route does not declare the form " + std::string(media);
  return has_body && media == "application/json" ? misfit(route.answer, response.content()) : "";
}

std::string check_answer(const HttpRequest& request, const HttpResponse& response) {
  if (auto missing = missing_header(response, {"X-Request-Id", "X-Content-Type-Options"}); !missing.empty())
    return missing;
  const auto target = parse_target(request.target);
  if (!target) return response.status == 400 ? "" : "a malformed target is a 400";
  const Match found = match(routes(), request.method, target->path);
  if (found.allowed.empty()) return response.status == 404 ? "" : "a path that is none is a 404";
  if (request.method == "OPTIONS" || found.route == nullptr) {
    const int status = request.method == "OPTIONS" ? 204 : 405;
    return response.status == status ? missing_header(response, {"Allow"}) : "not " + std::to_string(status);
  }
  const bool has_body = request.method != "HEAD";
  const bool is_problem = response.headers.find("Content-Type").value_or("") == "application/problem+json";
  if (is_problem) return check_problem(*found.route, response, has_body);
  return check_success(*found.route, response, asks_for_plan(*found.route, *target), has_body);
}

}  // namespace

std::string broken_promise(const HttpRequest& request, const HttpResponse& response) {
  const std::string wrong = check_answer(request, response);
  if (wrong.empty()) return "";
  return request.method + " " + request.target + " answered " + std::to_string(response.status) + ": " + wrong + "\n" +
         response.content();
}

}  // namespace sluice
