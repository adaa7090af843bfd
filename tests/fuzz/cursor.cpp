// Cursors of listings: only what was made for the same list is taken.

#include "api/cursor.hpp"
#include "tests/fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  const std::string_view text = text_of(data, size);
  if (const auto after = api::decode_cursor("jobs", text)) {
    promise(!after->empty(), "a cursor stands somewhere");
    promise(api::encode_cursor("jobs", *after) == text, "one place has one cursor");
    promise(!api::decode_cursor("runs", text), "a cursor fits its own list only");
  }
  if (!text.empty() && size < 512 && text.find('\0') == std::string_view::npos) {
    promise(api::decode_cursor("jobs", api::encode_cursor("jobs", text)) == text, "a cursor reads as written");
  }
  return 0;
}
