#include "server/commands.hpp"

#include "core/json.hpp"
#include "server/health_check.hpp"
#include "server/key_commands.hpp"
#include "server/setting_rules.hpp"
#include "storage/migrations.hpp"

#include <algorithm>
#include <chrono>
#include <iomanip>
#include <ostream>

namespace sluice {
namespace {

using namespace std::chrono_literals;

int check(const Config& config, std::ostream& out, std::ostream& err) {
  const auto problems = all_problems(config);
  if (problems.empty()) {
    out << "the settings are good\n";
    return exit_code::ok;
  }
  print_problems(err, problems);
  return exit_code::configuration;
}

void show_columns(const std::vector<Config::Line>& lines, std::ostream& out) {
  std::size_t key_width = 0;
  std::size_t value_width = 0;
  for (const auto& line : lines) {
    key_width = std::max(key_width, line.key.size());
    value_width = std::max(value_width, line.value.size());
  }
  for (const auto& line : lines) {
    out << std::left << std::setw(static_cast<int>(key_width)) << line.key << "  "
        << std::setw(static_cast<int>(value_width)) << line.value << "  " << line.origin << '\n';
  }
}

void show_json(const std::vector<Config::Line>& lines, std::ostream& out) {
  Json document = Json::array();
  for (const auto& line : lines) {
    document.push_back({{"key", line.key}, {"value", line.value}, {"origin", line.origin}, {"meaning", line.meaning}});
  }
  out << document.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

int show(const CommandLine& line, std::ostream& out, std::ostream& err) {
  const auto lines = line.config.show();
  if (line.json) {
    show_json(lines, out);
  } else {
    show_columns(lines, out);
  }
  const auto problems = all_problems(line.config);
  print_problems(err, problems);
  return problems.empty() ? exit_code::ok : exit_code::configuration;
}

int migrate_database(const Config& config, std::ostream& out) {
  DatabaseSettings settings;
  settings.url = config.secret("database.url");
  if (settings.url.empty()) {
    throw Error(ErrorKind::config, "migrate.no_database",
                "database.url is not set; the embedded PostgreSQL is migrated when the daemon starts");
  }
  settings.connections = 1;
  settings.statement_timeout = 10min;  // a step may build an index
  Database database(std::move(settings));
  const MigrationReport report = migrate(database);
  if (report.before == report.after) {
    out << "the schema is at version " << report.after << ", nothing to do\n";
  } else {
    out << "the schema went from version " << report.before << " to " << report.after << '\n';
  }
  return exit_code::ok;
}

int health(const Config& config, std::ostream& out, std::ostream& err) {
  const HealthReport report = ask_health(find_health_target(config));
  (report.is_ready ? out : err) << report.sentence << '\n';
  return report.is_ready ? exit_code::ok : exit_code::unavailable;
}

}  // namespace

void print_problems(std::ostream& out, const std::vector<Problem>& problems) {
  for (const Problem& problem : problems) {
    out << problem.pointer << ": " << problem.detail << " [" << problem.code << "]\n";
  }
}

std::vector<Problem> all_problems(const Config& config) {
  return config.problems().empty() ? check_rules(config) : config.problems();
}

int run_command(const CommandLine& line, std::ostream& out, std::ostream& err) {
  switch (line.command) {
    case Command::version:
      out << "sluice " SLUICE_VERSION "\n";
      return exit_code::ok;
    case Command::config_check:
      return check(line.config, out, err);
    case Command::config_show:
      return show(line, out, err);
    case Command::migrate:
      return migrate_database(line.config, out);
    case Command::health:
      return health(line.config, out, err);
    case Command::keys_show:
      return show_keys(line, out);
    case Command::keys_rotate:
      return rotate_keys(line, out, err);
    case Command::serve:
      break;
  }
  throw Error(ErrorKind::bug, "command.not_here", "serve is no command that ends by itself");
}

}  // namespace sluice
