#include "storage/destination/pg_errors.hpp"

#include "core/log.hpp"
#include "storage/tx.hpp"

#include <algorithm>
#include <array>

namespace sluice {
namespace {

struct Remedy {
  std::string_view sqlstate;  // or its first characters
  ErrorKind kind;
  std::string_view code;
  std::string_view text;  // {user} and {database} stand for themselves
};

/// What needs more than the general meaning of a SQLSTATE. The first that fits decides.
constexpr std::array remedies{
    Remedy{"28", ErrorKind::config, "destination.auth_failed",
           "check user and password of the destination, and that pg_hba.conf of the server lets \"{user}\" in"},
    Remedy{"3D000", ErrorKind::config, "destination.no_database",
           "create the database \"{database}\" or correct the destination's database name"},
    Remedy{"53100", ErrorKind::transient, "destination.disk_full",
           "the disk of the destination is full; free some space, the load goes on by itself"},
    Remedy{"42501", ErrorKind::config, "destination.no_create_right",
           "grant create, temporary on database \"{database}\" to \"{user}\"; or create the schemas yourself (_sluice "
           "and the integration's) and grant usage, create on them"},
    Remedy{"2BP01", ErrorKind::config, "destination.depended_on",
           "something else at the destination depends on the table; drop that first"},
    Remedy{"0A000", ErrorKind::config, "destination.unsupported", "the destination must be PostgreSQL 13 or later"},
    Remedy{"25006", ErrorKind::config, "destination.read_only",
           "the destination does not take writes; name the primary server, not a standby"},
};

constexpr std::array<std::string_view, 3> tls_words{"SSL", "certificate", "TLS"};
/// A server that goes away in the middle of a handshake says nothing about certificates.
constexpr std::array<std::string_view, 2> loss_words{"SSL SYSCALL error",
                                                     "SSL connection has been closed unexpectedly"};

std::string filled(std::string_view text, const PgParty& party) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text.substr(at).starts_with("{user}")) {
      out += party.user;
      at += 6;
    } else if (text.substr(at).starts_with("{database}")) {
      out += party.database;
      at += 10;
    } else {
      out += text[at++];
    }
  }
  return out;
}

/// The server's own sentence out of a verbose message: one line, without the word and the code before it.
std::string_view sentence_of(std::string_view message) {
  const std::string_view sqlstate = sqlstate_in(message);
  if (!sqlstate.empty()) message.remove_prefix(static_cast<std::size_t>(sqlstate.data() - message.data()) + 7);
  return message.substr(0, message.find('\n'));
}

}  // namespace

std::string_view sqlstate_in(std::string_view message) {
  constexpr std::size_t length = 5;
  for (std::size_t at = message.find(":  "); at != std::string_view::npos; at = message.find(":  ", at + 1)) {
    const std::string_view code = message.substr(at + 3, length);
    const bool is_code = code.size() == length && std::all_of(code.begin(), code.end(), [](char c) {
                           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
                         });
    if (is_code && message.substr(at + 3 + length).starts_with(": ")) return code;
  }
  return {};
}

Error statement_failure(std::string_view sqlstate, std::string_view message, const PgParty& party, bool was_cancelled) {
  const std::string text = quote_outside_text(scrub(sentence_of(message)));
  if (sqlstate.starts_with("57014") && was_cancelled) {
    return {ErrorKind::cancelled, "destination.cancelled", "the statement was cancelled"};
  }
  if (sqlstate.empty()) {
    return {ErrorKind::transient, "destination.unreachable", "the connection to the destination was lost: " + text};
  }
  for (const Remedy& remedy : remedies) {
    if (!sqlstate.starts_with(remedy.sqlstate)) continue;
    return {remedy.kind, std::string(remedy.code), text + ": " + filled(remedy.text, party)};
  }
  return classify_sqlstate(sqlstate, sentence_of(message), "destination");
}

Error connect_failure(std::string_view message, bool needs_password, const PgParty& party) {
  const std::string_view sqlstate = sqlstate_in(message);
  if (!sqlstate.empty()) return statement_failure(sqlstate, message, party, false);
  const std::string text = quote_outside_text(scrub(message));
  if (needs_password) return statement_failure("28P01", "the server asks for a password", party, false);
  const auto is_in_message = [message](std::string_view word) { return message.find(word) != std::string_view::npos; };
  if (std::any_of(tls_words.begin(), tls_words.end(), is_in_message) &&
      std::none_of(loss_words.begin(), loss_words.end(), is_in_message)) {
    return {ErrorKind::config, "destination.tls_failed",
            text +
                ": the server's certificate must be valid now, name the destination's host, be signed by an authority "
                "in sslrootcert and have a strong key (RSA of 2048 bits), and the server must speak TLS 1.2; check "
                "these and the destination's sslmode"};
  }
  if (is_in_message("session is read-only")) {
    return {ErrorKind::transient, "destination.read_only",
            text + ": this server is a standby; one of the destination's hosts must be the primary"};
  }
  return {ErrorKind::transient, "destination.unreachable",
          text + ": check host and port of the destination, and that a firewall lets us through"};
}

}  // namespace sluice
