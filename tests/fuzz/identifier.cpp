// Names that become SQL.

#include "storage/identifier.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  const auto name = Identifier::parse(text_of(data, size));
  const auto schema = Identifier::parse_schema(text_of(data, size));
  promise(!schema || (name && *schema == *name), "a schema is an identifier");
  if (!name) return 0;
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  promise(std::ranges::all_of(name->str(), plain), "nothing in it needs quotes");
  promise(!name->str().empty() && name->str().size() <= identifier_limit, "it has PostgreSQL's length");
  promise(Identifier::parse(name->str()) == name, "it is itself again");
  if (schema) promise(!schema->str().starts_with("pg_") && schema->str() != "_sluice", "not a schema of others");
  return 0;
}
