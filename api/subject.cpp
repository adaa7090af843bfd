#include "api/subject.hpp"

#include "api/operation.hpp"
#include "api/problem.hpp"

namespace sluice::api {

std::optional<Subject> subject_of(std::span<const Route> routes, std::string_view path) {
  while (!path.empty()) {
    Match found = match(routes, "GET", path);
    if (found.route != nullptr && !found.values.empty() && !is_list(*found.route))
      return Subject{found.route, std::string(path), std::move(found.values)};
    path = path.substr(0, path.rfind('/'));
  }
  return std::nullopt;
}

Task<Json> read_subject(const ApiContext& context, const Call& call, const Subject& subject) {
  Call reading{subject.route,      {"GET", subject.path, {}, ""},
               {subject.path, {}}, subject.values,
               Json::object(),     call.token,
               "application/json", call.log};
  auto work = subject.route->handler(context, reading);
  auto outcome = co_await attempt(std::move(work));
  if (outcome) co_return Json::parse(outcome.value().body);
  const Error error = to_error(outcome.failure());
  if (problem_of(error).status == 404) co_return nullptr;
  throw error;
}

std::optional<Subject> subject_of(std::span<const Route> routes, const Call& call, const HttpResponse& response) {
  const auto place = response.headers.find("Location");
  if (response.status == 201 && place) return subject_of(routes, *place);
  return subject_of(routes, call.target.path);
}

}  // namespace sluice::api
