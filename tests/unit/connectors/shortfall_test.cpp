// What a list lacked of its own count, and how often it is read again for that.

#include "connectors/rest/shortfall.hpp"

#include "tests/unit/connectors/rest_reader_fixture.hpp"

namespace sluice {
namespace {

TEST(Shortfall, is_settled_once_two_reads_lack_as_many) {
  struct Case {
    const char* name;
    RecordTotal counted;
    std::int64_t shown;
    std::optional<Shortfall> before;
    std::optional<Shortfall> after;
  };
  const Case cases[] = {
      {"all was shown", {60, 60}, 60, std::nullopt, std::nullopt},
      {"some of it twice", {60, 60}, 65, std::nullopt, std::nullopt},
      {"the first time", {60, 60}, 50, std::nullopt, Shortfall{10, false}},
      {"as before", {60, 60}, 50, Shortfall{10, false}, Shortfall{10, true}},
      {"as ever", {61, 61}, 51, Shortfall{10, true}, Shortfall{10, true}},
      {"another read found some", {60, 60}, 55, Shortfall{10, false}, Shortfall{5, false}},
      {"another read found all", {60, 60}, 60, Shortfall{10, false}, std::nullopt},
      {"more than this source always lacks", {60, 60}, 40, Shortfall{10, true}, Shortfall{20, false}},
      {"a list that grew is held to what it had", {60, 70}, 60, std::nullopt, std::nullopt},
      {"a list that grew and lacks some", {60, 70}, 58, std::nullopt, Shortfall{2, false}},
  };
  for (const Case& each : cases)
    EXPECT_EQ(compare_counts(each.counted, each.shown, each.before), each.after) << each.name;
}

/// A store that counts its orders, and ends its list early while it lies.
class Rereads : public RestReaderTest {
 protected:
  Rereads() : table_(orders()) { table_.count_path = "/v2/orders/count"; }

  /// One pass; what it was, and how many records it showed.
  std::string read(std::int64_t counted) {
    const auto list = reader(table_, position_, [&](const HttpRequest& request) {
      if (request.target.find("/count") != std::string::npos)
        return json_response(R"({"count":)" + std::to_string(counted) + "}");
      return shown_.answer(request);
    });
    const Json begun = run(list->begin());
    const auto records = read_all(*list, begun);
    run(list->total());
    position_ = list->finish();
    return begun["mode"].get<std::string>() + " " + std::to_string(records);
  }

  Table table_;
  Store shown_{100};
  Json position_;
};

TEST_F(Rereads, bring_what_a_false_end_hid) {
  EXPECT_EQ(read(120), "initial 100");
  EXPECT_EQ(position_["shortfall"], (Json{{"records", 20}, {"settled", false}}));

  shown_ = Store(120);
  EXPECT_EQ(read(120), "reread 120");
  EXPECT_FALSE(position_.contains("shortfall"));
  EXPECT_EQ(read(120), "incremental 0");
}

TEST_F(Rereads, are_not_for_ever_where_the_source_counts_more_than_it_shows) {
  EXPECT_EQ(read(101), "initial 100");
  EXPECT_EQ(read(101), "reread 100");
  EXPECT_EQ(position_["shortfall"], (Json{{"records", 1}, {"settled", true}}));
  EXPECT_EQ(read(101), "incremental 0");
  EXPECT_EQ(position_["shortfall"], (Json{{"records", 1}, {"settled", true}}));
}

TEST_F(Rereads, are_not_repeated_where_the_source_has_ceased_to_count) {
  EXPECT_EQ(read(120), "initial 100");
  table_.count_path.clear();
  EXPECT_EQ(read(120), "reread 100");
  EXPECT_EQ(read(120), "incremental 0");
}

TEST_F(Rereads, go_on_where_they_were_interrupted) {
  read(120);
  shown_ = Store(120);
  const auto first = reader(table_, position_, shown_);
  Json half = run(first->begin());
  half["ranges"][0] = run(first->next(0))->range_position;
  half["total"] = 120;
  position_ = half;

  EXPECT_EQ(read(120), "reread 70");
  EXPECT_FALSE(position_.contains("shortfall")) << "the first half counts";
}

/// Nothing is gone because of an answer of a source that is known to hide things.
TEST_F(Rereads, show_nothing_that_is_gone_and_believe_no_end_at_once) {
  read(120);
  const auto list = reader(table_, position_, shown_);
  const Json begun = run(list->begin());
  read_all(*list, begun);

  EXPECT_FALSE(list->shows_everything());
  const auto asked = targets();
  EXPECT_EQ(std::ranges::count(asked, asked.back()), 7);
}

}  // namespace
}  // namespace sluice
