#include "core/log.hpp"

#include "core/utf8.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <unistd.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <map>
#include <mutex>
#include <utility>

namespace sluice {
namespace {

constexpr std::size_t longest_value = 2000;

constexpr std::array<std::pair<LogLevel, std::string_view>, 5> levels{{
    {LogLevel::trace, "trace"},
    {LogLevel::debug, "debug"},
    {LogLevel::info, "info"},
    {LogLevel::warn, "warn"},
    {LogLevel::error, "error"},
}};

constexpr std::array<std::pair<LogFormat, std::string_view>, 3> formats{{
    {LogFormat::automatic, "auto"},
    {LogFormat::text, "text"},
    {LogFormat::json, "json"},
}};

spdlog::level::level_enum native(LogLevel level) {
  switch (level) {
    case LogLevel::trace:
      return spdlog::level::trace;
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

constexpr std::string_view root_name = "root";

}  // namespace

/// The level of one area: read with every line, changed by hand.
class Logger {
 public:
  explicit Logger(std::string name) : name_(std::move(name)) {}

  const std::string& name() const noexcept { return name_; }
  /// Set, and not over yet.
  std::optional<LogLevel> own_level() const {
    const int level = level_.load(std::memory_order_relaxed);
    if (level == none || is_over(until_.load(std::memory_order_relaxed))) return std::nullopt;
    return static_cast<LogLevel>(level);
  }
  std::optional<Time> until() const {
    const auto until = until_.load(std::memory_order_relaxed);
    if (until == forever || !own_level()) return std::nullopt;
    return Time(Time::duration(until));
  }
  void set(std::optional<LogLevel> level, std::optional<Time> until) const {
    // A line between the two sees an old end with a new level: that is one line.
    until_.store(until ? until->time_since_epoch().count() : forever, std::memory_order_relaxed);
    level_.store(level ? static_cast<int>(*level) : none, std::memory_order_relaxed);
  }

 private:
  static constexpr int none = -1;
  static constexpr std::int64_t forever = std::numeric_limits<std::int64_t>::max();
  static bool is_over(std::int64_t until) {
    return until != forever && SystemClock().now().time_since_epoch().count() >= until;
  }

  std::string name_;
  mutable std::atomic<int> level_ = none;
  mutable std::atomic<std::int64_t> until_ = forever;
};

namespace {

/// Every area that was ever named, root among them. Loggers never go: copies of Log point to them.
class Loggers {
 public:
  Loggers() { get(root_name); }

  const Logger& get(std::string_view name) {
    const std::lock_guard lock(mutex_);
    auto found = all_.find(name);
    if (found == all_.end()) {
      found = all_.emplace(std::string(name), std::make_unique<const Logger>(std::string(name))).first;
    }
    return *found->second;
  }
  const Logger* find(std::string_view name) const {
    const std::lock_guard lock(mutex_);
    const auto found = all_.find(name);
    return found == all_.end() ? nullptr : found->second.get();
  }
  std::vector<const Logger*> all() const {
    const std::lock_guard lock(mutex_);
    std::vector<const Logger*> all;
    for (const auto& [name, logger] : all_) all.push_back(logger.get());
    return all;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<const Logger>, std::less<>> all_;
};

Loggers& registry() {
  static Loggers& instance = *new Loggers;
  return instance;
}

/// The process's one output, standard error. Only the time of a line comes from spdlog's pattern.
class Output {
 public:
  Output() : logger_("sluice", std::make_shared<spdlog::sinks::stderr_color_sink_mt>()) {
    configure(LogLevel::info, LogFormat::text);
  }

  void configure(LogLevel level, LogFormat format) {
    if (format == LogFormat::automatic) format = isatty(STDERR_FILENO) == 1 ? LogFormat::text : LogFormat::json;
    json_.store(format == LogFormat::json, std::memory_order_relaxed);
    logger_.set_pattern(
        format == LogFormat::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ",%v})" : "%Y-%m-%dT%H:%M:%S.%eZ %^%v%$",
        spdlog::pattern_time_type::utc);
    configured_.store(level, std::memory_order_relaxed);
    logger_.set_level(spdlog::level::trace);
    logger_.flush_on(spdlog::level::trace);
  }

  LogLevel level_of(const Logger& logger) const {
    static const Logger& root = registry().get(root_name);
    if (const auto own = logger.own_level()) return *own;
    return root.own_level().value_or(configured_.load(std::memory_order_relaxed));
  }
  bool takes(const Logger& logger, LogLevel level) const { return level >= level_of(logger); }
  bool is_json() const { return json_.load(std::memory_order_relaxed); }
  void write(LogLevel level, std::string_view line) {
    logger_.log(native(level), spdlog::string_view_t(line.data(), line.size()));
  }

 private:
  spdlog::logger logger_;
  std::atomic<LogLevel> configured_ = LogLevel::info;
  std::atomic<bool> json_ = false;
};

Output& output() {
  // Never destroyed: threads that outlive main's statics may still log.
  static Output& instance = *new Output;
  return instance;
}

std::string clean(std::string_view value) {
  // Scrubbed before it is cut: half a token at the end would not be recognized.
  return cut_utf8(valid_utf8(scrub(value)), longest_value);
}

/// A JSON number is digits; "inf" and "nan" are not.
bool is_json_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.-") == std::string_view::npos;
}

void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view hex_digits = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      out += "\\u00";
      out += hex_digits[byte >> 4U];
      out += hex_digits[byte & 0xFU];
    } else {
      out += c;
    }
  }
  out += '"';
}

bool is_own_name(std::string_view name) {
  return name == "time" || name == "level" || name == "area" || name == "message";
}

std::string json_line(LogLevel level, std::string_view area, std::string_view sentence, const LogFields& fields) {
  std::string out = R"("level":")";
  out += to_string(level);
  out += R"(","area":)";
  append_json_string(out, area);
  out += R"(,"message":)";
  append_json_string(out, sentence);
  for (const LogField& field : fields) {
    out += ',';
    append_json_string(out, is_own_name(field.name) ? "field." + field.name : field.name);
    out += ':';
    const bool bare =
        field.type == LogField::Type::boolean || (field.type == LogField::Type::number && is_json_number(field.value));
    if (bare) {
      out += field.value;
    } else {
      append_json_string(out, field.value);
    }
  }
  return out;
}

