// Answers that are missing, broken or not to be believed.

#include "tests/unit/connectors/rest_reader_fixture.hpp"

namespace sluice {
namespace {

class RestReaderFailures : public RestReaderTest {};

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
