#pragma once
// A reader of lists over a scripted store, on time that flies.

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
#include <string>

namespace sluice {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// What the source's clock says; ours stands at 2026-01-01.
inline constexpr std::string_view served_at = "Thu, 18 Jun 2026 14:00:00 GMT";

inline Field field(std::string name, ColumnType type) {
  Field out;
  out.name = name;
  out.type = type;
  out.source = {name};
  return out;
}

inline Table orders() {
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

inline Table items() {
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

inline Table statuses() {
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
    read.source = source_;
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

  boost::asio::io_context io_;
  BlockingPool pool_{1};
  ManualClock clock_;
  std::optional<Time> start_date_;
  std::shared_ptr<Credibility> source_ = std::make_shared<Credibility>();
  std::vector<std::int64_t> only_;
  ScriptedHttp* http_ = nullptr;
};

}  // namespace sluice
