// The loggers of this process. Other daemons on the same control database have their own.

#include "api/handlers/handlers.hpp"
#include "api/handlers/lookup.hpp"
#include "api/views/views.hpp"
#include "core/time.hpp"

namespace sluice::api {
namespace {

Json show_logger(const LoggerState& logger) {
  return {{"name", logger.name},
          {"level", to_string(logger.level)},
          {"own", logger.is_own},
          {"until", or_null(logger.until)}};
}

}  // namespace

Task<HttpResponse> list_loggers(const ApiContext&, const Call& call) {
  const auto page = page_of(loggers(), call.page(), [](const LoggerState& logger) { return logger.name; });
  Json items = Json::array();
  for (const LoggerState& logger : page.items) items.push_back(show_logger(logger));
  co_return list_answer(call, std::move(items), page.next);
}

Task<HttpResponse> get_logger(const ApiContext&, const Call& call) {
  const auto logger = find_logger(call.path("logger"));
  if (!logger) throw not_found("logger", call.path("logger"));
  co_return answer(200, show_logger(*logger));
}

Task<HttpResponse> put_logger(const ApiContext& context, const Call& call) {
  const std::string& name = call.path("logger");
  std::optional<LogLevel> level;
  LogLevel parsed{};
  if (const auto text = call.text("level"); text && parse(*text, parsed)) level = parsed;
  std::optional<Time> until;
  if (const auto period = call.text("for")) until = context.clock.now() + *parse_iso_duration(*period);
  const auto before = find_logger(name);
  if (context.rehearsal != nullptr && before) co_return answer(200, show_logger(*before));
  if (!set_logger_level(name, level, until)) throw not_found("logger", name);
  call.log.warn("log level changed", {{"logger", name}, {"level", level ? to_string(*level) : "as root"}});
  co_return answer(200, show_logger(*find_logger(name)));
}

}  // namespace sluice::api
