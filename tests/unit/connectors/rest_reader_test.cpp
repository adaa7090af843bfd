#include "connectors/rest/rest_reader.hpp"

#include "core/error.hpp"
#include "core/http.hpp"
#include "core/time.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/run_to_end.hpp"
#include "tests/support/scripted_http.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>

namespace sluice {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// What the source's clock says; ours stands at 2026-01-01.
constexpr std::string_view served_at = "Thu, 18 Jun 2026 14:00:00 GMT";

Field field(std::string name, ColumnType type) {
  Field out;
  out.name = name;
  out.type = type;
  out.source = {name};
  return out;
}

Table orders() {
  Table table;
  table.name = "orders";
  table.path = "/v2/orders";
  table.query = {{"include", "fees"}};
  table.key = {"id"};
  table.fields = {field("id", ColumnType::bigint), field("date_modified", ColumnType::timestamptz)};
  table.paging.kind = PagingKind::keyset;
  table.paging.page_size = 50;
  table.paging.key_field = "id";
  table.paging.from_parameter = "min_id";
  table.paging.to_parameter = "max_id";
  table.paging.ascending = {{"sort", "id:asc"}};
  table.paging.descending = {{"sort", "id:desc"}};
  table.increment =
      Increment{"date_modified", "min_date_modified", "", DateForm::rfc2822, {{"sort", "date_modified:asc"}},
                seconds(1),      minutes(5)};
  table.scopes = {"store_v2_orders_read_only"};
  return table;
}

Table items() {
  Table table;
  table.name = "order_items";
  table.key = {"id"};
  table.fields = {field("id", ColumnType::bigint)};
  table.parent = Parent{};
  table.parent->table = "orders";
  table.parent->include = {{"include", "consignments.line_items"}, {"consignment_structure", "object"}};
  table.parent->rows = {{"items"}};
  return table;
}

Table statuses() {
  Table table;
  table.name = "order_statuses";
  table.path = "/v2/order_statuses";
  table.key = {"id"};
  table.fields = {field("id", ColumnType::bigint)};
  table.paging.kind = PagingKind::single;
  return table;
}

/// A store with `orders` orders, ids 1.., one changed per second.
class Store {
 public:
  explicit Store(std::int64_t orders) : orders_(orders) {}

  HttpResponse answer(const HttpRequest& request) {
    const auto target = *parse_target(request.target);
    std::map<std::string, std::string> query(target.query.begin(), target.query.end());
    const Time begin = *parse_iso8601("2026-06-01T00:00:00Z");
    std::int64_t from = query.contains("min_id") ? std::stoll(query["min_id"]) : 1;
    const std::int64_t to = query.contains("max_id") ? std::stoll(query["max_id"]) : orders_;
    if (query.contains("min_date_modified")) {
      const auto since = std::chrono::floor<seconds>(*parse_rfc2822(query["min_date_modified"]) - begin).count();
      from = std::max<std::int64_t>(from, since);
    }
    if (query.contains("page")) from += (std::stoll(query["page"]) - 1) * std::stoll(query["limit"]);
    if (query["sort"] == "id:desc") from = std::max<std::int64_t>(orders_, 1);
    std::string body;
    for (std::int64_t id = from; id <= std::min<std::int64_t>({to, orders_, from + std::stoll(query["limit"]) - 1});
         ++id) {
      body += (body.empty() ? "" : ",");
      body +=
          R"({"id":)" + std::to_string(id) + R"(,"date_modified":")" + format_rfc3339(begin + seconds(id)) + R"("})";
    }
    HttpResponse response = json_response("[" + body + "]", body.empty() ? 204 : 200);
    if (body.empty()) response.body.clear();
    response.headers.add("Date", std::string(served_at));
    return response;
  }

