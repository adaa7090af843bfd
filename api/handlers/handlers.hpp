#pragma once
// What routes do, one function each: read the call, act, show. Everything about a call that is wrong by its form has
// been refused before.

#include "api/api.hpp"
#include "api/call.hpp"

namespace sluice::api {

// The process.
Task<HttpResponse> livez(const ApiContext& context, const Call& call);
Task<HttpResponse> readyz(const ApiContext& context, const Call& call);
Task<HttpResponse> version(const ApiContext& context, const Call& call);
Task<HttpResponse> openapi(const ApiContext& context, const Call& call);
Task<HttpResponse> problem_page(const ApiContext& context, const Call& call);

// Connectors.
Task<HttpResponse> list_connectors(const ApiContext& context, const Call& call);
Task<HttpResponse> get_connector(const ApiContext& context, const Call& call);
Task<HttpResponse> list_connector_tables(const ApiContext& context, const Call& call);

// Destinations.
Task<HttpResponse> list_destinations(const ApiContext& context, const Call& call);
Task<HttpResponse> create_destination(const ApiContext& context, const Call& call);
Task<HttpResponse> get_destination(const ApiContext& context, const Call& call);
Task<HttpResponse> change_destination(const ApiContext& context, const Call& call);
Task<HttpResponse> delete_destination(const ApiContext& context, const Call& call);
Task<HttpResponse> test_destination(const ApiContext& context, const Call& call);

// Setting up an integration.
Task<HttpResponse> create_integration(const ApiContext& context, const Call& call);
Task<HttpResponse> authenticate(const ApiContext& context, const Call& call);
Task<HttpResponse> get_catalog(const ApiContext& context, const Call& call);
Task<HttpResponse> get_selection(const ApiContext& context, const Call& call);
Task<HttpResponse> put_selection(const ApiContext& context, const Call& call);
Task<HttpResponse> get_target(const ApiContext& context, const Call& call);
Task<HttpResponse> put_target(const ApiContext& context, const Call& call);
Task<HttpResponse> get_setup(const ApiContext& context, const Call& call);
Task<HttpResponse> confirm(const ApiContext& context, const Call& call);

// Living with it.
Task<HttpResponse> list_integrations(const ApiContext& context, const Call& call);
Task<HttpResponse> get_integration(const ApiContext& context, const Call& call);
Task<HttpResponse> change_integration(const ApiContext& context, const Call& call);
Task<HttpResponse> delete_integration(const ApiContext& context, const Call& call);
Task<HttpResponse> pause(const ApiContext& context, const Call& call);
Task<HttpResponse> resume(const ApiContext& context, const Call& call);
Task<HttpResponse> clone(const ApiContext& context, const Call& call);
Task<HttpResponse> sync(const ApiContext& context, const Call& call);
Task<HttpResponse> list_schema_changes(const ApiContext& context, const Call& call);
Task<HttpResponse> get_schema_change(const ApiContext& context, const Call& call);
Task<HttpResponse> approve_schema_change(const ApiContext& context, const Call& call);
Task<HttpResponse> reject_schema_change(const ApiContext& context, const Call& call);

// Its tables, one by one.
Task<HttpResponse> list_tables(const ApiContext& context, const Call& call);
Task<HttpResponse> get_table(const ApiContext& context, const Call& call);
Task<HttpResponse> change_table(const ApiContext& context, const Call& call);
Task<HttpResponse> pause_table(const ApiContext& context, const Call& call);
Task<HttpResponse> resume_table(const ApiContext& context, const Call& call);
Task<HttpResponse> reload_table(const ApiContext& context, const Call& call);
Task<HttpResponse> verify_table(const ApiContext& context, const Call& call);
Task<HttpResponse> roll_back_table(const ApiContext& context, const Call& call);
Task<HttpResponse> get_checkpoint(const ApiContext& context, const Call& call);
Task<HttpResponse> list_checkpoints(const ApiContext& context, const Call& call);
Task<HttpResponse> put_checkpoint(const ApiContext& context, const Call& call);
Task<HttpResponse> delete_checkpoint(const ApiContext& context, const Call& call);

// All of it as one document.
Task<HttpResponse> apply(const ApiContext& context, const Call& call);
Task<HttpResponse> export_document(const ApiContext& context, const Call& call);

// Watching.
Task<HttpResponse> list_runs(const ApiContext& context, const Call& call);
Task<HttpResponse> get_run(const ApiContext& context, const Call& call);
Task<HttpResponse> list_jobs(const ApiContext& context, const Call& call);
Task<HttpResponse> get_job(const ApiContext& context, const Call& call);
Task<HttpResponse> list_attempts(const ApiContext& context, const Call& call);
Task<HttpResponse> cancel_job(const ApiContext& context, const Call& call);
Task<HttpResponse> retry_job(const ApiContext& context, const Call& call);
Task<HttpResponse> list_job_logs(const ApiContext& context, const Call& call);

// The audit, and state changes as they happen.
Task<HttpResponse> list_events(const ApiContext& context, const Call& call);
Task<HttpResponse> list_integration_events(const ApiContext& context, const Call& call);
Task<HttpResponse> freshness(const ApiContext& context, const Call& call);

// Loggers of this process.
Task<HttpResponse> list_loggers(const ApiContext& context, const Call& call);
Task<HttpResponse> get_logger(const ApiContext& context, const Call& call);
Task<HttpResponse> put_logger(const ApiContext& context, const Call& call);

// Webhooks.
Task<HttpResponse> list_webhooks(const ApiContext& context, const Call& call);
Task<HttpResponse> create_webhook(const ApiContext& context, const Call& call);
Task<HttpResponse> get_webhook(const ApiContext& context, const Call& call);
Task<HttpResponse> change_webhook(const ApiContext& context, const Call& call);
Task<HttpResponse> delete_webhook(const ApiContext& context, const Call& call);
Task<HttpResponse> test_webhook(const ApiContext& context, const Call& call);
Task<HttpResponse> list_deliveries(const ApiContext& context, const Call& call);
Task<HttpResponse> redeliver(const ApiContext& context, const Call& call);

// Tokens.
Task<HttpResponse> list_tokens(const ApiContext& context, const Call& call);
Task<HttpResponse> create_token(const ApiContext& context, const Call& call);
Task<HttpResponse> get_token(const ApiContext& context, const Call& call);
Task<HttpResponse> revoke_token(const ApiContext& context, const Call& call);

}  // namespace sluice::api
