#pragma once
// What a destination's failures mean to us and what a person can do about them. Pure.

#include "core/error.hpp"

#include <string>
#include <string_view>

namespace sluice {

/// Who was connected to what; for the remedies.
struct PgParty {
  std::string database;
  std::string user;
};

/// A statement that the server refused. `was_cancelled`: we asked for that.
Error statement_failure(std::string_view sqlstate, std::string_view message, const PgParty& party, bool was_cancelled);
/// A connection that was not made. `message` is libpq's, with verbose errors, so that it may show a SQLSTATE.
Error connect_failure(std::string_view message, bool needs_password, const PgParty& party);
/// The SQLSTATE in a verbose message of libpq ("FATAL:  28P01: …", in whatever language), "" without one.
std::string_view sqlstate_in(std::string_view message);

}  // namespace sluice
