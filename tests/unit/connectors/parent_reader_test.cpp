// Rows that are asked for parent by parent: which parents, how often, and what goes out.
#include "connectors/rest/parent_reader.hpp"

#include "connectors/rest/parent_record.hpp"
#include "core/error.hpp"
#include "core/http.hpp"
#include "core/time.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/run_to_end.hpp"
#include "tests/support/scripted_http.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

Field field(std::string name, ColumnType type, std::vector<std::string> source = {}) {
  Field out;
  out.name = name;
  out.type = type;
  out.source = source.empty() ? std::vector<std::string>{name} : std::move(source);
  return out;
}

Table orders() {
  Table table;
  table.name = "orders";
  table.path = "/v2/orders";
  table.key = {"id"};
  table.fields = {field("id", ColumnType::bigint), field("date_modified", ColumnType::timestamptz),
                  field("discount", ColumnType::numeric)};
  table.paging.page_size = 250;
  table.increment =
      Increment{"date_modified",         "min_date_modified",    "", DateForm::iso8601, {{"sort", "date_modified:asc"}},
                std::chrono::seconds(1), std::chrono::minutes(5)};
  return table;
}

Table coupons() {
  Table table;
  table.name = "order_coupons";
  table.path = "/v2/orders/{parent}/coupons";
  table.key = {"id"};
  table.fields = {field("id", ColumnType::bigint), field("order_id", ColumnType::bigint, {"^", "id"})};
  table.parent = Parent{};
  table.parent->table = "orders";
  table.parent->link = ParentLink::per_parent;
  table.parent->key_field = "order_id";
  table.parent->when_any = {"discount"};
  table.deletes = DeleteKind::with_parent;
  return table;
}

/// Orders by number with their bodies, and coupons by order; every order that is not there is a 404.
struct Store {
  std::map<int, std::string> orders;
  std::map<int, std::string> coupons;
  int counted = 0;

  HttpResponse answer(const HttpRequest& request) const {
    const auto target = *parse_target(request.target);
    HttpResponse response = answer_at(target.path, target.query);
    response.headers.add("Date", "Thu, 18 Jun 2026 14:00:00 GMT");
    return response;
  }

  HttpResponse answer_at(const std::string& path, const std::vector<std::pair<std::string, std::string>>& query) const {
    if (path.ends_with("/v2/orders")) {
      std::string body;
      const bool is_first = std::ranges::find(query, std::pair<std::string, std::string>("page", "1")) != query.end();
      for (const auto& [id, order] : orders) body += (body.empty() ? "" : ",") + order;
      return is_first ? json_response("[" + body + "]") : json_response("", 204);
    }
    if (path.ends_with("/count")) return json_response(R"({"count":)" + std::to_string(counted) + "}");
    const auto begin = path.find("/orders/") + 8;
    const int id = std::stoi(path.substr(begin));
    if (!orders.contains(id)) return json_response(R"([{"status":404,"message":"not found"}])", 404);
    const auto found = coupons.find(id);
    return found == coupons.end() ? json_response("", 204) : json_response(found->second);
  }
};

class ParentReaderTest : public testing::Test {
 protected:
  std::unique_ptr<ParentReader> reader(const Table& parents, const Table& child, Json position) {
    auto http = std::make_unique<ScriptedHttp>([this](const HttpRequest& request) { return store_.answer(request); });
    http_ = http.get();
    Lane lane{&child, {}};
    for (const Field& it : child.fields) lane.fields.push_back(&it);
    RestRead read{"/stores/abc", "abc", {&parents, {lane}, std::move(position), std::nullopt}};
    return std::make_unique<ParentReader>(std::move(http), std::make_shared<RequestStats>(), pool_, clock_,
                                          std::move(read), 4);
  }

  /// The rows of one pass, and the position behind it.
  std::vector<Page> read_all(ParentReader& rows) {
    std::vector<Page> pages;
    const Json position = run_to_end(io_, clock_, rows.begin());
    for (std::size_t range = 0; range < position["ranges"].size(); ++range) {
      while (auto page = run_to_end(io_, clock_, rows.next(range))) pages.push_back(std::move(*page));
    }
    return pages;
  }

  std::vector<std::string> asked_below_parents() const {
    std::vector<std::string> paths;
    for (const auto& request : http_->requests()) {
      const auto path = parse_target(request.target)->path;
      if (!path.ends_with("/orders")) paths.push_back(path.substr(path.find("/v2")));
    }
    return paths;
  }

