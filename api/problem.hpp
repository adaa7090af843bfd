#pragma once
// Every way in which a request can fail, as a table, and the one place where an Error becomes an answer (RFC 9457).

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/http.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::api {

struct ProblemKind {
  std::string_view code;  // stable; the type is /problems/<code>
  int status;
  std::string_view title;
  std::string_view hint;  // the remedy
};

std::span<const ProblemKind> problem_kinds();
const ProblemKind* find_problem(std::string_view code);

/// An Error of the API itself: `code` is one of problem_kinds().
Error refusal(std::string_view code, std::string detail, std::vector<Problem> problems = {});
/// For problems of a body: their common code where they have one that is a problem kind, else `invalid_body`.
Error body_refusal(std::vector<Problem> problems);

/// The same error with the pointers of its problems below `pointer`.
Error below_pointer(const Error& error, const std::string& pointer);

const ProblemKind& problem_of(const Error& error);
HttpResponse problem_answer(const Error& error, const std::string& request_id);
HttpResponse problem_answer(const ProblemKind& kind, std::string detail, const std::vector<Problem>& problems,
                            const std::string& request_id);
/// 429 `too_many_requests`.
HttpResponse too_many_requests(Duration retry_after, const std::string& request_id);

}  // namespace sluice::api
