#pragma once
// Reading and locking rows of sluice.integrations. Private to storage/*.cpp.

#include "storage/model.hpp"

#include <pqxx/row>

#include <optional>
#include <string>

namespace sluice {

class Tx;

/// A select of everything `read_integration` wants, from `sluice.integrations i`, with this behind it.
std::string select_integrations(const std::string& conditions);
Integration read_integration(const pqxx::row& row);
/// Error{missing, "integration.unknown"} when there is none, or it is deleted.
Integration get_integration(Tx& tx, const IntegrationId& id);
/// The same, with the row locked until the transaction ends: changes of one integration stand in line.
Integration lock_integration(Tx& tx, const IntegrationId& id);
/// Error{conflict, "integration.deleting"}, or "integration.changed" when another generation was expected.
void check_may_change(const Integration& integration, const std::optional<std::int64_t>& expected);
Error unknown_integration();

}  // namespace sluice
