#include "server/ctl/columns.hpp"
#include "server/ctl/command.hpp"

namespace sluice::ctl {
namespace {

Option filter(std::string name, std::string value, std::string meaning, std::vector<std::string> choices = {}) {
  std::string member = name;
  for (char& c : member) c = c == '-' ? '_' : c;
  return {.name = std::move(name),
          .value = std::move(value),
          .meaning = std::move(meaning),
          .place = Place::query,
          .member = std::move(member),
          .choices = std::move(choices)};
}

Option member(std::string name, std::string value, std::string meaning, std::vector<std::string> choices = {}) {
  Option option = filter(std::move(name), std::move(value), std::move(meaning), std::move(choices));
  option.place = Place::body;
  return option;
}

Option list_member(std::string name, std::string value, std::string meaning, Form form = Form::list) {
  Option option = member(std::move(name), std::move(value), std::move(meaning));
  option.form = form;
  return option;
}

Option query_flag(std::string name, std::string meaning) {
  Option option = filter(std::move(name), "", std::move(meaning));
  option.form = Form::flag;
  return option;
}

Option required(Option option) {
  option.is_required = true;
  return option;
}

Option frequency() { return member("frequency", "TIME", "15m, 1h, ..., 24h, an ISO 8601 duration, or manual"); }
Option on_new_fields() {
  return member("on-new-fields", "WHAT", "what to do with fields that appear", {"ask", "add", "ignore"});
}
Option of_integration() { return filter("integration", "NAME", "only of this integration, a name or an id"); }
Option of_table() { return filter("table", "TABLE", "only of this table"); }
Option reason() { return member("reason", "TEXT", "why; shown until it is resumed"); }
Option until() { return member("until", "WHEN", "resumes by itself then (RFC 3339)"); }
Option pause_mode() {
  return member("mode", "MODE", "drain lets a load at hand end, now cancels it", {"drain", "now"});
}
Option reload_mode() {
  return member("mode", "MODE", "swap loads beside the table and changes over at the end, merge loads into it",
                {"swap", "merge"});
}

std::vector<Command> setting_up() {
  return {
      {.group = "integrations",
       .name = "list",
       .meaning = "All integrations",
       .method = "GET",
       .path = "/v1/integrations",
       .options = {filter("state", "STATE", "only those in this state; a comma means or",
                          {"draft", "pending", "active", "paused", "deleting"}),
                   filter("health", "HEALTH", "only those; a comma means or",
                          {"ok", "degraded", "failing", "auth_required", "unknown"}),
                   filter("connector", "NAME", "only of this connector"), filter("q", "TEXT", "in the name")},
       .columns = integration_columns(),
       .flow = Flow::list},
      {.group = "integrations",
       .name = "show",
       .meaning = "One integration",
       .method = "GET",
       .path = "/v1/integrations/{integration}"},
      {.group = "integrations",
       .name = "create",
       .meaning = "Make an integration from a file",
       .method = "POST",
       .path = "/v1/integrations",
       .options = {query_flag("confirm", "do the whole set-up that the file describes, all or nothing")},
       .takes_file = true,
       .needs_file = true,
       .starts_work = true},
      {.group = "integrations",
       .name = "edit",
       .meaning = "Change frequency, start date and the like",
       .method = "PATCH",
       .path = "/v1/integrations/{integration}",
       .options = {frequency(), member("start-date", "WHEN", "RFC 3339; earlier loads what is missing"),
                   on_new_fields()},
       .takes_file = true,
       .is_guarded = true},
      {.group = "integrations",
       .name = "authenticate",
       .meaning = "Log in to the source, with credentials from a file",
       .method = "POST",
       .path = "/v1/integrations/{integration}/authenticate",
       .takes_file = true,
       .needs_file = true},
      {.group = "integrations",
       .name = "catalog",
       .meaning = "Tables and fields that the account may read",
       .method = "GET",
       .path = "/v1/integrations/{integration}/catalog",
       .columns = catalog_columns()},
      {.group = "integrations",
       .name = "selection",
       .meaning = "The chosen tables and fields",
       .method = "GET",
       .path = "/v1/integrations/{integration}/selection",
       .columns = selection_columns()},
      {.group = "integrations",
       .name = "select",
       .meaning = "Choose tables and fields",
       .method = "PUT",
       .path = "/v1/integrations/{integration}/selection",
       .options = {list_member("tables", "A,B,...", "these with all fields; or recommended, or *", Form::tables)},
       .columns = selection_columns(),
       .takes_file = true,
       .is_guarded = true},
      {.group = "integrations",
       .name = "load-into",
       .meaning = "Choose the destination",
       .method = "PUT",
       .path = "/v1/integrations/{integration}/destination",
       .arguments = {{.name = "destination"}},
       .options = {member("schema", "NAME", "the schema there")},
       .is_guarded = true},
      {.group = "integrations",
       .name = "setup",
       .meaning = "Which step of the set-up is next",
       .method = "GET",
       .path = "/v1/integrations/{integration}/setup",
       .columns = setup_columns()},
      {.group = "integrations",
       .name = "confirm",
       .meaning = "End the set-up and begin to load",
       .method = "POST",
       .path = "/v1/integrations/{integration}/confirm",
       .starts_work = true},
  };
}

std::vector<Command> living() {
  return {
      {.group = "integrations",
       .name = "pause",
       .meaning = "Run it no more until it is resumed",
       .method = "POST",
       .path = "/v1/integrations/{integration}/pause",
       .options = {reason(), pause_mode(), until()}},
      {.group = "integrations",
       .name = "resume",
       .meaning = "Run it again",
       .method = "POST",
       .path = "/v1/integrations/{integration}/resume"},
      {.group = "integrations",
       .name = "sync",
       .meaning = "Run it now",
       .method = "POST",
       .path = "/v1/integrations/{integration}/sync",
       .options = {list_member("tables", "A,B,...", "only these of its tables")},
       .starts_work = true},
      {.group = "integrations",
       .name = "reload",
       .meaning = "Load one of its tables anew",
       .method = "POST",
       .path = "/v1/integrations/{integration}/tables/{table}/reload",
       .options = {reload_mode(), member("from", "WHEN", "only what changed since (RFC 3339)")},
       .starts_work = true},
      {.group = "integrations",
       .name = "clone",
       .meaning = "Make another one like it",
       .method = "POST",
       .path = "/v1/integrations/{integration}/clone",
       .arguments = {{.name = "name"}},
       .takes_file = true,
       .starts_work = true},
      {.group = "integrations",
       .name = "delete",
       .meaning = "Delete it; its tables stay",
       .method = "DELETE",
       .path = "/v1/integrations/{integration}",
       .options = {filter("data", "WHAT", "drop removes the tables, too, and wants --confirm-name", {"keep", "drop"}),
                   member("confirm-name", "NAME", "the integration's name, once more")},
       .is_guarded = true},
      {.group = "integrations",
       .name = "events",
       .meaning = "Who changed what, when",
       .method = "GET",
       .path = "/v1/integrations/{integration}/events",
       .flow = Flow::list},

      {.group = "tables",
       .name = "list",
       .meaning = "How each table of an integration stands",
       .method = "GET",
       .path = "/v1/integrations/{integration}/tables",
       .columns = table_columns(),
       .flow = Flow::list},
      {.group = "tables",
       .name = "show",
       .meaning = "One table",
       .method = "GET",
       .path = "/v1/integrations/{integration}/tables/{table}"},
      {.group = "tables",
       .name = "edit",
       .meaning = "Change the settings of one table",
       .method = "PATCH",
       .path = "/v1/integrations/{integration}/tables/{table}",
       .options = {frequency(), on_new_fields()},
       .takes_file = true,
       .is_guarded = true},
      {.group = "tables",
       .name = "pause",
       .meaning = "Leave one table out until it is resumed",
       .method = "POST",
       .path = "/v1/integrations/{integration}/tables/{table}/pause",
       .options = {reason(), pause_mode(), until()}},
      {.group = "tables",
       .name = "resume",
       .meaning = "Load it again",
       .method = "POST",
       .path = "/v1/integrations/{integration}/tables/{table}/resume"},
      {.group = "tables",
       .name = "rollback",
       .meaning = "Back to the rows before the last reload",
       .method = "POST",
       .path = "/v1/integrations/{integration}/tables/{table}/rollback"},
      {.group = "tables",
       .name = "checkpoint",
       .meaning = "Up to where it has been read",
       .method = "GET",
       .path = "/v1/integrations/{integration}/tables/{table}/checkpoint"},
      {.group = "tables",
       .name = "set-checkpoint",
       .meaning = "Read on from elsewhere; only while it is paused",
       .method = "PUT",
       .path = "/v1/integrations/{integration}/tables/{table}/checkpoint",
       .takes_file = true,
       .needs_file = true,
       .is_guarded = true},
      {.group = "tables",
       .name = "clear-checkpoint",
       .meaning = "Read it from the beginning; only while it is paused",
       .method = "DELETE",
       .path = "/v1/integrations/{integration}/tables/{table}/checkpoint",
       .is_guarded = true},
      {.group = "",
       .name = "verify",
       .meaning = "Compare a table with the source",
       .method = "POST",
       .path = "/v1/integrations/{integration}/tables/{table}/verify",
       .takes_file = true,
       .starts_work = true},

      {.group = "schema-changes",
       .name = "list",
       .meaning = "What the source has and the tables have not",
       .method = "GET",
       .path = "/v1/integrations/{integration}/schema-changes",
       .columns = schema_change_columns(),
       .flow = Flow::list},
      {.group = "schema-changes",
       .name = "approve",
       .meaning = "Make a column of it",
       .method = "POST",
       .path = "/v1/integrations/{integration}/schema-changes/{change}/approve",
       .options = {member("backfill", "WHAT", "what to read again for it", {"none", "column", "table"})}},
      {.group = "schema-changes",
       .name = "reject",
       .meaning = "Leave it out for good",
       .method = "POST",
       .path = "/v1/integrations/{integration}/schema-changes/{change}/reject"},
  };
}

std::vector<Command> watching() {
  return {
      {.group = "runs",
       .name = "list",
       .meaning = "Runs, newest first",
       .method = "GET",
       .path = "/v1/runs",
       .options = {of_integration()},
       .columns = run_columns(),
       .flow = Flow::list},
      {.group = "runs",
       .name = "show",
       .meaning = "One run; --wait until it has ended",
       .method = "GET",
       .path = "/v1/runs/{run}",
       .starts_work = true},
      {.group = "jobs",
       .name = "list",
       .meaning = "Jobs, newest first",
       .method = "GET",
       .path = "/v1/jobs",
       .options = {of_integration(), filter("run", "RUN", "only of this run"), of_table(),
                   filter("state", "STATE", "only those; a comma means or",
                          {"queued", "running", "waiting_retry", "succeeded", "failed", "cancelled", "skipped"}),
                   filter("kind", "KIND", "only those; a comma means or",
                          {"initial", "incremental", "reload", "backfill", "delete_sweep", "verify"}),
                   filter("since", "WHEN", "queued then or later (RFC 3339)"),
                   filter("until", "WHEN", "queued before (RFC 3339)")},
       .columns = job_columns(),
       .flow = Flow::list},
      {.group = "jobs",
       .name = "show",
       .meaning = "One job; --wait until it has ended",
       .method = "GET",
       .path = "/v1/jobs/{job}",
       .starts_work = true},
      {.group = "",
       .name = "logs",
       .meaning = "The log of a job, oldest line first",
       .method = "GET",
       .path = "/v1/jobs/{job}/logs",
       .options =
           {{.name = "follow", .letter = 'f', .form = Form::flag, .meaning = "go on until the job has ended"},
            filter("level", "LEVEL", "this one and graver", {"trace", "debug", "info", "warn", "error"}),
            {.name = "after", .form = Form::integer, .value = "NUMBER", .meaning = "only lines behind this one"}},
       .flow = Flow::log},
      {.group = "",
       .name = "freshness",
       .meaning = "Whether tables are fresh enough: exit code 0 or 1",
       .method = "GET",
       .path = "/v1/freshness",
       .options = {of_integration(), of_table(), filter("max-age", "TIME", "such as PT2H")},
       .columns = freshness_columns(),
       .is_gate = true},
      {.group = "",
       .name = "status",
       .meaning = "Whether the daemon is ready: exit code 0 or 1",
       .method = "GET",
       .path = "/readyz?verbose=true",
       .columns = check_columns(),
       .needs_no_token = true,
       .is_gate = true},
      {.group = "",
       .name = "version",
       .meaning = "The daemon's version",
       .method = "GET",
       .path = "/version",
       .needs_no_token = true},
  };
}

std::vector<Command> administering() {
  return {
      {.group = "",
       .name = "apply",
       .meaning = "Make integrations and destinations what a document says",
       .method = "POST",
       .path = "/v1/apply",
       .options = {query_flag("prune", "delete what the document does not name")},
       .takes_file = true,
       .needs_file = true},
      {.group = "",
       .name = "export",
       .meaning = "Integrations and destinations as a document for apply",
       .method = "GET",
       .path = "/v1/export",
       .flow = Flow::document},

      {.group = "connectors",
       .name = "list",
       .meaning = "The kinds of sources",
       .method = "GET",
       .path = "/v1/connectors",
       .options = {filter("q", "TEXT", "in the name")},
       .columns = connector_columns(),
       .flow = Flow::list},
      {.group = "connectors",
       .name = "show",
       .meaning = "Credentials, scopes and frequencies of one",
       .method = "GET",
       .path = "/v1/connectors/{connector}"},
      {.group = "connectors",
       .name = "tables",
       .meaning = "Every table of a connector",
       .method = "GET",
       .path = "/v1/connectors/{connector}/tables",
       .columns = connector_table_columns(),
       .flow = Flow::list},
      {.group = "destinations",
       .name = "list",
       .meaning = "Where integrations can load into",
       .method = "GET",
       .path = "/v1/destinations",
       .columns = destination_columns(),
       .flow = Flow::list},
      {.group = "destinations",
       .name = "show",
       .meaning = "One destination",
       .method = "GET",
       .path = "/v1/destinations/{destination}"},
      {.group = "destinations",
       .name = "create",
       .meaning = "Add a PostgreSQL database from a file",
       .method = "POST",
       .path = "/v1/destinations",
       .takes_file = true,
       .needs_file = true},
      {.group = "destinations",
       .name = "edit",
       .meaning = "Change parameters or password from a file",
       .method = "PATCH",
       .path = "/v1/destinations/{destination}",
       .takes_file = true,
       .needs_file = true,
       .is_guarded = true},
      {.group = "destinations",
       .name = "delete",
       .meaning = "Remove one that nobody uses",
       .method = "DELETE",
       .path = "/v1/destinations/{destination}",
       .is_guarded = true},
      {.group = "destinations",
       .name = "test",
       .meaning = "Connect to it and look at the rights",
       .method = "POST",
       .path = "/v1/destinations/{destination}/test",
       .options = {member("schema", "NAME", "may tables be made in this one?")}},

      {.group = "webhooks",
       .name = "list",
       .meaning = "Who is told of failures and recoveries",
       .method = "GET",
       .path = "/v1/webhooks",
       .flow = Flow::list},
      {.group = "webhooks",
       .name = "show",
       .meaning = "One webhook",
       .method = "GET",
       .path = "/v1/webhooks/{webhook}"},
      {.group = "webhooks",
       .name = "create",
       .meaning = "Add one from a file",
       .method = "POST",
       .path = "/v1/webhooks",
       .takes_file = true,
       .needs_file = true},
      {.group = "webhooks",
       .name = "delete",
       .meaning = "Remove one",
       .method = "DELETE",
       .path = "/v1/webhooks/{webhook}",
       .is_guarded = true},
      {.group = "webhooks",
       .name = "test",
       .meaning = "Send it a message",
       .method = "POST",
       .path = "/v1/webhooks/{webhook}/test"},
      {.group = "webhooks",
       .name = "deliveries",
       .meaning = "What was sent and how it was answered",
       .method = "GET",
       .path = "/v1/webhooks/{webhook}/deliveries",
       .flow = Flow::list},

      {.group = "tokens",
       .name = "list",
       .meaning = "Tokens, never their texts",
       .method = "GET",
       .path = "/v1/tokens",
       .columns = token_columns(),
       .flow = Flow::list},
      {.group = "tokens",
       .name = "create",
       .meaning = "Make a token; its text is shown this once",
       .method = "POST",
       .path = "/v1/tokens",
       .arguments = {{.name = "name"}},
       .options = {required(member("scope", "SCOPE", "what it may do", {"read", "operate", "write", "admin"})),
                   member("expires-at", "WHEN", "RFC 3339; without it never")}},
      {.group = "tokens", .name = "show", .meaning = "One token", .method = "GET", .path = "/v1/tokens/{token}"},
      {.group = "tokens",
       .name = "revoke",
       .meaning = "Revoke a token, at once",
       .method = "DELETE",
       .path = "/v1/tokens/{token}"},

      {.group = "",
       .name = "completion",
       .meaning = "A script that completes these commands in your shell",
       .arguments = {{.name = "shell", .place = Place::local, .choices = {"bash", "zsh", "fish"}}},
       .flow = Flow::completion,
       .needs_no_token = true},
  };
}

Option flag(std::string name, std::string meaning) {
  return {.name = std::move(name), .form = Form::flag, .meaning = std::move(meaning)};
}

/// What a row's traits mean for its options.
void add_derived_options(Command& command) {
  auto& options = command.options;
  if (command.takes_file) {
    options.push_back({.name = "file",
                       .letter = 'f',
                       .value = "FILE",
                       .meaning = "JSON; - is standard input. Options here replace what it says",
                       .is_required = command.needs_file});
  }
  if (!command.method.empty() && command.method != "GET") {
    options.push_back(query_flag("dry-run", "check everything and show the plan; nothing is kept"));
  }
  if (command.is_guarded) {
    options.push_back(
        {.name = "if-match", .value = "ETAG", .meaning = "only if it is still that; without it, what is there now"});
  }
  if (command.starts_work) {
    Option wait = flag("wait", "wait for the end, showing progress; exit code 1 when it does not succeed");
    if (find_option(command, "confirm") != nullptr) wait.implies = "confirm";
    options.push_back(std::move(wait));
    options.push_back({.name = "timeout", .value = "TIME", .meaning = "wait no longer than this, such as 30m"});
  }
  if (command.flow == Flow::list) {
    options.push_back({.name = "limit", .form = Form::integer, .value = "COUNT", .meaning = "at most so many [50]"});
    options.push_back(flag("all", "every one"));
  }
}

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> all = [] {
    std::vector<Command> rows;
    for (auto part : {setting_up(), living(), watching(), administering()}) {
      rows.insert(rows.end(), part.begin(), part.end());
    }
    for (Command& row : rows) add_derived_options(row);
    return rows;
  }();
  return all;
}

const std::vector<Option>& common_options() {
  static const std::vector<Option> options{
      {.name = "output",
       .letter = 'o',
       .value = "FORM",
       .meaning = "table, or json as the API answers it [table]",
       .choices = {"table", "json"}},
      {.name = "url", .value = "URL", .meaning = "of the daemon: https://host:port, or unix:/path of its socket"},
      {.name = "token-file", .value = "FILE", .meaning = "with the token to use"},
      {.name = "ca-file", .value = "FILE", .meaning = "PEM authorities to trust instead of the system's"},
      {.name = "insecure", .form = Form::flag, .meaning = "send the token even over http:// to another host"},
      {.name = "config", .value = "FILE", .meaning = "the local daemon's settings [/etc/sluice/sluice.toml]"},
      {.name = "quiet", .letter = 'q', .form = Form::flag, .meaning = "no progress"},
      {.name = "help", .letter = 'h', .form = Form::flag, .meaning = "this text"},
  };
  return options;
}

}  // namespace sluice::ctl
