#include "storage/idempotency_keys.hpp"

#include "storage/sealing.hpp"
#include "storage/tx.hpp"

#include <sodium.h>

namespace sluice {
namespace {

constexpr const char* forget_old_ones = R"(
delete from sluice.idempotency_keys where claimed_at < now() - interval '24 hours')";

constexpr const char* insert_claim = R"(
insert into sluice.idempotency_keys (token_id, key, method, target, body_hash)
values ($1, $2, $3, $4, $5::bytea)
on conflict do nothing
returning claimed_at)";

constexpr const char* find_claim = R"(
select method = $3 and target = $4 and body_hash = $5::bytea as is_same, status, headers, sealed_body,
       claimed_at < now() - interval '5 minutes' as is_abandoned
from sluice.idempotency_keys
where token_id = $1 and key = $2
for update)";

constexpr const char* take_over_claim = R"(
update sluice.idempotency_keys set claimed_at = now() where token_id = $1 and key = $2 returning claimed_at)";

constexpr const char* store_answer = R"(
update sluice.idempotency_keys
set status = $4::integer, headers = $5::jsonb, sealed_body = $6::bytea
where token_id = $1 and key = $2 and claimed_at = $3::timestamptz and status is null)";

constexpr const char* delete_claim = R"(
delete from sluice.idempotency_keys
where token_id = $1 and key = $2 and claimed_at = $3::timestamptz and status is null)";

std::string hash_of(const std::string& body) {
  std::string hash(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(hash.data()), reinterpret_cast<const unsigned char*>(body.data()),
                     body.size());
  return hash;
}

std::string place_of(const KeyedRequest& request) { return answer_place(request.token.str(), request.key); }

HttpResponse read_answer(const pqxx::row& row, const SecretBox& box, const std::string& place) {
  HttpResponse answer;
  answer.status = row["status"].as<int>();
  for (const Json& header : json_of(row["headers"]))
    answer.headers.add(header.at(0).get<std::string>(), header.at(1).get<std::string>());
  answer.body = box.open(bytes_of(row["sealed_body"]), place).reveal();
  return answer;
}

}  // namespace

std::string answer_place(const std::string& token, const std::string& key) {
  return "idempotency_keys|sealed_body|" + token + "|" + key;
}

IdempotencyKeys::IdempotencyKeys(Database& database, const SecretBox& box) : database_(database), box_(box) {}

IdempotencyKeys::Claim IdempotencyKeys::claim(const KeyedRequest& request) {
  const std::string hash = bytea_text(hash_of(request.body));
  return in_transaction(database_, [&](Tx& tx) -> Claim {
    tx.exec(forget_old_ones);
    const auto inserted = tx.exec(insert_claim, request.token, request.key, request.method, request.target, hash);
    if (!inserted.empty()) return {Standing::claimed, time_of(inserted[0][0]), {}};
    const auto found = tx.exec(find_claim, request.token, request.key, request.method, request.target, hash);
    // Its first request was released in this very moment, and may be about to be repeated.
    if (found.empty()) return {Standing::running, {}, {}};
    if (!found[0]["is_same"].as<bool>()) return {Standing::other, {}, {}};
    if (!found[0]["status"].is_null()) return {Standing::answered, {}, read_answer(found[0], box_, place_of(request))};
    if (!found[0]["is_abandoned"].as<bool>()) return {Standing::running, {}, {}};
    return {Standing::claimed, time_of(tx.exec(take_over_claim, request.token, request.key)[0][0]), {}};
  });
}

void IdempotencyKeys::keep(const KeyedRequest& request, const Claim& claim, const HttpResponse& answer) {
  Json headers = Json::array();
  for (const auto& [name, value] : answer.headers) headers.push_back({name, value});
  in_transaction(database_, [&](Tx& tx) {
    const std::string sealed = sealed_in(tx, box_, Secret(answer.body), place_of(request));
    tx.exec(store_answer, request.token, request.key, claim.at, answer.status, headers, sealed);
  });
}

void IdempotencyKeys::release(const KeyedRequest& request, const Claim& claim) {
  in_transaction(database_, [&](Tx& tx) { tx.exec(delete_claim, request.token, request.key, claim.at); });
}

}  // namespace sluice
