#include "server/state_places.hpp"

namespace sluice {

EmbeddedPostgresSettings embedded_postgres_settings(const Config& config) {
  EmbeddedPostgresSettings settings;
  settings.directory = config.path("data.directory") / "postgres";
  settings.user = config.text("postgres.user");
  settings.binaries = config.path("postgres.binaries").string();
  return settings;
}

MasterKeys master_keys(const Config& config, bool may_create) {
  MasterKeys keys;
  if (!config.is_set("secrets.master_key")) {
    keys.file = config.path("data.directory") / "master.key";
    keys.may_create = may_create;
  } else if (const auto file = config.secret_file("secrets.master_key"); !file.empty()) {
    keys.file = file;
  } else {
    keys.given = config.secret("secrets.master_key");
  }
  return keys;
}

}  // namespace sluice