bool needs_quotes(std::string_view value) {
  return value.empty() || std::any_of(value.begin(), value.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte <= 0x20 || byte == 0x7F || c == '"' || c == '\\' || c == '=';
         });
}

std::string text_line(LogLevel level, std::string_view area, std::string_view sentence, const LogFields& fields) {
  std::string out(to_string(level));
  out.append(6 - out.size(), ' ');
  out += area;
  out += ": ";
  out += sentence;
  for (const LogField& field : fields) {
    out += ' ';
    out += field.name;
    out += '=';
    if (needs_quotes(field.value)) {
      append_json_string(out, field.value);
    } else {
      out += field.value;
    }
  }
  return out;
}

/// One value per name; the one nearest to the line wins.
LogFields merge(const LogFields& outer, const LogFields& inner) {
  LogFields out;
  out.reserve(outer.size() + inner.size());
  const auto put = [&out](const LogField& field) {
    const auto same =
        std::find_if(out.begin(), out.end(), [&](const LogField& other) { return other.name == field.name; });
    if (same == out.end()) {
      out.push_back(field);
    } else {
      *same = field;
    }
  };
  std::for_each(outer.begin(), outer.end(), put);
  std::for_each(inner.begin(), inner.end(), put);
  return out;
}

}  // namespace

std::string_view to_string(LogLevel level) {
  for (const auto& [value, name] : levels) {
    if (value == level) return name;
  }
  return "error";
}

bool parse(std::string_view text, LogLevel& level) {
  for (const auto& [value, name] : levels) {
    if (name != text) continue;
    level = value;
    return true;
  }
  return false;
}

bool parse(std::string_view text, LogFormat& format) {
  for (const auto& [value, name] : formats) {
    if (name != text) continue;
    format = value;
    return true;
  }
  return false;
}

Log::Log(std::string area) : logger_(&registry().get(area)) {}

Log Log::with(LogFields fields) const {
  Log out(*this);
  out.fields_ = merge(fields_, fields);
  return out;
}

Log Log::also_to(std::shared_ptr<LogSink> sink) const {
  Log out(*this);
  out.sinks_.push_back(std::move(sink));
  return out;
}

void Log::write(LogLevel level, std::string_view sentence, const LogFields& fields) const {
  // Sinks decide for themselves: the log of a job keeps lines that the process's output drops.
  const bool shown = output().takes(*logger_, level);
  if (!shown && sinks_.empty()) return;

  LogFields merged = merge(fields_, fields);
  for (LogField& field : merged) {
    if (field.type == LogField::Type::text) field.value = clean(field.value);
  }
  if (shown) {
    output().write(level, output().is_json() ? json_line(level, logger_->name(), sentence, merged)
                                             : text_line(level, logger_->name(), sentence, merged));
  }
  for (const auto& sink : sinks_) sink->write(level, sentence, merged);
}

namespace {

LoggerState state_of(const Logger& logger) {
  const bool is_own = logger.name() != root_name && logger.own_level().has_value();
  return {logger.name(), output().level_of(logger), is_own, logger.until()};
}

}  // namespace

std::vector<LoggerState> loggers() {
  std::vector<LoggerState> states;
  for (const Logger* logger : registry().all()) states.push_back(state_of(*logger));
  const auto root = std::ranges::find(states, root_name, &LoggerState::name);
  if (root != states.end()) std::rotate(states.begin(), root, std::next(root));
  return states;
}

std::optional<LoggerState> find_logger(std::string_view name) {
  const Logger* logger = registry().find(name);
  return logger == nullptr ? std::nullopt : std::optional(state_of(*logger));
}

bool set_logger_level(std::string_view name, std::optional<LogLevel> level, std::optional<Time> until) {
  const Logger* logger = registry().find(name);
  if (logger == nullptr) return false;
  logger->set(level, until);
  return true;
}

void configure_logging(LogLevel level, LogFormat format) { output().configure(level, format); }

}  // namespace sluice
