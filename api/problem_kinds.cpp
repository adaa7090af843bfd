#include "api/problem.hpp"

#include <algorithm>
#include <array>

namespace sluice::api {
namespace {

constexpr ProblemKind kinds[] = {
    {"bad_request", 400, "The request cannot be read",
     "Send a well-formed HTTP/1.1 request with a percent-encoded target."},
    {"bad_json", 400, "The body is not JSON", "Send one JSON object in UTF-8, nested at most 32 levels deep."},
    {"unknown_member", 400, "The body has a member that is not known", "Correct the member's name, or leave it out."},
    {"unknown_parameter", 400, "A query parameter is not known", "Correct the parameter's name, or leave it out."},
    {"invalid_parameter", 400, "A query parameter has a bad value", "Correct the value as the detail says."},
    {"bad_cursor", 400, "The cursor is not from this list",
     "Take the cursor from next_cursor of the same list, or begin without one."},
    {"unauthenticated", 401, "A valid token is needed",
     "Send \"Authorization: Bearer slc_...\" with a token that is neither expired nor revoked."},
    {"scope_needed", 403, "The token may not do this",
     "Use a token of the scope that the detail names; an admin makes one with POST /v1/tokens."},
    {"not_found", 404, "There is nothing here", "Check the path; lists show the ids and names that exist."},
    {"method_not_allowed", 405, "The path does not take this method", "Use one of the methods in the Allow header."},
    {"not_acceptable", 406, "The answer has no form that you accept",
     "Accept application/json, or what the route offers besides."},
    {"request_timeout", 408, "The request took too long to arrive", "Send the whole request within the deadline."},
    {"conflict", 409, "The state does not allow this", "Read the current state and decide again."},
    {"name_taken", 409, "The name is taken", "Choose another name; names differ by more than the case of letters."},
    {"different_store", 409, "The credentials belong to another store",
     "Use credentials of the integration's own store, or create another integration."},
    {"setup_incomplete", 409, "The set-up is not complete", "Do the missing steps first; GET .../setup lists them."},
    {"already_confirmed", 409, "The integration is confirmed already",
     "Its destination can no longer change; create another integration for another destination."},
    {"not_confirmed", 409, "The integration is still a draft", "Confirm it first: POST .../confirm."},
    {"not_authenticated", 409, "The integration has no credentials yet",
     "Authenticate it first: POST .../authenticate."},
    {"paused", 409, "The integration is paused", "Resume it first: POST .../resume."},
    {"auth_required", 409, "The source refused the credentials",
     "Authenticate the integration again: POST .../authenticate."},
    {"deleting", 409, "The integration is being deleted", "Wait until it is gone; its name is free then."},
    {"destination_in_use", 409, "The destination is in use", "Delete the integrations that load into it first."},
    {"embedded_destination", 409, "The daemon's own destination cannot change", "Create another destination instead."},
    {"foreign_table", 409, "A table that Sluice did not make is in the way",
     "Rename or remove that table, or choose another schema or name."},
    {"changed", 412, "It was changed meanwhile", "Read it again and repeat the request with its new ETag."},
    {"body_too_large", 413, "The body is too large", "Send at most 1 MiB."},
    {"unsupported_media_type", 415, "The body is not application/json",
     "Send Content-Type: application/json (PATCH also application/merge-patch+json)."},
    {"invalid_body", 422, "The body has values that make no sense", "Correct the members that errors lists."},
    {"immutable_field", 422, "The member never changes", "Clone instead: create another one with the new value."},
    {"name_too_long", 422, "The name is too long",
     "Names of destination tables are the integration's name, _ and the table; PostgreSQL allows 63 bytes."},
    {"start_date_in_future", 422, "The start date lies in the future",
     "Choose a date that has passed, or leave it out to load everything."},
    {"unknown_connector", 422, "There is no such connector", "GET /v1/connectors lists them."},
    {"unknown_table", 422, "There is no such table", "GET .../catalog lists the tables of the account."},
    {"unknown_field", 422, "The table has no such field", "GET .../catalog lists the fields of each table."},
    {"duplicate_table", 422, "A table is named twice", "Name each table once, with all its fields."},
    {"no_table_selected", 422, "No table is selected",
     "Select one table at least; pause or delete the integration to stop it."},
    {"unknown_destination", 422, "There is no such destination", "GET /v1/destinations lists them."},
    {"invalid_credentials", 422, "The credentials are not complete", "Correct the members that errors lists."},
    {"source_auth_failed", 422, "The source refused the credentials",
     "Create a new API account in the store and send its credentials."},
    {"scope_missing", 422, "The credentials lack a scope for a selected table",
     "Grant the scope to the API account and authenticate again, or leave the table out."},
    {"invalid_destination", 422, "The destination's parameters are wrong", "Correct the members that errors lists."},
    {"destination_auth_failed", 422, "The destination refused the user or password",
     "Correct user and password of the destination."},
    {"no_database", 422, "The destination has no such database", "Create the database, or correct its name."},
    {"no_create_right", 422, "The destination's user may not create tables there",
     "GRANT CREATE ON SCHEMA ... TO the user, or choose another schema."},
    {"destination_unusable", 422, "The destination cannot be used", "Correct the destination as the detail says."},
    {"secret_reference_refused", 422, "A reference to a secret cannot be followed",
     "Name a file below the directory that the operator set with api.secret_files, or a variable that begins with "
     "api.secret_env_prefix."},
    {"wrong_confirmation", 422, "The deletion of data was not confirmed",
     "Repeat the integration's name in confirm_name."},
    {"precondition_required", 428, "If-Match is needed",
     "Send If-Match with the ETag that you read, or If-Match: * to overwrite whatever is there."},
    {"source_throttled", 429, "The source asks to wait", "Repeat the request later."},
    {"headers_too_large", 431, "The headers are too large", "Send at most 16 KiB of headers."},
    {"internal", 500, "Something went wrong inside Sluice",
     "Report it with the request's id; the log has the reason under it."},
    {"source_unreachable", 502, "The source does not answer",
     "Check the network and the source's status, then repeat the request."},
    {"source_untrusted", 502, "The source's certificate is not trusted",
     "Check the base URL and the certificate authorities of the daemon."},
    {"destination_unreachable", 502, "The destination does not answer",
     "Check that the destination is up and reachable from the daemon, then repeat the request."},
    {"draining", 503, "The daemon is stopping", "Repeat the request in a few seconds."},
    {"unavailable", 503, "The control database does not answer", "Repeat the request in a few seconds."},
};

}  // namespace

std::span<const ProblemKind> problem_kinds() { return kinds; }

const ProblemKind* find_problem(std::string_view code) {
  const auto* found =
      std::find_if(std::begin(kinds), std::end(kinds), [&](const auto& kind) { return kind.code == code; });
  return found == std::end(kinds) ? nullptr : found;
}

}  // namespace sluice::api
