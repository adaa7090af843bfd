#include "storage/secret_rows.hpp"

#include "storage/sealing.hpp"
#include "storage/tx.hpp"

namespace sluice {
namespace {

constexpr const char* read_secret = "select version, sealed from sluice.secrets where owner = $1 and name = $2";

constexpr const char* read_version = "select version from sluice.secrets where owner = $1 and name = $2";

constexpr const char* write_secret = R"(
insert into sluice.secrets (owner, name, version, sealed, reference)
values ($1, $2, $3::bigint, $4::bytea, $5::jsonb)
on conflict (owner, name) do update
set version = excluded.version, sealed = excluded.sealed, reference = excluded.reference, updated_at = now())";

constexpr const char* read_reference = "select reference from sluice.secrets where owner = $1 and name = $2";

constexpr const char* delete_secrets = "delete from sluice.secrets where owner = $1";

}  // namespace

std::string secret_place(const std::string& owner, const std::string& name, std::int64_t version) {
  return "secrets|sealed|" + owner + "|" + name + "|" + std::to_string(version);
}

void keep_secret(Tx& tx, const SecretBox& box, const std::string& owner, const std::string& name, const Secret& secret,
                 const Json& reference) {
  const auto before = tx.exec(read_secret, owner, name);
  const std::int64_t version = before.empty() ? 1 : before[0][0].as<std::int64_t>() + 1;
  tx.exec(write_secret, owner, name, version, sealed_in(tx, box, secret, secret_place(owner, name, version)),
          reference);
}

std::optional<Secret> kept_secret(Tx& tx, const SecretBox& box, const std::string& owner, const std::string& name) {
  const auto rows = tx.exec(read_secret, owner, name);
  if (rows.empty()) return std::nullopt;
  return box.open(bytes_of(rows[0]["sealed"]), secret_place(owner, name, rows[0]["version"].as<std::int64_t>()));
}

std::int64_t kept_version(Tx& tx, const std::string& owner, const std::string& name) {
  const auto rows = tx.exec(read_version, owner, name);
  return rows.empty() ? 0 : rows[0][0].as<std::int64_t>();
}

Json kept_reference(Tx& tx, const std::string& owner, const std::string& name) {
  const auto rows = tx.exec(read_reference, owner, name);
  return rows.empty() ? Json(nullptr) : json_of(rows[0][0]);
}

void forget_secrets(Tx& tx, const std::string& owner) { tx.exec(delete_secrets, owner); }

}  // namespace sluice
