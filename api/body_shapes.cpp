#include "api/shapes.hpp"
#include "api/table_settings.hpp"
#include "storage/webhooks.hpp"

namespace sluice::api {
namespace {

constexpr std::int64_t most_tables = 500;
constexpr std::int64_t most_fields = 5000;
constexpr std::int64_t most_declared = 1000;
constexpr std::int64_t max_id = 9'007'199'254'740'991;  // as JSON can say it

Shape on_new_fields() {
  return text("members that the table does not know yet: ask keeps them under schema-changes, add makes them columns")
      .among({"ask", "add", "ignore"});
}

/// In a merge patch the parts of a cron may come alone.
Shape frequency(bool is_patch = false) {
  Member expression = required(
      "cron", text("minute hour day-of-month month day-of-week, or @daily and its like; at least 15 minutes apart")
                  .between(1, 200)
                  .such_as("0 6 * * *"));
  expression.required = !is_patch;
  Shape cron = object(
      "by cron",
      {std::move(expression),
       optional(
           "time_zone",
           text("IANA name of the zone whose clock counts; default UTC").between(1, 64).such_as("America/Chicago"))});
  Shape interval = text("15m 30m 1h 2h 3h 6h 8h 12h 24h, manual, or an ISO 8601 duration").following(frequency_rule);
  return one_of({std::move(interval), std::move(cron)}, "how often it runs by itself").such_as("1h");
}

Shape quiet_hours() {
  Shape day = text("").among({"sun", "mon", "tue", "wed", "thu", "fri", "sat"});
  Shape window = object(
      "a window of the week; over midnight when it ends before it begins",
      {required("from", text("HH:MM").between(1, 10).such_as("22:00")),
       required("to", text("HH:MM, not part of it; 24:00 is the end of the day").between(1, 10).such_as("06:00")),
       optional("time_zone", text("IANA name; default UTC").between(1, 64).such_as("Europe/Berlin")),
       optional("days", array_of(std::move(day), "on which it begins; default all").between(1, 7))});
  return array_of(std::move(window), "no run starts by schedule in these; what is due then is due at their end, once")
      .between(0, 50)
      .or_null();
}

Shape table_choice() {
  Shape fields =
      one_of({text("").among({"*"}), array_of(text("").between(1, 200), "names of fields").between(1, most_fields)},
             "\"*\" for all, or a list of names; key and cursor fields are always added");
  std::vector<Member> members = table_settings_members();
  members.insert(members.begin(),
                 {required("name", text("the table's name or alias").between(1, 200).such_as("orders")),
                  optional("fields", std::move(fields))});
  return object("a table to replicate", std::move(members));
}

Shape selection() {
  Shape tables =
      one_of({text("").among({"*", "recommended"}), array_of(table_choice(), "").between(0, most_tables)},
             "a list; \"*\" for every table that the account may read, \"recommended\" for the usual ones of them");
  return object("which tables and fields to replicate", {required("tables", std::move(tables))})
      .such_as({{"tables", Json::array({{{"name", "orders"}, {"fields", "*"}},
                                        {{"name", "customers"}, {"fields", {"id", "email"}}}})}});
}

Shape field_backfill() {
  return text(
             "rows that were read before a table got a field: column (default) has the next run read the table from "
             "its "
             "beginning and write each row where something differs; table reads it anew beside the old rows, which are "
             "replaced at the end; none fills the field from now on, as rows change")
      .among({"none", "column", "table"})
      .such_as("column");
}

/// Of an integration that may be loaded already.
Shape new_selection() {
  Shape shape = selection();
  shape.members.push_back(optional("backfill", field_backfill()));
  return shape;
}

Shape credentials() {
  return open_object("as the connector's credentials_schema says")
      .such_as({{"store_hash", "abc123"}, {"client_id", "..."}, {"access_token", "..."}});
}

Shape destination_parameters() {
  return open_object(
             "how to reach the PostgreSQL database: host, port, database, user, sslmode, sslrootcert, connect_timeout. "
             "host may be several with commas between them, a primary and its standbys (port: one for all, or an array "
             "of one for each): the first that takes writes is used, so that a failover needs no change here. Each "
             "name "
             "is looked up once per connection; private networks are fine, but metadata services, link-local, "
             "multicast "
             "and unspecified addresses are refused")
      .such_as({{"host", "db.example.com"},
                {"port", 5432},
                {"database", "warehouse"},
                {"user", "sluice"},
                {"sslmode", "verify-full"}});
}

Shape new_destination() {
  return object("a PostgreSQL database to load into",
                {
                    required("name", text("unique without regard to case")
                                         .between(1, 63)
                                         .following(destination_name_rule)
                                         .such_as("warehouse")),
                    required("parameters", destination_parameters()),
                    optional("password", text("kept sealed, never shown again").between(0, 1000)),
                });
}

Shape schema_name() { return text("the schema to load into; default public").following(schema_rule).such_as("public"); }
Shape start_date() {
  return time("records changed before it are left out; null: everything").or_null().such_as("2020-01-01T00:00:00Z");
}

Shape target() {
  return object("where to load",
                {
                    required("destination", text("a destination's id or name").between(1, 200).such_as("warehouse")),
                    optional("schema", schema_name()),
                });
}

Shape inline_target(std::string meaning) {
  return object(std::move(meaning),
                {
                    required("destination", one_of({text("an id or name").between(1, 200), named("new_destination")},
                                                   "an id or name, or a destination to create")),
                    optional("schema", schema_name()),
                });
}

Shape integration_name() {
  return text("prefixes the destination's tables; never changes")
      .between(1, 63)
      .following(integration_name_rule)
      .such_as("acme");
}

/// The set-up as a whole: each part is the body of its own step.
Shape new_integration() {
  return object("an integration; credentials, selection and destination only with ?confirm=true",
                {
                    required("name", integration_name()),
                    required("connector", text("a connector's name").between(1, 200).such_as("bigcommerce")),
                    optional("frequency", frequency()),
                    optional("quiet_hours", quiet_hours()),
                    optional("start_date", start_date()),
                    optional("credentials", credentials()),
                    optional("selection", named("selection")),
                    optional("destination", inline_target("where to load; without it the daemon's own database")),
                });
}

Shape clone() {
  return object("what the clone has otherwise",
                {
                    required("name", integration_name()),
                    optional("frequency", frequency()),
                    optional("quiet_hours", quiet_hours()),
                    optional("start_date", start_date()),
                    optional("on_new_fields", on_new_fields()),
                    optional("selection", named("selection")),
                    optional("destination", inline_target("where to load")),
                    optional("credentials", one_of({boolean("true copies them, false leaves them out"), credentials()},
                                                   "true (the default), false, or others")),
                    optional("confirm", boolean("create the tables and open the first run; else it is a draft")),
                });
}

Shape secret_reference() {
  return object("where the daemon finds a secret: one of the two",
                {
                    optional("from_file", text("below the directory of the setting api.secret_files").between(1, 1000)),
                    optional("from_env", text("begins with the setting api.secret_env_prefix").between(1, 200)),
                });
}

Shape declared_destination() {
  Shape password = one_of({text("").between(0, 1000), named("secret_reference")},
                          "a password or where the daemon finds it; null for none; left out, the kept one stays");
  password.nullable = true;
  return object("a PostgreSQL database to load into",
                {
                    required("name", text("").between(1, 63).following(destination_name_rule).such_as("warehouse")),
                    required("parameters", destination_parameters()),
                    optional("password", std::move(password)),
                });
}

Shape declared_integration() {
  Shape kept_credentials =
      open_object(
          "as the connector's credentials_schema says; its secrets may be references; null or left out, "
          "the kept ones stay")
          .or_null()
          .such_as({{"store_hash", "abc123"}, {"access_token", {{"from_file", "acme.token"}}}});
  return object("an integration; what is left out stays as it is, or is made as the defaults say",
                {
                    required("name", integration_name()),
                    required("connector", text("a connector's name").between(1, 200).such_as("bigcommerce")),
                    optional("frequency", frequency()),
                    optional("quiet_hours", quiet_hours()),
                    optional("start_date", start_date()),
                    optional("on_new_fields", on_new_fields()),
                    optional("credentials", std::move(kept_credentials)),
                    optional("selection", named("selection")),
                    optional("destination", named("target")),
                    optional("paused", boolean("")),
                    optional("confirmed", boolean("false: it stays a draft; default true")),
                });
}

Shape declaration() {
  return object("destinations and integrations as they should be",
                {
                    required("version", integer("1").between(1, 1).such_as(1)),
                    optional("destinations", array_of(named("declared_destination"), "").between(0, most_declared)),
                    optional("integrations", array_of(named("declared_integration"), "").between(0, most_declared)),
                });
}

Shape integration_change() {
  return object("what to change (JSON merge patch)",
                {
                    optional("frequency", frequency(true)),
                    optional("quiet_hours", quiet_hours()),
                    optional("start_date", start_date()),
                    optional("on_new_fields", on_new_fields()),
                    immutable("id"),
                    immutable("name"),
                    immutable("connector"),
                })
      .such_as({{"frequency", "30m"}});
}

Shape destination_change() {
  return object("what to change (JSON merge patch)",
                {
                    optional("parameters", destination_parameters()),
                    optional("password", text("null removes it").between(0, 1000).or_null()),
                    immutable("id"),
                    immutable("name"),
                    immutable("kind"),
                })
      .such_as({{"parameters", {{"port", 5433}}}});
}

Shape new_token() {
  return object(
      "a bearer token",
      {
          required("name", text("whose it is").between(1, 200).such_as("ci")),
          required(
              "scope",
              text("read < operate < write < admin").among({"read", "operate", "write", "admin"}).such_as("operate")),
          optional("expires_at", time("none: never").or_null()),
      });
}

Shape webhook_events_shape() {
  std::vector<std::string> words = webhook_events();
  const auto count = static_cast<std::int64_t>(words.size());
  return one_of({text("").among({"*"}), array_of(text("").among(std::move(words)), "").between(1, count)},
                "a list, or \"*\" for all that there are and will be");
}

std::vector<Member> webhook_members(Member url, Member events) {
  return {std::move(url), std::move(events),
          optional("integrations",
                   array_of(text("").between(1, 200), "ids or names; none: all of them").between(1, 1000).or_null()),
          optional("stale_after",
                   text("how old a table's contents may become; none: three times its frequency, 24 h when manual")
                       .following(duration_rule)
                       .or_null()
                       .such_as("PT6H")),
          optional("enabled", boolean("default true"))};
}

Shape new_webhook() {
  return object("who is told of changes of state, by signed POST requests",
                webhook_members(required("url", text("https; other hosts only where the operator allows them")
                                                    .between(1, 2048)
                                                    .such_as("https://hooks.example.com/sluice")),
                                required("events", webhook_events_shape())))
      .such_as({{"url", "https://hooks.example.com/sluice"}, {"events", {"failure", "recovery"}}});
}

Shape webhook_change() {
  Shape shape =
      object("what to change (JSON merge patch)",
             webhook_members(optional("url", text("").between(1, 2048)), optional("events", webhook_events_shape())));
  for (const char* name : {"id", "secret"}) shape.members.push_back(immutable(name));
  return std::move(shape).such_as({{"enabled", true}});
}

}  // namespace

const NamedShapes& body_shapes() {
  static const NamedShapes shapes{
      {"nothing", object("no members", {})},
      {"frequency", frequency()},
      {"new_integration", new_integration()},
      {"integration_change", integration_change()},
      {"credentials", credentials()},
      {"selection", selection()},
      {"new_selection", new_selection()},
      {"target", target()},
      {"table_change", object("what to change (JSON merge patch); null takes a setting back", table_settings_members())
                           .such_as({{"deletes", "hard"}})},
      {"reload",
       object("", {optional("mode", text("swap (default): beside the old rows, which are replaced at the end in one "
                                         "transaction and kept for a rollback; merge: into them")
                                        .among({"swap", "merge"}))})},
      {"verification_wish",
       object("", {optional("repair", boolean("true loads what is missing and treats what is surplus as the table's "
                                              "deletes say; false (default) only tells"))})},
      {"new_checkpoint",
       object(
           "one of the two",
           {optional("cursor", time("by the source's clock; changes since are read").such_as("2026-01-31T00:00:00Z")),
            optional("checkpoint", integer("id of an earlier one, from .../checkpoints").between(1, max_id))})
           .such_as({{"cursor", "2026-01-31T00:00:00Z"}})},
      {"pause",
       object("",
              {optional("mode", text("drain (default) lets the open run end, now cancels it").among({"drain", "now"})),
               optional("until", time("when it resumes by itself; null: not before it is resumed").or_null()),
               optional("reason", text("shown until it is resumed").between(0, 500).such_as("maintenance"))})},
      {"sync", object("", {optional("tables", array_of(text("").between(1, 200), "only these of the selected tables")
                                                  .between(0, most_tables))})},
      {"deletion",
       object("", {optional("confirm_name", text("the integration's name; needed with data=drop").between(0, 200))})},
      {"new_destination", new_destination()},
      {"destination_change", destination_change()},
      {"destination_test", object("", {optional("schema", schema_name())})},
      {"new_webhook", new_webhook()},
      {"webhook_change", webhook_change()},
      {"new_token", new_token()},
      {"schema_approval",
       object("what becomes of a change",
              {optional("backfill",
                        text("rows read before: none leaves them as they are; column and table have the next run read "
                             "the table from its beginning and write each row where something differs, which is the "
                             "same read in both cases; rows stay readable all the while")
                            .among({"none", "column", "table"})
                            .such_as("none"))})},
      {"logger_level", object("a level, for good or for a while",
                              {required("level", text("lines below it are not written; null: as the logger root")
                                                     .among({"trace", "debug", "info", "warn", "error"})
                                                     .or_null()
                                                     .such_as("debug")),
                               optional("for", text("ISO 8601 duration after which it is as before, at most P7D")
                                                   .following(log_period_rule)
                                                   .such_as("PT10M"))})},
      {"clone", clone()},
      {"secret_reference", secret_reference()},
      {"declared_destination", declared_destination()},
      {"declared_integration", declared_integration()},
      {"declaration", declaration()},
  };
  return shapes;
}

}  // namespace sluice::api
