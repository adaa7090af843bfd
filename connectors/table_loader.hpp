#pragma once
// JSON text of table files -> Catalogue, with messages that name file, table and member.

#include "connectors/catalogue.hpp"
#include "core/embedded_file.hpp"

#include <span>

namespace sluice {

/// Throws Error{bug, "tables.invalid"} whose problems() list everything that is wrong, not only the first.
Catalogue load_tables(std::span<const EmbeddedFile> files);

}  // namespace sluice
