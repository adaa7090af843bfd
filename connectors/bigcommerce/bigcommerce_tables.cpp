#include "connectors/bigcommerce/bigcommerce_tables.hpp"

#include "connectors/table_loader.hpp"

namespace sluice {

extern const std::span<const EmbeddedFile> bigcommerce_table_files;

const Catalogue& bigcommerce_tables() {
  static const Catalogue catalogue = load_tables(bigcommerce_table_files);
  return catalogue;
}

}  // namespace sluice
