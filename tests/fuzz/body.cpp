// Bodies of requests against every shape that the API takes, and the answer that says what is wrong with them.

#include "api/json_body.hpp"
#include "api/problem.hpp"
#include "api/shapes.hpp"
#include "core/quiet_hours.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace sluice {
namespace {

void check_answer(const Error& error) {
  const HttpResponse answer = api::problem_answer(error, "req_fuzz");
  promise(answer.status >= 400 && answer.status < 500, "the client is to blame");
  promise(Json::accept(answer.body), "a problem is JSON");
}

}  // namespace
}  // namespace sluice

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  Json body;
  try {
    body = api::parse_body(text_of(data, size));
  } catch (const Error& error) {
    check_answer(error);
    return 0;
  }
  for (const auto& [name, shape] : api::body_shapes()) {
    std::vector<Problem> problems;
    api::check(shape, body, "", problems);
    if (!problems.empty()) {
      check_answer(api::body_refusal(std::move(problems)));
    } else if (body.contains("quiet_hours") && body["quiet_hours"].is_array()) {
      const QuietHours hours = read_quiet_hours(body["quiet_hours"], "/quiet_hours", problems);
      if (problems.empty()) promise(read_quiet_hours(to_json(hours), "", problems) == hours, "windows read as written");
    }
  }
  return 0;
}
