#include "storage/sealing.hpp"

#include "storage/secrets.hpp"
#include "storage/tx.hpp"

namespace sluice {
namespace {

constexpr const char* hold_key = "select key_id from sluice.sealing_key for share";
// Secrets older than the name tell it, lest the first daemon that comes with a wrong key makes that everybody's.
constexpr const char* name_first_key = R"(
insert into sluice.sealing_key (key_id)
select coalesce((select sluice.key_id_of(sealed) from sluice.secrets order by updated_at desc limit 1), $1::bytea)
on conflict do nothing)";

}  // namespace

std::string hold_sealing_key(Tx& tx, const SecretBox& box) {
  const auto named = tx.exec(hold_key);
  if (!named.empty()) return bytes_of(named[0][0]);
  tx.exec(name_first_key, bytea_text(box.preferred_key()));
  return bytes_of(tx.exec(hold_key)[0][0]);
}

std::string sealed_in(Tx& tx, const SecretBox& box, const Secret& secret, std::string_view place) {
  return bytea_text(box.seal(secret, place, hold_sealing_key(tx, box)));
}

void expect_sealing_key(Database& database, const SecretBox& box) {
  box.expect_key(in_transaction(database, [&](Tx& tx) { return hold_sealing_key(tx, box); }));
}

}  // namespace sluice
