#include "connectors/rest/position.hpp"

#include "core/error.hpp"
#include "core/time.hpp"

#include <gtest/gtest.h>

namespace sluice {
namespace {

using std::chrono::days;
using std::chrono::hours;

const Time epoch = *parse_iso8601("2026-06-01T00:00:00Z");

TEST(PassPosition, null_was_never_read) { EXPECT_FALSE(parse_pass_position(Json()).has_value()); }

TEST(PassPosition, comes_back_as_it_was_written) {
  PassPosition pass;
  pass.mode = PassMode::incremental;
  pass.ranges = {{KeysetPlace{1, 10, 4}},
                 {NumberedPlace{3, 70, 2}, false, true},
                 {CursorPlace{"e30="}},
                 {TimePlace{epoch, 2, days(1)}},
                 {WholePlace{}, true, false, 70}};
  pass.started_at = epoch;
  pass.since = epoch - hours(1);
  pass.cursor = epoch - hours(2);
  pass.largest_page = 250;
  pass.shortfall = Shortfall{3, true};

  const Json json = to_json(pass);

  EXPECT_EQ(to_json(*parse_pass_position(Json::parse(json.dump()))), json);
}

TEST(PassPosition, between_passes_has_no_ranges) {
  PassPosition pass;
  pass.cursor = epoch;
  pass.largest_page = 17;

  EXPECT_EQ(to_json(pass).dump(), R"({"v":1,"cursor":"2026-06-01T00:00:00Z","largest_page":17})");
}

TEST(PassPosition, refuses_what_it_did_not_write) {
  const char* texts[] = {
      "[]",
      "7",
      R"({"v":2})",
      R"({"v":1,"cursor":"yesterday"})",
      R"({"v":1,"mode":"initial","started_at":"2026-06-01T00:00:00Z","ranges":[]})",
      R"({"v":1,"mode":"often","started_at":"2026-06-01T00:00:00Z","ranges":[{"walk":"whole"}]})",
      R"({"v":1,"mode":"initial","started_at":"2026-06-01T00:00:00Z","ranges":[{"walk":"zigzag"}]})",
      R"({"v":1,"mode":"initial","started_at":"2026-06-01T00:00:00Z","ranges":[{"walk":"pages","page":0}]})",
      R"({"v":1,"mode":"initial","started_at":"2026-06-01T00:00:00Z","ranges":[{"walk":"pages","page":1.5}]})",
      R"({"v":1,"mode":"initial","started_at":"2026-06-01T00:00:00Z","ranges":[{"walk":"pages","page":4294967297}]})",
      R"({"v":1,"largest_page":2e51})",
      R"({"v":1,"largest_page":-1})",
      R"({"v":1,"shortfall":{"settled":true}})",
      R"({"v":1.5})"};
  for (const char* text : texts) {
    try {
      parse_pass_position(Json::parse(text));
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "source.bad_position") << text;
    }
  }
}

}  // namespace
}  // namespace sluice
