#include "server/key_commands.hpp"

#include "core/json.hpp"
#include "core/log.hpp"
#include "server/state_places.hpp"
#include "storage/key_rotation.hpp"
#include "storage/migrations.hpp"

#include <algorithm>
#include <iomanip>
#include <memory>
#include <ostream>

namespace sluice {
namespace {

/// The control database as the daemon has it. Its PostgreSQL is started when it is the embedded one and nobody runs it.
class Beside {
 public:
  explicit Beside(const Config& config) {
    DatabaseSettings settings;
    settings.connections = 1;
    settings.url = config.secret("database.url");
    if (settings.url.empty()) {
      const auto embedded = embedded_postgres_settings(config);
      if (auto url = EmbeddedPostgres::running_control_url(embedded)) {
        settings.url = *std::move(url);
      } else {
        postgres_ = EmbeddedPostgres::start(embedded, Log("keys"));
        settings.url = postgres_->control_url();
      }
    }
    database_ = std::make_unique<Database>(std::move(settings));
    if (const int version = schema_version(*database_); version != known_schema_version()) {
      throw Error(ErrorKind::config, "keys.other_schema",
                  "the control database is at schema version " + std::to_string(version) + ", this Sluice knows " +
                      std::to_string(known_schema_version()) +
                      ": start a daemon of this version or run `sluice migrate`, or use the daemon's own version");
    }
  }

  Database& database() { return *database_; }

 private:
  std::unique_ptr<EmbeddedPostgres> postgres_;  // stops after the last connection
  std::unique_ptr<Database> database_;
};

void show_json(const std::vector<KeyUse>& uses, std::ostream& out) {
  Json document = Json::array();
  for (const KeyUse& use : uses) {
    document.push_back({{"id", show_key_id(use.id)},
                        {"seals", use.is_sealing},
                        {"in_keyring", use.is_in_keyring},
                        {"secrets", use.secrets},
                        {"answers", use.answers}});
  }
  out << document.dump(2) << '\n';
}

void show_columns(const std::vector<KeyUse>& uses, std::ostream& out) {
  const auto line = [&](const std::string& id, const std::string& seals, const std::string& kept,
                        const std::string& secrets, const std::string& answers) {
    out << std::left << std::setw(18) << id << std::setw(7) << seals << std::setw(12) << kept << std::right
        << std::setw(7) << secrets << std::setw(9) << answers << '\n';
  };
  line("KEY", "SEALS", "IN KEYRING", "SECRETS", "ANSWERS");
  for (const KeyUse& use : uses) {
    line(show_key_id(use.id), use.is_sealing ? "yes" : "no", use.is_in_keyring ? "yes" : "no",
         std::to_string(use.secrets), std::to_string(use.answers));
  }
}

}  // namespace

int show_keys(const CommandLine& line, std::ostream& out) {
  Beside beside(line.config);
  const auto uses = key_uses(beside.database(), master_keys(line.config, false));
  (line.json ? show_json : show_columns)(uses, out);
  return exit_code::ok;
}

int rotate_keys(const CommandLine& line, std::ostream& out, std::ostream& err) {
  const MasterKeys keys = master_keys(line.config, false);
  Beside beside(line.config);
  const KeyRotation done = rotate_keys(beside.database(), keys, line.give_up);
  out << (done.is_new ? "a new key seals: " : "a rotation that was begun is finished, this key seals: ")
      << show_key_id(done.key) << "\nsealed anew: " << done.resealed << '\n';
  for (const std::string& id : done.retired) {
    out << "retired: " << show_key_id(id)
        << (done.is_file_written ? "\n" : "; take its line out of " + keys.where() + " yourself\n");
  }
  for (const std::string& value : done.unreadable) err << "cannot be opened: " << value << '\n';
  if (done.unreadable.empty()) return exit_code::ok;
  err << "give these again, or run this with --give-up\n";
  return exit_code::configuration;
}

}  // namespace sluice
