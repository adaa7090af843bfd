#include "storage/key_rotation.hpp"

#include "storage/idempotency_keys.hpp"
#include "storage/sealing.hpp"
#include "storage/secret_rows.hpp"
#include "storage/secrets.hpp"
#include "storage/tx.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace sluice {
namespace {

constexpr int most_attempts = 6;
constexpr const char* batch_size = "100";

constexpr const char* count_uses = R"(
select key_id, sum(secrets) as secrets, sum(answers) as answers
from (
  select sluice.key_id_of(sealed) as key_id, 1 as secrets, 0 as answers from sluice.secrets
  union all
  select sluice.key_id_of(sealed_body), 0, 1 from sluice.idempotency_keys where sealed_body is not null
) as sealed_values
group by key_id
order by key_id)";

// However the server is set: a key that is out of the file must not be needed again.
constexpr const char* outlast_crashes = "set local synchronous_commit = on";

// Waits for all who hold the one before.
constexpr const char* name_key = R"(
update sluice.sealing_key set key_id = $2::bytea, since = now() where key_id = $1::bytea)";

/// Where sealed values are. The columns of `list` are two of a key, the value, and what else belongs to its place.
struct SealedTable {
  const char* list;
  const char* update;
  std::string (*place)(const pqxx::row& row);
  std::string (*name)(const pqxx::row& row);
};

constexpr const char* list_secrets = R"(
select owner, name, sealed, version
from sluice.secrets
where sluice.key_id_of(sealed) <> $1::bytea and (owner, name) > ($2, $3)
order by owner, name
limit $4::bigint
for update)";

constexpr const char* update_secret = "update sluice.secrets set sealed = $3::bytea where owner = $1 and name = $2";

constexpr const char* list_answers = R"(
select token_id, key, sealed_body
from sluice.idempotency_keys
where sealed_body is not null and sluice.key_id_of(sealed_body) <> $1::bytea
  and (token_id, key collate "C") > ($2 collate "C", $3 collate "C")
order by token_id, key collate "C"
limit $4::bigint
for update)";

constexpr const char* update_answer = R"(
update sluice.idempotency_keys set sealed_body = $3::bytea where token_id = $1 and key = $2)";

const SealedTable sealed_tables[] = {
    {list_secrets, update_secret,
     [](const pqxx::row& row) { return secret_place(text_of(row[0]), text_of(row[1]), row[3].as<std::int64_t>()); },
     [](const pqxx::row& row) { return text_of(row[1]) + " of " + text_of(row[0]); }},
    {list_answers, update_answer, [](const pqxx::row& row) { return answer_place(text_of(row[0]), text_of(row[1])); },
     [](const pqxx::row& row) { return "an answer to " + text_of(row[0]) + ", kept for a day"; }},
};

class Rotation {
 public:
  Rotation(Database& database, const MasterKeys& keys, bool give_up)
      : database_(database), keys_(keys), lock_(keys), give_up_(give_up) {}

  KeyRotation run() {
    Keyring keyring = keys_.load();
    const std::string before = sealing_key();
    if (keyring.find(before) == nullptr && !give_up_) throw lost(before);
    // More than one line, or another than the one that seals in front: begun by somebody, who was killed or has put
    // the line there himself.
    if (keyring.keys().size() == 1 && keyring.first().id == before) keyring = with_new_key(keyring);
    report_.key = keyring.first().id;
    name(before, report_.key);
    for (const SealedTable& table : sealed_tables) reseal(table);
    retire();
    return std::move(report_);
  }

 private:
  std::string sealing_key() {
    const SecretBox box(keys_);
    return in_transaction(database_, [&](Tx& tx) { return hold_sealing_key(tx, box); });
  }

  Error lost(const std::string& id) const {
    return {ErrorKind::config, "secrets.unknown_key",
            "the control database seals with the master key " + show_key_id(id) + ", which is not in " + keys_.where() +
                ": put its line back there. If it is lost, --give-up goes on without it, and what it "
                "sealed must be given again"};
  }

  Keyring with_new_key(const Keyring& before) {
    if (keys_.file.empty()) {
      throw Error(ErrorKind::config, "secrets.key_not_ours",
                  "the master key is the text of the setting secrets.master_key, which only you can change: put a line "
                  "with a new key (`openssl rand -base64 32`) in front of it, restart the daemons, and run this again. "
                  "With secrets.master_key_file Sluice does it all");
    }
    Keyring keyring = Keyring::fresh();
    keyring.append(before);
    keys_.replace(keyring);
    report_.is_new = true;
    return keyring;
  }

