#include "storage/tokens.hpp"

#include "storage/listing.hpp"
#include "storage/tx.hpp"

#include <sodium.h>

#include <array>

namespace sluice {
namespace {

constexpr std::string_view prefix = "slc_";
constexpr std::size_t random_bytes = 32;
constexpr auto encoding = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
constexpr std::size_t text_size = prefix.size() + (random_bytes * 8 + 5) / 6;

constexpr const char* insert_token = R"(
insert into sluice.tokens (id, name, scope, hash, expires_at)
values ($1, $2, $3, $4::bytea, $5::timestamptz)
returning id, name, scope, created_at, expires_at, revoked_at, last_used_at)";

constexpr const char* find_living = R"(
select id, name, scope, created_at, expires_at, revoked_at, last_used_at,
       last_used_at is null or last_used_at < now() - interval '1 minute' as is_use_news
from sluice.tokens
where hash = $1::bytea and revoked_at is null and (expires_at is null or expires_at > now()))";

constexpr const char* note_use = R"(
update sluice.tokens set last_used_at = now()
where id = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute'))";

constexpr const char* list_tokens = R"(
select id, name, scope, created_at, expires_at, revoked_at, last_used_at
from sluice.tokens
where $1::text is null or id < $1
order by id desc
limit $2::bigint)";

constexpr const char* revoke_token = "update sluice.tokens set revoked_at = coalesce(revoked_at, now()) where id = $1";

constexpr const char* has_any = "select exists (select from sluice.tokens)";

Token read_token(const pqxx::row& row) {
  Token token;
  token.id = TokenId(text_of(row["id"]));
  token.name = text_of(row["name"]);
  parse(text_of(row["scope"]), token.scope);
  token.created_at = time_of(row["created_at"]);
  token.expires_at = optional_time(row["expires_at"]);
  token.revoked_at = optional_time(row["revoked_at"]);
  token.last_used_at = optional_time(row["last_used_at"]);
  return token;
}

Secret make_text() {
  std::array<unsigned char, random_bytes> random{};
  randombytes_buf(random.data(), random.size());
  std::array<char, sodium_base64_ENCODED_LEN(random_bytes, encoding)> encoded{};
  sodium_bin2base64(encoded.data(), encoded.size(), random.data(), random.size(), encoding);
  Secret text(std::string(prefix) + encoded.data());
  sodium_memzero(random.data(), random.size());
  sodium_memzero(encoded.data(), encoded.size());
  return text;
}

/// 256 random bits cannot be guessed from a fast hash, and the lookup by it leaks nothing of the token by its time.
std::string hash_of(const Secret& text) {
  std::string hash(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(hash.data()),
                     reinterpret_cast<const unsigned char*>(text.reveal().data()), text.reveal().size());
  return hash;
}

}  // namespace

Tokens::Tokens(Database& database) : database_(database) {
  if (sodium_init() < 0) throw Error(ErrorKind::bug, "tokens.no_randomness", "libsodium does not start");
}

NewToken Tokens::create(const std::string& name, TokenScope scope, std::optional<Time> expires_at) {
  Secret text = make_text();
  const auto id = TokenId::make(SystemClock().now());
  Token token = in_transaction(database_, [&](Tx& tx) {
    return read_token(tx.exec(insert_token, id, name, scope, bytea_text(hash_of(text)), expires_at)[0]);
  });
  return {std::move(token), std::move(text)};
}

std::optional<Token> Tokens::authenticate(const Secret& presented) {
  if (presented.reveal().size() != text_size || !presented.reveal().starts_with(prefix)) return std::nullopt;
  return in_transaction(database_, [&](Tx& tx) -> std::optional<Token> {
    const auto rows = tx.exec(find_living, bytea_text(hash_of(presented)));
    if (rows.empty()) return std::nullopt;
    Token token = read_token(rows[0]);
    if (rows[0]["is_use_news"].as<bool>()) tx.exec(note_use, token.id);
    return token;
  });
}

Listing<Token> Tokens::list(const PageRequest& page) {
  return in_transaction(database_, [&](Tx& tx) {
    const auto rows = tx.exec(list_tokens, page.after, rows_to_ask(page));
    return listing_of<Token>(rows, page, read_token, [](const Token& last) { return last.id.str(); });
  });
}

bool Tokens::revoke(const TokenId& id) {
  return in_transaction(database_, [&](Tx& tx) { return tx.hits(revoke_token, id); });
}

bool Tokens::any() {
  return in_transaction(database_, [](Tx& tx) { return tx.exec(has_any)[0][0].as<bool>(); });
}

}  // namespace sluice
