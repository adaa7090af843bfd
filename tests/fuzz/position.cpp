// Positions that a checkpoint keeps: what is taken is written again as it was.

#include "connectors/rest/position.hpp"
#include "core/error.hpp"
#include "tests/fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  const Json json = Json::parse(text_of(data, size), nullptr, false);
  if (json.is_discarded()) return 0;
  try {
    const auto pass = parse_pass_position(json);
    if (!pass) return 0;
    const Json written = to_json(*pass);
    promise(to_json(*parse_pass_position(written)) == written, "a position reads as written");
    for (const RangePosition& range : pass->ranges) promise(!describe(range).empty(), "a place has a name");
  } catch (const Error& error) {
    promise(error.code() == "source.bad_position", "the position is to blame");
  }
  return 0;
}
