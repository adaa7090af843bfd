// How many records a source counts, asked for at the end of a pass that showed all of them.

#include "tests/unit/connectors/rest_reader_fixture.hpp"

namespace sluice {
namespace {

/// A list that counts itself in each answer, in pages of two.
Table brands() {
  Table table;
  table.name = "brands";
  table.path = "/v3/brands";
  table.records = {"data"};
  table.key = {"id"};
  table.fields = {field("id", ColumnType::bigint)};
  table.deletes = DeleteKind::snapshot;
  table.paging.end = PageEnd::total;
  table.paging.page_size = 2;
  return table;
}

HttpResponse page_of(const HttpRequest& request, std::int64_t records) {
  const auto target = *parse_target(request.target);
  std::map<std::string, std::string> query(target.query.begin(), target.query.end());
  const std::int64_t page = std::stoll(query["page"]);
  Json data = Json::array();
  for (std::int64_t id = 2 * page - 1; id <= std::min(records, 2 * page); ++id) data.push_back({{"id", id}});
  return json_response(
      Json{{"data", data},
           {"meta", {{"pagination", {{"total", records}, {"total_pages", (records + 1) / 2}, {"current_page", page}}}}}}
          .dump());
}

class RecordTotals : public RestReaderTest {
 protected:
  /// As "least to most, extra calls".
  std::string total_after(RestReader& list) {
    read_all(list, run(list.begin()));
    return total_of(list);
  }
  std::string total_of(RestReader& list) {
    const std::size_t before = http_->requests().size();
    const auto total = run(list.total());
    const std::size_t extra = http_->requests().size() - before;
    if (!total) return "unknown, " + std::to_string(extra);
    return std::to_string(total->least) + " to " + std::to_string(total->most) + ", " + std::to_string(extra);
  }
  static HttpResponse counted(Store& store, const HttpRequest& request, int orders) {
    if (request.target.find("/count") == std::string::npos) return store.answer(request);
    return json_response(R"({"statuses":[],"count":)" + std::to_string(orders) + "}");
  }
};

TEST_F(RecordTotals, come_with_the_pages_where_these_have_them) {
  const Table table = brands();
  const auto list = reader(table, Json(), [](const HttpRequest& request) { return page_of(request, 5); });

  EXPECT_EQ(total_after(*list), "5 to 5, 0");
}

/// A page of a list that counts itself has a count, even the one behind its end.
TEST_F(RecordTotals, are_missed_where_a_proxy_answers_for_the_list) {
  const Table table = brands();
  const auto read_after = [&](Json position, int silent) {
    int calls = 0;
    const auto list = reader(table, std::move(position), [&calls, silent](const HttpRequest& request) {
      return ++calls <= silent ? json_response("", calls % 2 == 0 ? 200 : 204) : page_of(request, 5);
    });
    return read_all(*list, run(list->begin()));
  };

  EXPECT_EQ(read_after(Json(), 6), 5U);
  EXPECT_EQ(read_after(Json(), 7), 0U) << "in the end it is believed";
  source_ = std::make_shared<Credibility>();
  EXPECT_EQ(read_after({{"v", 1}, {"cursor", "2026-06-01T00:00:00Z"}}, 2), 0U) << "which the next look mends";
}

TEST_F(RecordTotals, tell_that_the_list_grew_meanwhile) {
  const Table table = brands();
  const auto list = reader(table, Json(), [&](const HttpRequest& request) {
    return page_of(request, http_->requests().size() == 1 ? 5 : 6);
  });

  EXPECT_EQ(total_after(*list), "5 to 6, 0");
}

/// Pages by key count what is left from their own on.
TEST_F(RecordTotals, are_not_those_of_a_page_by_key) {
  Table table = brands();
  table.paging.kind = PagingKind::keyset;
  table.paging.key_field = "id";
  table.paging.from_parameter = "id:min";
  const auto list = reader(table, Json(), [](const HttpRequest& request) {
    const auto target = *parse_target(request.target);
    std::map<std::string, std::string> query(target.query.begin(), target.query.end());
    const std::int64_t from = query.contains("id:min") ? std::stoll(query["id:min"]) : 1;
    Json data = Json::array();
    for (std::int64_t id = from; id <= std::min<std::int64_t>(5, from + std::stoll(query["limit"]) - 1); ++id)
      data.push_back({{"id", id}});
    return json_response(Json{{"data", data}, {"meta", {{"pagination", {{"total", 6 - from}}}}}}.dump());
  });

  EXPECT_EQ(total_after(*list), "5 to 5, 1");
}

TEST_F(RecordTotals, of_a_pass_that_was_interrupted_know_how_it_began) {
  const Table table = brands();
  const auto first = reader(table, Json(), [](const HttpRequest& request) { return page_of(request, 5); });
  Json position = run(first->begin());
  position["ranges"][0] = run(first->next(0))->range_position;

  const auto second = reader(table, position, [](const HttpRequest& request) { return page_of(request, 6); });

  EXPECT_EQ(total_after(*second), "5 to 6, 0");
}

TEST_F(RecordTotals, are_asked_for_where_no_page_has_them) {
  Table table = orders();
  table.count_path = "/v2/orders/count";
  Store store(123);
  int counts = 0;
  const auto list = reader(table, Json(), [&](const HttpRequest& request) {
    counts += request.target.find("/count") == std::string::npos ? 0 : 1;
    return counted(store, request, 122 + counts);
  });

  EXPECT_EQ(total_after(*list), "123 to 124, 1");
  EXPECT_EQ(targets().back(), "/stores/abc/v2/orders/count");
}

TEST_F(RecordTotals, are_unknown_where_the_source_never_counts) {
  const Table table = orders();
  Store store(123);
  const auto list = reader(table, Json(), store);

  EXPECT_EQ(total_after(*list), "unknown, 0");
}

TEST_F(RecordTotals, are_of_what_the_start_date_lets_in) {
  Table table = orders();
  table.count_path = "/v2/orders/count";
  start_date_ = *parse_iso8601("2026-06-01T00:00:50Z");
  Store store(123);
  const auto list = reader(table, Json(), [&](const HttpRequest& request) { return counted(store, request, 74); });

  EXPECT_EQ(total_after(*list), "74 to 74, 1");
  EXPECT_EQ(targets().back(),
            "/stores/abc/v2/orders/count?min_date_modified=Mon%2C%2001%20Jun%202026%2000%3A00%3A50%20%2B0000");
}

TEST_F(RecordTotals, are_no_reason_to_fail) {
  Table table = orders();
  table.count_path = "/v2/orders/count";
  Store store(123);
  const auto list = reader(table, Json(), [&](const HttpRequest& request) {
    return request.target.find("/count") == std::string::npos ? store.answer(request) : json_response("{}", 403);
  });

  EXPECT_EQ(total_after(*list), "unknown, 0");
}

/// A busy proxy has no word for the question, and the source does.
TEST_F(RecordTotals, are_asked_for_again_after_an_answer_without_a_word) {
  Table table = orders();
  table.count_path = "/v2/orders/count";
  Store store(123);
  int counts = 0;
  const auto list = reader(table, Json(), [&](const HttpRequest& request) {
    if (request.target.find("/count") == std::string::npos) return store.answer(request);
    const char* const silent[] = {"", "[]", "{}"};
    return ++counts % 4 == 0 ? counted(store, request, 123)
                             : json_response(silent[counts % 4 - 1], counts % 4 == 1 ? 204 : 200);
  });

  EXPECT_EQ(total_after(*list), "123 to 123, 4");
}

TEST_F(RecordTotals, are_given_up_where_the_source_never_says_a_word) {
  Table table = orders();
  table.count_path = "/v2/orders/count";
  Store store(123);
  const auto list = reader(table, Json(), [&](const HttpRequest& request) {
    return request.target.find("/count") == std::string::npos ? store.answer(request) : json_response("", 204);
  });

  EXPECT_EQ(total_after(*list), "unknown, 0") << "it is not asked again at the end";
  EXPECT_EQ(std::ranges::count(targets(), "/stores/abc/v2/orders/count"), 7);
}

TEST_F(RecordTotals, are_none_of_an_increment) {
  Table table = orders();
  table.count_path = "/v2/orders/count";
  Store store(123);
  const auto list = reader(table, {{"v", 1}, {"cursor", "2026-06-01T00:01:00Z"}, {"largest_page", 50}}, store);

  EXPECT_EQ(total_after(*list), "unknown, 0");
}

TEST_F(RecordTotals, are_none_before_the_last_page) {
  const Table table = brands();
  const auto list = reader(table, Json(), [](const HttpRequest& request) { return page_of(request, 5); });
  run(list->begin());
  run(list->next(0));

  EXPECT_EQ(total_of(*list), "unknown, 0");
}

}  // namespace
}  // namespace sluice