  Store store_;
  boost::asio::io_context io_;
  BlockingPool pool_{1};
  ManualClock clock_;
  ScriptedHttp* http_ = nullptr;
};

TEST_F(ParentReaderTest, asks_only_where_a_parent_may_have_rows) {
  store_.orders = {{1, R"({"id":1,"discount":"0.0000"})"}, {2, R"({"id":2,"discount":"5.0000"})"}};
  store_.coupons = {{2, R"([{"id":7},{"id":8}])"}};
  const Table parents = orders();
  const Table child = coupons();
  const auto rows = reader(parents, child, Json());

  const auto pages = read_all(*rows);

  EXPECT_THAT(asked_below_parents(), ElementsAre("/v2/orders/2/coupons"));
  ASSERT_THAT(pages, SizeIs(1));
  EXPECT_EQ(pages[0].batches.at(0).rows.rows(), 2U);
  EXPECT_THAT(pages[0].batches.at(0).parents, ElementsAre(1, 2)) << "an order without coupons loses those it had";
}

TEST_F(ParentReaderTest, takes_a_parent_that_went_meanwhile_for_one_without_rows) {
  store_.orders = {{1, R"({"id":1,"discount":1})"}};
  const Table parents = orders();
  const Table child = coupons();
  const auto rows = reader(parents, child, Json());
  run_to_end(io_, clock_, rows->begin());
  store_.orders.clear();

  const auto page = run_to_end(io_, clock_, rows->next(0));

  ASSERT_TRUE(page);
  EXPECT_EQ(page->batches.at(0).rows.rows(), 0U);
  EXPECT_THAT(page->batches.at(0).parents, ElementsAre(1));
}

TEST_F(ParentReaderTest, leaves_parents_alone_that_changed_long_ago) {
  store_.orders = {{1, R"({"id":1,"discount":1,"date_modified":"2026-06-10T00:00:00Z"})"},
                   {2, R"({"id":2,"discount":1,"date_modified":"2026-06-18T13:00:00Z"})"}};
  const Table parents = orders();
  const Table child = coupons();
  const Json finished{{"v", 1}, {"cursor", "2026-06-18T12:00:00Z"}, {"swept_at", "2026-06-18T12:00:00Z"}};
  const auto rows = reader(parents, child, finished);

  store_.coupons = {{2, R"([{"id":20}])"}};

  read_all(*rows);

  EXPECT_THAT(asked_below_parents(), ElementsAre("/v2/orders/2/coupons"));
}

TEST_F(ParentReaderTest, looks_further_back_from_time_to_time) {
  store_.orders = {{1, R"({"id":1,"discount":1,"date_modified":"2026-06-10T00:00:00Z"})"}};
  const Table parents = orders();
  Table child = coupons();
  child.parent->look_back = std::chrono::hours(24 * 14);
  clock_.advance(std::chrono::duration_cast<Duration>(*parse_iso8601("2026-06-18T14:00:00Z") - clock_.now()));
  const Json just_now{{"v", 1}, {"cursor", "2026-06-18T12:00:00Z"}, {"swept_at", "2026-06-18T12:00:00Z"}};
  const Json yesterday{{"v", 1}, {"cursor", "2026-06-18T12:00:00Z"}, {"swept_at", "2026-06-17T12:00:00Z"}};

  store_.coupons = {{1, R"([{"id":10}])"}};

  const auto now = reader(parents, child, just_now);
  read_all(*now);
  const auto soon = asked_below_parents();
  const auto later = reader(parents, child, yesterday);
  read_all(*later);

  EXPECT_THAT(soon, IsEmpty());
  EXPECT_THAT(asked_below_parents(), ElementsAre("/v2/orders/1/coupons"));
  EXPECT_EQ(later->finish()["swept_at"], "2026-06-18T14:00:00Z");
}

TEST_F(ParentReaderTest, fills_two_places_from_objects_inside_the_parent) {
  store_.orders = {{5, R"({"id":5,"consignments":{"shipping":[{"id":11},{"id":12}]}})"}};
  const Table parents = orders();
  Table quotes = coupons();
  quotes.path = "/v2/orders/{parent}/addresses/{row}/quotes";
  quotes.parent->when_any.clear();
  quotes.parent->rows = {{"consignments", "shipping"}};
  quotes.fields.push_back(field("address_id", ColumnType::bigint, {"~", "id"}));
  const auto rows = reader(parents, quotes, Json());

  read_all(*rows);

  EXPECT_THAT(asked_below_parents(),
              UnorderedElementsAre("/v2/orders/5/addresses/11/quotes", "/v2/orders/5/addresses/12/quotes"));
}

