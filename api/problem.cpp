#include "api/problem.hpp"

#include "core/json.hpp"
#include "core/log.hpp"

#include <algorithm>
#include <array>

namespace sluice::api {
namespace {

/// Codes of this prefix are problem kinds by their own name.
constexpr std::string_view own_prefix = "request.";

struct Meaning {
  std::string_view error;  // an Error's code; ending in '.' all that begin so
  ErrorKind kind;          // only for prefixes
  std::string_view problem;
};

/// What the codes of other folders mean to a caller of the API. The first that fits decides.
constexpr Meaning meanings[] = {
    {"integration.name_taken", {}, "name_taken"},
    {"integration.unknown", {}, "not_found"},
    {"integration.changed", {}, "changed"},
    {"integration.different_store", {}, "different_store"},
    {"integration.not_authenticated", {}, "not_authenticated"},
    {"integration.incomplete", {}, "setup_incomplete"},
    {"integration.confirmed", {}, "already_confirmed"},
    {"integration.draft", {}, "not_confirmed"},
    {"integration.paused", {}, "paused"},
    {"integration.auth_required", {}, "auth_required"},
    {"integration.deleting", {}, "deleting"},
    {"integration.run_open", {}, "deleting"},
    {"table.unknown", {}, "unknown_table"},
    {"table.paused", {}, "table_paused"},
    {"table.not_paused", {}, "not_paused"},
    {"table.reloading", {}, "reloading"},
    {"table.verifying", {}, "verifying"},
    {"table.not_loaded", {}, "table_not_loaded"},
    {"table.busy", {}, "table_busy"},
    {"table.referenced", {}, "table_referenced"},
    {"table.no_cursor", {}, "no_cursor"},
    {"job.unknown", {}, "not_found"},
    {"job.ended", {}, "job_ended"},
    {"job.open", {}, "job_open"},
    {"job.not_retriable", {}, "cannot_retry"},
    {"destination.nothing_kept", {}, "nothing_kept"},
    {"credentials.invalid", {}, "invalid_credentials"},
    {"destination.name_taken", {}, "name_taken"},
    {"destination.unknown", {}, "unknown_destination"},
    {"destination.changed", {}, "changed"},
    {"destination.in_use", {}, "destination_in_use"},
    {"destination.embedded", {}, "embedded_destination"},
    {"destination.invalid", {}, "invalid_destination"},
    {"destination.auth_failed", {}, "destination_auth_failed"},
    {"destination.no_database", {}, "no_database"},
    {"destination.no_create_right", {}, "no_create_right"},
    {"destination.foreign_table", {}, "foreign_table"},
    {"destination.column_in_use", {}, "column_in_use"},
    {"schema_change.unknown", {}, "not_found"},
    {"schema_change.changed", {}, "schema_change_changed"},
    {"schema_change.decided", {}, "schema_change_decided"},
    {"destination.", ErrorKind::transient, "destination_unreachable"},
    {"destination.", ErrorKind::throttled, "destination_unreachable"},
    {"destination.", ErrorKind::config, "destination_unusable"},
    {"source.auth_failed", {}, "source_auth_failed"},
    {"source.scope_missing", {}, "scope_missing"},
    {"source.", ErrorKind::transient, "source_unreachable"},
    {"source.", ErrorKind::missing, "source_auth_failed"},
    {"webhook.unknown", {}, "not_found"},
    {"webhook.disabled", {}, "webhook_disabled"},
    {"http.forbidden_url", {}, "webhook_url_refused"},
    {"http.tls_untrusted", {}, "source_untrusted"},
    {"http.", ErrorKind::transient, "source_unreachable"},
};

/// For everything else.
constexpr std::string_view problem_of_kind(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::transient:
      return "unavailable";
    case ErrorKind::throttled:
      return "source_throttled";
    case ErrorKind::auth:
      return "source_auth_failed";
    case ErrorKind::config:
      return "invalid_body";
    case ErrorKind::data:
      return "invalid_body";
    case ErrorKind::missing:
      return "not_found";
    case ErrorKind::conflict:
      return "conflict";
    case ErrorKind::cancelled:
      return "draining";
    case ErrorKind::bug:
      return "internal";
  }
  return "internal";
}

std::string_view meaning_of(const Error& error) {
  const std::string_view code = error.code();
  if (code.starts_with(own_prefix)) return code.substr(own_prefix.size());
  for (const Meaning& meaning : meanings) {
    const bool is_prefix = meaning.error.ends_with('.');
    if (is_prefix ? code.starts_with(meaning.error) && error.kind() == meaning.kind : code == meaning.error) {
      return meaning.problem;
    }
  }
  return problem_of_kind(error.kind());
}

/// Messages that may quote what a source or our own insides said stay in the log.
bool keeps_its_reason(const ProblemKind& kind) { return kind.code == "internal" || kind.code == "source_auth_failed"; }

int retry_after(const ProblemKind& kind) {
  if (kind.code == "source_throttled") return 30;
  return kind.status == 503 ? 5 : 0;
}

Json errors_of(const std::vector<Problem>& problems) {
  Json errors = Json::array();
  for (const Problem& problem : problems) {
    errors.push_back({{"pointer", problem.pointer}, {"code", problem.code}, {"detail", scrub(problem.detail)}});
  }
  return errors;
}

}  // namespace

