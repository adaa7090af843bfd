// The text of a table file: a catalogue, or a list of what is wrong with it.

#include "connectors/table_loader.hpp"
#include "core/error.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <array>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  const std::array files{EmbeddedFile{"fuzz.json", text_of(data, size)}};
  try {
    const Catalogue catalogue = load_tables(files);
    for (const Table& table : catalogue.tables()) promise(catalogue.find(table.name) == &table, "tables are found");
  } catch (const Error& error) {
    promise(error.code() == "tables.invalid", "the file is to blame");
    promise(!error.problems().empty(), "it says what is wrong");
  }
  return 0;
}