TEST_F(ParentReaderTest, shows_what_is_gone_when_it_asks_under_all) {
  store_.orders = {{1, R"({"id":1,"discount":1})"}};
  const Table parents = orders();
  Table child = coupons();
  child.parent->choice = ParentChoice::all;
  child.deletes = DeleteKind::snapshot;
  const auto rows = reader(parents, child, Json{{"v", 1}, {"cursor", "2026-06-18T12:00:00Z"}});

  read_all(*rows);

  EXPECT_TRUE(rows->shows_everything());
  EXPECT_TRUE(rows->is_complete_pass());
  EXPECT_THAT(asked_below_parents(), SizeIs(2)) << "whenever it changed; its discount speaks against none";
}

/// A busy proxy says that there is nothing; the parent knows better.
TEST_F(ParentReaderTest, doubts_that_there_is_nothing_where_the_parent_promises_rows) {
  store_.orders = {{1, R"({"id":1,"discount":1})"}};
  const Table parents = orders();
  Table child = coupons();
  child.parent->promised_by = {"discount"};
  const auto rows = reader(parents, child, Json());
  run_to_end(io_, clock_, rows->begin());

  const auto page = run_to_end(io_, clock_, rows->next(0));

  EXPECT_EQ(page->batches.at(0).rows.rows(), 0U) << "in the end it is believed";
  EXPECT_THAT(asked_below_parents(), SizeIs(7));
}

/// What is asked for under each parent is missing as a whole where the walk over the parents ends too early.
TEST_F(ParentReaderTest, walks_the_parents_again_where_the_source_counts_more) {
  store_.orders = {{1, R"({"id":1,"discount":1})"}};
  store_.coupons = {{1, R"([{"id":10}])"}, {2, R"([{"id":20}])"}};
  store_.counted = 2;
  Table parents = orders();
  parents.count_path = "/v2/orders/count";
  const Table child = coupons();
  const auto first = reader(parents, child, Json());
  EXPECT_THAT(read_all(*first), SizeIs(1));
  run_to_end(io_, clock_, first->total());
  const Json between = first->finish();

  store_.orders[2] = R"({"id":2,"discount":1})";
  const auto second = reader(parents, child, between);
  const auto pages = read_all(*second);
  run_to_end(io_, clock_, second->total());

  ASSERT_THAT(pages, SizeIs(1));
  EXPECT_EQ(pages[0].batches.at(0).rows.rows(), 2U);
  EXPECT_FALSE(second->finish().contains("shortfall"));
}

TEST_F(ParentReaderTest, does_not_ask_twice_where_nothing_speaks_for_rows) {
  store_.orders = {{1, R"({"id":1})"}, {2, R"({"id":2})"}};
  const Table parents = orders();
  Table child = coupons();
  child.parent->when_any.clear();
  const auto rows = reader(parents, child, Json());

  read_all(*rows);

  EXPECT_THAT(asked_below_parents(), UnorderedElementsAre("/v2/orders/1/coupons", "/v2/orders/2/coupons"));
}

struct Setness {
  const char* json;
  bool is_set;
};
class ParentRecordValue : public testing::TestWithParam<Setness> {};

TEST_P(ParentRecordValue, is_set_or_says_nothing) {
  EXPECT_EQ(is_set(parse_captured(GetParam().json)), GetParam().is_set) << GetParam().json;
}

INSTANTIATE_TEST_SUITE_P(All, ParentRecordValue,
                         testing::Values(Setness{"null", false}, Setness{"", false}, Setness{"0", false},
                                         Setness{"0.0", false}, Setness{"\"0.0000\"", false}, Setness{"\"\"", false},
                                         Setness{"false", false}, Setness{"[]", false}, Setness{"{}", false},
                                         Setness{"1", true}, Setness{"-0.5", true}, Setness{"\"0.0100\"", true},
                                         Setness{"\"x\"", true}, Setness{"true", true}, Setness{"[0]", true}));

}  // namespace
}  // namespace sluice
