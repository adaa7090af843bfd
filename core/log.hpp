#pragma once
// Logging as constant sentences with fields. Text on a terminal, one JSON object per line otherwise. The sentence
// never contains a value; values go into fields, where they are escaped, cut and scrubbed of anything that looks
// like a credential.

#include "core/clock.hpp"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace sluice {

enum class LogLevel { trace, debug, info, warn, error };
enum class LogFormat { automatic, text, json };

std::string_view to_string(LogLevel level);
bool parse(std::string_view text, LogLevel& level);
bool parse(std::string_view text, LogFormat& format);

/// One named value of a log line.
struct LogField {
  enum class Type { text, number, boolean };

  LogField(std::string_view name, std::string_view value) : name(name), value(value) {}
  LogField(std::string_view name, const std::string& value) : name(name), value(value) {}
  LogField(std::string_view name, const char* value) : name(name), value(value) {}
  LogField(std::string_view name, bool value) : name(name), value(value ? "true" : "false"), type(Type::boolean) {}
  template <class T, std::enable_if_t<std::is_arithmetic_v<T> && !std::is_same_v<T, bool>, int> = 0>
  LogField(std::string_view name, T value) : name(name), value(std::to_string(value)), type(Type::number) {}

  std::string name;
  std::string value;
  Type type = Type::text;
};

using LogFields = std::vector<LogField>;

/// Where finished lines go besides the process's own output: the log of a job, a test's memory.
class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void write(LogLevel level, std::string_view sentence, const LogFields& fields) = 0;
};

class Log {
 public:
  /// A logger that writes to the process's output and has no fields yet.
  explicit Log(std::string area);

  /// The same logger with more fields on every line, for example the request or job id.
  Log with(LogFields fields) const;
  /// The same logger that also writes into `sink`, which must outlive all copies.
  Log also_to(std::shared_ptr<LogSink> sink) const;

  void debug(std::string_view sentence, const LogFields& fields = {}) const {
    write(LogLevel::debug, sentence, fields);
  }
  void info(std::string_view sentence, const LogFields& fields = {}) const { write(LogLevel::info, sentence, fields); }
  void warn(std::string_view sentence, const LogFields& fields = {}) const { write(LogLevel::warn, sentence, fields); }
  void error(std::string_view sentence, const LogFields& fields = {}) const {
    write(LogLevel::error, sentence, fields);
  }

 private:
  void write(LogLevel level, std::string_view sentence, const LogFields& fields) const;

  const class Logger* logger_;  // never goes
  LogFields fields_;
  std::vector<std::shared_ptr<LogSink>> sinks_;
};

/// A named logger as people see and change it. Every area is one; those whose level was not set follow "root".
struct LoggerState {
  std::string name;
  LogLevel level = LogLevel::info;  // as of now
  bool is_own = false;              // set for this logger; never so for root
  std::optional<Time> until = {};   // when the level ends by itself
};

/// Loggers that exist by now, root first, then by name. From any thread, like the other two.
std::vector<LoggerState> loggers();
std::optional<LoggerState> find_logger(std::string_view name);
/// Lines of this level and graver are written from now on; none: as root, for root as configured. With `until` only so
/// long. False when there is no such logger.
bool set_logger_level(std::string_view name, std::optional<LogLevel> level, std::optional<Time> until);

/// Once, at the start of the process; before that, lines go to standard error as text.
void configure_logging(LogLevel level, LogFormat format);

/// `text` with everything that looks like a credential replaced: bearer and X-Auth-Token values, `slc_` tokens,
/// passwords in connection strings and URLs.
std::string scrub(std::string_view text);

}  // namespace sluice
