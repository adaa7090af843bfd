#pragma once
// The one master key that all daemons of a control database seal with. It is named there, and whoever seals holds the
// name until the end of its transaction, so that a rotation knows when the last use of the key before is over.

#include "core/secret.hpp"

#include <string>
#include <string_view>

namespace sluice {

class Database;
class SecretBox;
class Tx;

/// The parameter to store. Private to storage/*.cpp.
std::string sealed_in(Tx& tx, const SecretBox& box, const Secret& secret, std::string_view place);
/// The id of the sealing key, which is the box's preferred one if none was named before. Private to storage/*.cpp.
std::string hold_sealing_key(Tx& tx, const SecretBox& box);

/// For a daemon that starts: Error{config, "secrets.unknown_key"} when its box does not have the sealing key.
void expect_sealing_key(Database& database, const SecretBox& box);

}  // namespace sluice
