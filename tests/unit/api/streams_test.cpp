#include "api/server_events.hpp"
#include "api/stream_slots.hpp"
#include "core/error.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace sluice::api {
namespace {

struct Framed {
  const char* name;
  const char* id;
  std::string data;
  std::string text;
};

class ServerEvents : public testing::TestWithParam<Framed> {};

TEST_P(ServerEvents, are_framed) { EXPECT_EQ(server_event("log", GetParam().id, GetParam().data), GetParam().text); }

INSTANTIATE_TEST_SUITE_P(
    Table, ServerEvents,
    testing::Values(Framed{"usual", "7", "{}", "id: 7\nevent: log\ndata: {}\n\n"},
                    Framed{"no_id", "", "x", "event: log\ndata: x\n\n"},
                    Framed{"no_data", "7", "", "id: 7\nevent: log\ndata: \n\n"},
                    Framed{"lines", "7", "a\nb\r\nc\rd", "id: 7\nevent: log\ndata: a\ndata: b\ndata: c\ndata: d\n\n"},
                    Framed{"line_at_the_end", "7", "a\n", "id: 7\nevent: log\ndata: a\ndata: \n\n"},
                    Framed{"break_in_id", "7\nevent: x", "a", "id: 7event: x\nevent: log\ndata: a\n\n"},
                    Framed{"field_in_data", "7", "a\nid: 9", "id: 7\nevent: log\ndata: a\ndata: id: 9\n\n"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(ServerEvents, have_comments_that_stay_comments) {
  EXPECT_EQ(server_comment("still\n\ndata: there"), ": stilldata: there\n\n");
  EXPECT_EQ(server_retry(2000), "retry: 2000\n\n");
}

TEST(ServerEvents, give_readers_positions_to_come_back_with) {
  constexpr std::int64_t last = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t position : {std::int64_t{0}, std::int64_t{7}, last}) {
    EXPECT_EQ(position_of(std::to_string(position)), position);
  }
  EXPECT_EQ(position_of("007"), 7);
  for (const std::string& text : {std::string(), std::string("-1"), std::string("-0"), std::string("+1"),
                                  std::string(" 1"), std::string("1 "), std::string("1\n"), std::string("1\0", 2),
                                  std::string("0x1"), std::string("1e3"), std::string("9223372036854775808")}) {
    EXPECT_EQ(position_of(text), std::nullopt) << testing::PrintToString(text);
  }
}

/// "" or the code of the refusal.
std::string refused(StreamSlots& slots, const std::string& token) {
  try {
    slots.take(token);
    return "";
  } catch (const Error& error) {
    return error.code();
  }
}

TEST(StreamSlots, are_counted_per_token_and_in_all) {
  StreamSlots slots({3, 2});
  auto a = slots.take("a");
  const auto b = slots.take("a");

  EXPECT_EQ(refused(slots, "a"), "request.too_many_streams");
  const auto c = slots.take("b");
  EXPECT_EQ(refused(slots, "c"), "request.too_many_streams") << "in all";
  a.reset();
  EXPECT_EQ(refused(slots, "a"), "");
}

TEST(StreamSlots, may_go_before_what_they_gave) {
  auto slots = std::make_unique<StreamSlots>(StreamLimits{1, 1});
  const auto slot = slots->take("a");

  slots.reset();
}

}  // namespace
}  // namespace sluice::api