 private:
  std::int64_t orders_;
};

class RestReaderTest : public testing::Test {
 protected:
  std::unique_ptr<RestReader> reader(const Table& table, Json position,
                                     std::function<HttpResponse(const HttpRequest&)> answer,
                                     std::vector<const Table*> embedded = {}) {
    auto http = std::make_unique<ScriptedHttp>(std::move(answer));
    http_ = http.get();
    RestRead read{"/stores/abc", "abc",    {&table, {lane(table)}, std::move(position), start_date_}, 4,
                  minutes(1),    hours(24)};
    for (const Table* other : embedded) read.request.lanes.push_back(lane(*other));
    read.request.only = only_;
    return std::make_unique<RestReader>(std::move(http), std::make_shared<RequestStats>(), pool_, clock_,
                                        std::move(read));
  }
  std::unique_ptr<RestReader> reader(const Table& table, Json position, Store& store) {
    return reader(table, std::move(position), [&store](const HttpRequest& request) { return store.answer(request); });
  }

  static Lane lane(const Table& table) {
    Lane out{&table, {}};
    for (const Field& f : table.fields) out.fields.push_back(&f);
    return out;
  }

  template <class T>
  T run(Task<T> task) {
    return run_to_end(io_, clock_, std::move(task));
  }
  std::vector<std::string> targets() const {
    std::vector<std::string> out;
    for (const auto& request : http_->requests()) out.push_back(request.target);
    return out;
  }
  /// To the end of the pass; how many records it showed.
  std::size_t read_all(RestReader& list, Json position) {
    std::size_t records = 0;
    for (std::size_t range = 0; range < position["ranges"].size(); ++range) {
      while (auto page = run(list.next(range))) {
        records += page->records;
        EXPECT_EQ(page->range, range);
        position["ranges"][range] = page->range_position;
      }
    }
    return records;
  }
  std::string failure_of(Task<Json> task) {
    try {
      run(std::move(task));
    } catch (const Error& error) {
      return error.code() + ": " + error.message();
    }
    return "no failure";
  }

