#pragma once
// BigCommerce's tables, from the files in tables/ that are compiled into the binary.

#include "connectors/catalogue.hpp"

namespace sluice {

/// Read and checked at the first call; throws what load_tables throws. Thread-safe.
const Catalogue& bigcommerce_tables();

}  // namespace sluice
