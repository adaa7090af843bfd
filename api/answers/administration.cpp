// Tokens, webhooks and loggers.

#include "api/answers/groups.hpp"
#include "api/answers/words.hpp"

namespace sluice::api {
namespace {

Shape logger() {
  return object("a part of this process that writes log lines",
                {required("name", text("root: what the others follow")),
                 required("level", text("").among({"trace", "debug", "info", "warn", "error"})),
                 required("own", boolean("whether it was set for this logger")),
                 required("until", time("when that ends by itself").or_null())});
}

Shape token(bool with_text) {
  Shape shape = object("a bearer token",
                       {required("id", text("")), required("name", text("")), required("scope", text("")),
                        required("created_at", time("")), required("expires_at", time("").or_null()),
                        required("revoked_at", time("").or_null()), required("last_used_at", time("").or_null())});
  if (with_text) shape.members.push_back(required("token", text("the token itself, shown only now")));
  return shape;
}

Shape webhook(bool with_secret) {
  Shape shape =
      object("who is told of changes of state",
             {required("id", text("")), required("url", text("")),
              required("events", one_of({text("").among({"*"}), array_of(text(""), "")}, "")),
              required("integrations", array_of(text("id"), "null: all of them").or_null()),
              required("stale_after", text("null: by the frequency").or_null()), required("enabled", boolean("")),
              required("disabled_reason", text("gone: its receiver answered 410").or_null()),
              required("created_at", time("")), required("updated_at", time(""))});
  if (with_secret) shape.members.push_back(required("secret", text("whsec_...: signs the messages; shown only now")));
  return shape;
}

Shape delivery() {
  Shape attempt = object(
      "", {required("at", time("")), required("status", integer("null: no answer").or_null()),
           required("error", text("why there was no answer").or_null()), required("duration_seconds", number(""))});
  return object(
      "a message on its way to a webhook",
      {required("id", text("")), required("message", text("what the receiver sees as webhook-id")),
       required("event", text("")), required("state", text("").among({"pending", "delivered", "failed", "cancelled"})),
       required("attempts", array_of(std::move(attempt), "")), required("max_attempts", integer("")),
       required("next_attempt_at", time("").or_null()), required("created_at", time("")),
       required("finished_at", time("").or_null())});
}

}  // namespace

NamedShapes administration_answers() {
  return {
      {"logger", logger()},
      {"logger_list", list_of("logger")},
      {"token", token(false)},
      {"token_list", list_of("token")},
      {"made_token", token(true)},
      {"webhook", webhook(false)},
      {"webhook_list", list_of("webhook")},
      {"made_webhook", webhook(true)},
      {"delivery", delivery()},
      {"delivery_list", list_of("delivery")},
  };
}

}  // namespace sluice::api
