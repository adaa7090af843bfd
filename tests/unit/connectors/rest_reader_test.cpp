// What a reader asks for and shows: ranges, increments, snapshots, sweeps.

#include "tests/unit/connectors/rest_reader_fixture.hpp"

namespace sluice {
namespace {

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

TEST_F(RestReaderTest, a_torn_pass_is_soon_followed_by_another_look) {
  const Table table = orders();
  const auto finished = [&](PassMode mode, bool is_sweep) {
    PassPosition pass;
    pass.mode = mode;
    pass.started_at = *parse_iso8601("2026-06-18T14:00:00Z");
    if (mode != PassMode::initial) {
      pass.cursor = *parse_iso8601("2026-06-18T12:00:00Z");
      pass.swept_at = *parse_iso8601("2026-06-18T11:00:00Z");
    }
    pass.is_sweep = is_sweep;
    pass.ranges = {{NumberedPlace{7, 350, 25}, true, true}};
    auto torn = reader(table, to_json(pass), [](const HttpRequest&) { return json_response("[]"); });
    run_to_end(torn->begin());
    return torn->finish();
  };

  EXPECT_FALSE(finished(PassMode::initial, true).contains("swept_at"));
  EXPECT_EQ(finished(PassMode::snapshot, true)["swept_at"], "2026-06-18T11:00:00Z");
  EXPECT_EQ(finished(PassMode::incremental, false)["cursor"], "2026-06-18T12:00:00Z");
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