Error refusal(std::string_view code, std::string detail, std::vector<Problem> problems) {
  return {ErrorKind::config, std::string(own_prefix) + std::string(code), std::move(detail), std::move(problems)};
}

Error body_refusal(std::vector<Problem> problems) {
  const auto has_code = [](std::string_view code) {
    return [code](const Problem& problem) { return problem.code == code; };
  };
  std::string code = "invalid_body";
  if (std::any_of(problems.begin(), problems.end(), has_code("unknown_member"))) {
    code = "unknown_member";
  } else if (std::all_of(problems.begin(), problems.end(), has_code(problems.front().code)) &&
             find_problem(problems.front().code) != nullptr) {
    code = problems.front().code;
  }
  std::string detail = problems.front().pointer + " " + problems.front().detail;
  if (problems.size() > 1) detail += " (and " + std::to_string(problems.size() - 1) + " more)";
  return refusal(code, std::move(detail), std::move(problems));
}

Error below_pointer(const Error& error, const std::string& pointer) {
  std::vector<Problem> problems = error.problems();
  for (Problem& problem : problems) {
    if (!problem.pointer.starts_with('/')) problem.pointer.insert(0, "/");
    problem.pointer.insert(0, pointer);
  }
  return {error.kind(), error.code(), error.message(), std::move(problems)};
}

const ProblemKind& problem_of(const Error& error) {
  const ProblemKind* kind = find_problem(meaning_of(error));
  return kind != nullptr ? *kind : *find_problem("internal");
}

HttpResponse problem_answer(const Error& error, const std::string& request_id) {
  const ProblemKind& kind = problem_of(error);
  return problem_answer(kind, keeps_its_reason(kind) ? "" : error.message(), error.problems(), request_id);
}

namespace {

HttpResponse make_answer(const ProblemKind& kind, const std::string& detail, const std::vector<Problem>& problems,
                         const std::string& request_id, std::int64_t retry_seconds) {
  Json body{{"type", "/problems/" + std::string(kind.code)},
            {"title", kind.title},
            {"status", kind.status},
            {"detail", detail.empty() ? std::string(kind.hint) : quote_outside_text(scrub(detail), 1000)},
            {"code", kind.code},
            {"hint", kind.hint}};
  if (!request_id.empty()) body["request_id"] = request_id;
  if (!problems.empty()) body["errors"] = errors_of(problems);
  HttpResponse response;
  response.status = kind.status;
  response.headers.set("Content-Type", "application/problem+json");
  if (retry_seconds > 0) {
    body["retry_after"] = retry_seconds;
    response.headers.set("Retry-After", std::to_string(retry_seconds));
  }
  if (kind.status == 401) response.headers.set("WWW-Authenticate", "Bearer realm=\"sluice\"");
  response.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return response;
}

}  // namespace

HttpResponse problem_answer(const ProblemKind& kind, std::string detail, const std::vector<Problem>& problems,
                            const std::string& request_id) {
  return make_answer(kind, detail, problems, request_id, retry_after(kind));
}

HttpResponse too_many_requests(Duration retry_after, const std::string& request_id) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(retry_after).count();
  return make_answer(*find_problem("too_many_requests"), "", {}, request_id, std::max<std::int64_t>(1, seconds));
}

}  // namespace sluice::api
