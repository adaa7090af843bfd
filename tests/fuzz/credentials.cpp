// The credentials file and the store's hash, as people paste them.

#include "connectors/bigcommerce/credentials.hpp"
#include "connectors/bigcommerce/credentials_file.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  const std::string_view text = text_of(data, size);
  const CredentialsFile file = read_credentials_file(text);
  for (const auto& value : {file.access_token, file.client_id, file.api_path}) {
    if (value) promise(text.find(*value) != std::string_view::npos, "what is read stands in the file");
  }
  const auto hash = parse_store_hash(text, "https://api.bigcommerce.com");
  // It becomes part of every path.
  if (hash) {
    promise(!hash->empty() &&
                std::ranges::all_of(*hash, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }),
            "a hash is letters and digits");
  }
  return 0;
}