  /// Those who seal hold the name for moments, but a dry run for as long as it waits for a source.
  void name(const std::string& before, const std::string& now) {
    for (int attempt = 1;; ++attempt) {
      try {
        return in_transaction(database_, [&](Tx& tx) {
          tx.exec(outlast_crashes);
          if (tx.hits(name_key, bytea_text(before), bytea_text(now))) return;
          throw Error(ErrorKind::conflict, "secrets.rotation_running",
                      "somebody else rotates the keys of this control database: wait for them, then run this again");
        });
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::transient || attempt == most_attempts) throw;
      }
    }
  }

  struct Batch {
    bool is_last = false;
    std::pair<std::string, std::string> last;
    std::int64_t resealed = 0;
    std::vector<std::string> unreadable;
  };

  void reseal(const SealedTable& table) {
    const SecretBox box(keys_);
    for (std::pair<std::string, std::string> last;;) {
      Batch batch = in_transaction(database_, [&](Tx& tx) { return reseal_some(tx, box, table, last); });
      report_.resealed += batch.resealed;
      report_.unreadable.insert(report_.unreadable.end(), batch.unreadable.begin(), batch.unreadable.end());
      if (batch.is_last) return;
      last = std::move(batch.last);
    }
  }

  Batch reseal_some(Tx& tx, const SecretBox& box, const SealedTable& table,
                    const std::pair<std::string, std::string>& last) const {
    Batch batch;
    tx.exec(outlast_crashes);
    const auto rows = tx.exec(table.list, bytea_text(report_.key), last.first, last.second, batch_size);
    for (const auto& row : rows) {
      batch.last = {text_of(row[0]), text_of(row[1])};
      const std::string place = table.place(row);
      std::optional<Secret> secret;
      try {
        secret = box.open(bytes_of(row[2]), place);
      } catch (const Error& error) {
        if (error.code() != "secrets.cannot_open") throw;
        batch.unreadable.push_back(table.name(row) + ": " + error.message());
        continue;
      }
      tx.exec(table.update, row[0].c_str(), row[1].c_str(), bytea_text(box.seal(*secret, place, report_.key)));
      ++batch.resealed;
    }
    batch.is_last = rows.empty();
    return batch;
  }

  /// Looks at what is there rather than trusts what was done.
  void retire() {
    Keyring keyring = keys_.load();
    for (const KeyUse& use : key_uses(database_, keys_)) {
      const bool is_used = use.is_sealing || (use.secrets + use.answers > 0 && !give_up_);
      if (!use.is_in_keyring || is_used) continue;
      keyring.remove(use.id);
      report_.retired.push_back(use.id);
    }
    if (report_.retired.empty()) return;
    report_.is_file_written = !keys_.file.empty();
    if (!report_.is_file_written) return;
    try {
      keys_.replace(keyring);
    } catch (const Error& error) {
      // Of a file that somebody else put there, such as a mounted one: nothing depends on the old line any more.
      if (error.code() != "secrets.key_file_not_written") throw;
      report_.is_file_written = false;
    }
  }

  Database& database_;
  const MasterKeys& keys_;
  const MasterKeysLock lock_;
  const bool give_up_;
  KeyRotation report_;
};

}  // namespace

std::vector<KeyUse> key_uses(Database& database, const MasterKeys& keys) {
  const Keyring keyring = keys.load();
  const SecretBox box(keys);
  return in_transaction(database, [&](Tx& tx) {
    std::vector<KeyUse> uses;
    const auto use_of = [&](const std::string& id) -> KeyUse& {
      const auto found = std::find_if(uses.begin(), uses.end(), [&](const KeyUse& use) { return use.id == id; });
      if (found != uses.end()) return *found;
      KeyUse use;
      use.id = id;
      use.is_in_keyring = keyring.find(id) != nullptr;
      return uses.emplace_back(std::move(use));
    };
    for (const Keyring::Key& key : keyring.keys()) use_of(key.id);
    use_of(hold_sealing_key(tx, box)).is_sealing = true;
    for (const auto& row : tx.exec(count_uses)) {
      KeyUse& use = use_of(bytes_of(row["key_id"]));
      use.secrets = row["secrets"].as<std::int64_t>();
      use.answers = row["answers"].as<std::int64_t>();
    }
    return uses;
  });
}

KeyRotation rotate_keys(Database& database, const MasterKeys& keys, bool give_up) {
  return Rotation(database, keys, give_up).run();
}

}  // namespace sluice
