// Answers that are missing, broken or not to be believed.

#include "tests/unit/connectors/rest_reader_fixture.hpp"

namespace sluice {
namespace {

class RestReaderFailures : public RestReaderTest {
 protected:
  /// A run that begins with what changed since then, of a list that can be counted; what it asked for.
  std::vector<std::string> read_changes(std::function<HttpResponse(const HttpRequest&)> list, int counted) {
    Table table = orders();
    table.count_path = "/v2/orders/count";
    const auto changes = reader(table, {{"v", 1}, {"cursor", "2026-06-01T01:00:00Z"}, {"largest_page", 50}},
                                [&list, counted](const HttpRequest& request) {
                                  if (request.target.find("/count") == std::string::npos) return list(request);
                                  return json_response(R"({"count":)" + std::to_string(counted) + "}");
                                });
    read_ = read_all(*changes, run(changes->begin()));
    return targets();
  }
  static HttpResponse nothing(const HttpRequest&) { return {204, {{"Date", std::string(served_at)}}, ""}; }

  std::size_t read_ = 0;
};

TEST_F(RestReaderFailures, an_empty_list_is_asked_again_before_it_is_believed) {
  const Table table = orders();
  Store store(0);
  const auto list = reader(table, Json(), store);

  const auto records = read_all(*list, run(list->begin()));

  EXPECT_EQ(records, 0U);
  EXPECT_EQ(http_->requests().size(), 3U);
}

TEST_F(RestReaderFailures, an_end_that_was_none_loses_nothing) {
  const Table table = orders();
  Store store(4'321);
  int calls = 0;
  const auto list = reader(table, Json(), [&](const HttpRequest& request) {
    return ++calls % 5 < 2 ? HttpResponse{204, {{"Date", std::string(served_at)}}, ""} : store.answer(request);
  });

  EXPECT_EQ(read_all(*list, run(list->begin())), 4'321U);
}

TEST_F(RestReaderFailures, a_count_of_none_is_believed_at_once) {
  const auto asked = read_changes(nothing, 0);

  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[1],
            "/stores/abc/v2/orders/count?min_date_modified=Mon%2C%2001%20Jun%202026%2000%3A55%3A00%20%2B0000");
}

/// Without a count, two such answers in a row would have been believed.
TEST_F(RestReaderFailures, a_count_of_some_is_believed_before_the_list) {
  Store store(4'000);
  read_changes([&](const HttpRequest& request) { return store.answer(request); }, 701);
  const std::size_t all = read_;
  int calls = 0;
  read_changes([&](const HttpRequest& request) { return ++calls < 6 ? nothing(request) : store.answer(request); }, 701);

  EXPECT_GE(all, 701U);
  EXPECT_EQ(read_, all);
}

TEST_F(RestReaderFailures, a_source_that_counts_what_it_never_shows_is_not_asked_how_many_again) {
  EXPECT_EQ(read_changes(nothing, 3).size(), 8U) << "seven times the list, and a count";
  EXPECT_EQ(read_changes(nothing, 3).size(), 2U);
}

TEST_F(RestReaderFailures, asks_again_when_an_answer_is_cut) {
  const Table table = statuses();
  int calls = 0;
  const auto list = reader(table, Json(), [&calls](const HttpRequest&) {
    return json_response(++calls < 3 ? R"([{"id":0},{"i)" : R"([{"id":0}])");
  });

  const auto records = read_all(*list, run(list->begin()));

  EXPECT_EQ(records, 1U);
  EXPECT_EQ(calls, 3);
}

TEST_F(RestReaderFailures, gives_up_on_answers_that_stay_broken) {
  const Table table = statuses();
  const auto list = reader(table, Json(), [](const HttpRequest&) { return json_response("[{"); });

  EXPECT_EQ(failure_of(list->begin()).substr(0, 16), "source.bad_json:");
  EXPECT_EQ(http_->requests().size(), 3U);
}

TEST_F(RestReaderFailures, says_which_scope_is_missing) {
  const Table table = orders();
  const auto list = reader(table, Json(), [](const HttpRequest&) {
    return json_response(R"({"status":403,"title":"You don't have a required scope to access the endpoint"})", 403);
  });

  const std::string failure = failure_of(list->begin());

  EXPECT_EQ(failure.substr(0, 21), "source.scope_missing:");
  EXPECT_NE(failure.find("store_v2_orders_read_only"), std::string::npos) << failure;
}

TEST_F(RestReaderFailures, failures_have_the_kind_that_callers_decide_by) {
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

TEST_F(RestReaderFailures, a_failure_names_the_page_and_moves_nothing) {
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

}  // namespace
}  // namespace sluice