  BlockingPool pool_{1};
  ManualClock clock_;
  boost::asio::io_context io_;
  std::optional<Time> start_date_;
  std::vector<std::int64_t> only_;
  ScriptedHttp* http_ = nullptr;
};

TEST_F(RestReaderTest, reads_a_first_load_in_ranges) {
  const Table table = orders();
  Store store(4'321);
  const auto list = reader(table, Json(), store);

  const Json position = run(list->begin());
  const auto records = read_all(*list, position);

  EXPECT_EQ(position["ranges"].size(), 4U);
  EXPECT_EQ(position["mode"], "initial");
  EXPECT_EQ(position["started_at"], "2026-06-18T14:00:00Z");
  EXPECT_EQ(records, 4'321U);
  EXPECT_FALSE(list->is_complete_pass()) << "only snapshots show what is gone";
  EXPECT_LE(http_->requests().size(), 92U);
  EXPECT_EQ(http_->requests()[0].target, "/stores/abc/v2/orders?include=fees&sort=id%3Adesc&limit=1");
}

TEST_F(RestReaderTest, asks_for_some_records_only) {
  const Table table = orders();
  Store store(4'321);
  only_ = {17, 20, 900, 4'000};
  const auto list = reader(table, Json(), store);

  const Json position = run(list->begin());
  const auto records = read_all(*list, position);

  EXPECT_EQ(position["ranges"].size(), 3U);
  EXPECT_EQ(records, 6U) << "17 to 20, 900, 4000";
  EXPECT_FALSE(list->shows_everything()) << "what it does not show may be there";
  EXPECT_TRUE(list->is_complete_pass());
  EXPECT_EQ(http_->requests()[0].target,
            "/stores/abc/v2/orders?include=fees&min_id=17&max_id=20&sort=id%3Aasc&limit=50");
}

TEST_F(RestReaderTest, keeps_the_cursor_behind_the_clock_of_the_source) {
  const Table table = orders();
  Store store(120);
  const auto list = reader(table, Json(), store);

  read_all(*list, run(list->begin()));

  EXPECT_EQ(list->finish().dump(),
            R"({"v":1,"cursor":"2026-06-18T13:59:00Z","swept_at":"2026-06-18T14:00:00Z","largest_page":50,)"
            R"("read_from":null})");
}

TEST_F(RestReaderTest, an_increment_reads_again_from_before_its_cursor) {
  const Table table = orders();
  Store store(4'321);
  const auto list = reader(table, {{"v", 1}, {"cursor", "2026-06-01T01:00:00Z"}, {"largest_page", 50}}, store);

  const Json position = run(list->begin());
  const auto records = read_all(*list, position);

  EXPECT_EQ(position["mode"], "incremental");
  EXPECT_EQ(targets()[0],
            "/stores/abc/v2/orders?include=fees&min_date_modified=Mon%2C%2001%20Jun%202026%2000%3A55%3A00%20%2B0000"
            "&sort=date_modified%3Aasc&page=1&limit=50");
  EXPECT_GE(records, 4'321U - 3'300U + 1U);
  EXPECT_EQ(list->finish()["cursor"], "2026-06-18T13:59:00Z");
}

TEST_F(RestReaderTest, an_increment_never_reads_from_before_the_start_date) {
  const Table table = orders();
  Store store(100);
  start_date_ = *parse_iso8601("2026-06-01T00:59:00Z");
  const auto list = reader(table, {{"v", 1}, {"cursor", "2026-06-01T01:00:00Z"}}, store);

  run(list->begin());

  EXPECT_NE(targets()[0].find("00%3A59%3A00"), std::string::npos) << targets()[0];
}

TEST_F(RestReaderTest, the_cursor_never_goes_back) {
  const Table table = orders();
  Store store(10);
  const auto list = reader(table, {{"v", 1}, {"cursor", "2026-07-01T00:00:00Z"}}, store);

  read_all(*list, run(list->begin()));

  EXPECT_EQ(list->finish()["cursor"], "2026-07-01T00:00:00Z");
}

TEST_F(RestReaderTest, goes_on_where_the_ranges_stand) {
  const Table table = orders();
  Store store(4'321);
  const auto first = reader(table, Json(), store);
  Json position = run(first->begin());
  for (const std::size_t range : {0U, 2U, 2U, 3U}) position["ranges"][range] = run(first->next(range))->range_position;

  const auto second = reader(table, position, store);
  const Json resumed = run(second->begin());
  const auto records = read_all(*second, resumed);

  EXPECT_EQ(resumed, position);
  EXPECT_EQ(records, 4'321U - 4U * 50U);
  EXPECT_EQ(second->finish()["cursor"], "2026-06-18T13:59:00Z");
}

TEST_F(RestReaderTest, an_empty_list_is_asked_again_before_it_is_believed) {
  const Table table = orders();
  Store store(0);
  const auto list = reader(table, Json(), store);

  const auto records = read_all(*list, run(list->begin()));

  EXPECT_EQ(records, 0U);
  EXPECT_EQ(http_->requests().size(), 3U);
}

TEST_F(RestReaderTest, an_end_that_was_none_loses_nothing) {
  const Table table = orders();
  Store store(4'321);
  int calls = 0;
  const auto list = reader(table, Json(), [&](const HttpRequest& request) {
    return ++calls % 5 < 2 ? HttpResponse{204, {{"Date", std::string(served_at)}}, ""} : store.answer(request);
  });

  EXPECT_EQ(read_all(*list, run(list->begin())), 4'321U);
}

TEST_F(RestReaderTest, a_snapshot_shows_everything) {
  const Table table = statuses();
  const auto list = reader(table, {{"v", 1}, {"cursor", "2025-06-01T00:00:00Z"}, {"largest_page", 3}},
                           [](const HttpRequest&) { return json_response(R"([{"id":0},{"id":1},{"id":2}])"); });

  const Json position = run(list->begin());
  EXPECT_FALSE(list->is_complete_pass());
  const auto records = read_all(*list, position);

  EXPECT_EQ(position["mode"], "snapshot");
  EXPECT_EQ(records, 3U);
  EXPECT_TRUE(list->is_complete_pass());
  EXPECT_EQ(targets(), std::vector<std::string>{"/stores/abc/v2/order_statuses"});
  EXPECT_EQ(list->finish()["cursor"], "2025-12-31T23:59:00Z") << "without a Date header our own clock counts";
}

TEST_F(RestReaderTest, a_page_has_a_batch_for_every_lane) {
  const Table table = orders();
  const Table child = items();
  const auto list = reader(
      table, {{"v", 1}, {"cursor", "2026-06-01T00:00:00Z"}},
      [](const HttpRequest&) {
        return json_response(R"([{"id":1,"date_modified":"2026-06-02T00:00:00Z","items":[{"id":10},{"id":11}]}])");
      },
      {&child});

  run(list->begin());
  const auto page = run(list->next(0));

  ASSERT_TRUE(page.has_value());
  ASSERT_EQ(page->batches.size(), 2U);
  EXPECT_EQ(page->batches[0].rows.rows(), 1U);
  EXPECT_EQ(page->batches[1].rows.rows(), 2U);
  EXPECT_NE(targets()[0].find("?include=fees%2Cconsignments.line_items&consignment_structure=object&"),
            std::string::npos)
      << targets()[0];
}

TEST_F(RestReaderTest, asks_again_when_an_answer_is_cut) {
  const Table table = statuses();
  int calls = 0;
  const auto list = reader(table, Json(), [&calls](const HttpRequest&) {
    return json_response(++calls < 3 ? R"([{"id":0},{"i)" : R"([{"id":0}])");
  });

  const auto records = read_all(*list, run(list->begin()));

  EXPECT_EQ(records, 1U);
  EXPECT_EQ(calls, 3);
}

TEST_F(RestReaderTest, gives_up_on_answers_that_stay_broken) {
  const Table table = statuses();
  const auto list = reader(table, Json(), [](const HttpRequest&) { return json_response("[{"); });

  EXPECT_EQ(failure_of(list->begin()).substr(0, 16), "source.bad_json:");
  EXPECT_EQ(http_->requests().size(), 3U);
}

TEST_F(RestReaderTest, says_which_scope_is_missing) {
  const Table table = orders();
  const auto list = reader(table, Json(), [](const HttpRequest&) {
    return json_response(R"({"status":403,"title":"You don't have a required scope to access the endpoint"})", 403);
  });

  const std::string failure = failure_of(list->begin());

  EXPECT_EQ(failure.substr(0, 21), "source.scope_missing:");
  EXPECT_NE(failure.find("store_v2_orders_read_only"), std::string::npos) << failure;
}

TEST_F(RestReaderTest, failures_have_the_kind_that_callers_decide_by) {
  const std::pair<int, ErrorKind> cases[] = {{401, ErrorKind::auth},
                                             {403, ErrorKind::config},
                                             {404, ErrorKind::missing},
                                             {429, ErrorKind::throttled},
                                             {500, ErrorKind::transient}};
  for (const auto& [status, kind] : cases) {
    const Table table = orders();
    const auto list = reader(table, Json(), [status](const HttpRequest&) { return json_response("{}", status); });
    try {
      run(list->begin());
      ADD_FAILURE() << status;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind) << status;
    }
  }
}

TEST_F(RestReaderTest, a_failure_names_the_page_and_moves_nothing) {
  const Table table = orders();
  Store store(4'321);
  bool is_down = false;
  const auto list = reader(table, Json(), [&](const HttpRequest& request) {
    return is_down ? json_response("", 500) : store.answer(request);
  });
  run(list->begin());
  run(list->next(1));

  is_down = true;
  try {
    run(list->next(1));
    ADD_FAILURE() << "no failure";
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("(orders, range 2, ids from 1151)"), std::string::npos) << error.message();
  }
  is_down = false;
  const auto page = run(list->next(1));

  EXPECT_EQ(page->range_position["next"], 1'201);
}

TEST_F(RestReaderTest, looks_at_everything_from_time_to_time) {
  Table table = orders();
  table.deletes = DeleteKind::id_sweep;
  Store store(120);
  const auto between = [](const char* swept_at) {
    return Json{{"v", 1}, {"cursor", "2026-01-01T00:00:00Z"}, {"swept_at", swept_at}, {"largest_page", 50}};
  };

  const auto soon = reader(table, between("2025-12-31T12:00:00Z"), store);
  EXPECT_EQ(run(soon->begin())["mode"], "incremental");
  EXPECT_FALSE(soon->shows_everything());

  const auto due = reader(table, between("2025-12-30T23:00:00Z"), store);
  const Json position = run(due->begin());
  EXPECT_EQ(position["mode"], "snapshot");
  EXPECT_TRUE(due->shows_everything());
  EXPECT_EQ(read_all(*due, position), 120U) << "whatever its date";
  EXPECT_TRUE(due->is_complete_pass());
  EXPECT_EQ(due->finish()["swept_at"], "2026-06-18T14:00:00Z");
}

TEST_F(RestReaderTest, looks_at_everything_again_when_a_clock_that_was_ahead_did_so_last) {
  Table table = orders();
  table.deletes = DeleteKind::id_sweep;
  Store store(120);
  const Json a_year_ahead{{"v", 1}, {"cursor", "2026-01-01T00:00:00Z"}, {"swept_at", "2027-01-01T00:00:00Z"}};
  const Json skewed{{"v", 1}, {"cursor", "2026-01-01T00:00:00Z"}, {"swept_at", "2026-01-01T00:00:02Z"}};

  EXPECT_EQ(run(reader(table, a_year_ahead, store)->begin())["mode"], "snapshot");
  EXPECT_EQ(run(reader(table, skewed, store)->begin())["mode"], "incremental");
}

TEST_F(RestReaderTest, asks_for_the_rows_that_a_list_has_cut_off) {
  Table customers = orders();
  customers.name = "customers";
  customers.path = "/v3/customers";
  customers.records = {"data"};
  customers.increment.reset();
  customers.paging = Paging{};
  customers.paging.end = PageEnd::total;
  customers.fields = {field("id", ColumnType::bigint), field("address_count", ColumnType::bigint)};
  Table addresses = items();
  addresses.path = "/v3/customers/addresses";
  addresses.records = {"data"};
  addresses.paging.end = PageEnd::total;
  addresses.parent->table = "customers";
  addresses.parent->include = {{"include", "addresses"}};
  addresses.parent->rows = {{"addresses"}};
  addresses.parent->counted_by = "address_count";
  addresses.parent->parameter = "customer_id:in";
  const auto list =
      reader(customers, Json(),
             [](const HttpRequest& request) {
               if (request.target.find("/addresses?") != std::string::npos)
                 return json_response(
                     R"({"data":[{"id":20},{"id":21},{"id":22}],"meta":{"pagination":{"total":3,"total_pages":1}}})");
               return json_response(R"({"data":[{"id":1,"address_count":1,"addresses":[{"id":10}]},
                                     {"id":2,"address_count":3,"addresses":[{"id":20}]}],
                             "meta":{"pagination":{"total":2,"total_pages":1}}})");
             },
             {&addresses});

  run(list->begin());
  const auto page = run(list->next(0));

  ASSERT_TRUE(page);
  EXPECT_EQ(targets().size(), 2U);
  EXPECT_NE(targets().back().find("customer_id%3Ain=2"), std::string::npos) << targets().back();
  EXPECT_EQ(page->batches.at(1).rows.rows(), 5U) << "twice the same is merged";
  EXPECT_EQ(page->batches.at(1).parents, (std::vector<std::int64_t>{1, 2}));
}

}  // namespace
}  // namespace sluice
