// What we encode against what PostgreSQL itself reads from text.

#include "core/time.hpp"
#include "tests/integration/storage/destination_fixture.hpp"

#include <fstream>
#include <iterator>
#include <limits>

namespace sluice {
namespace {

class DestinationTypes : public DestinationFixture {
 protected:
  struct Case {
    std::function<void(CopyRows&)> put;
    std::string expected;  // an SQL expression
  };

  /// Stores the values through the writer; lists those that differ from what they should be, in value or in digits.
  std::string wrong_ones(ColumnType type, const std::vector<Case>& cases) {
    Table source;
    source.name = "values_" + std::string(to_string(type));
    source.key = {"id"};
    source.fields = {field("id", ColumnType::bigint), field("value", type)};
    const DestinationTable table = destination_of(source);
    RowBatch batch;
    std::string expected;
    for (std::size_t i = 0; i < cases.size(); ++i) {
      batch.rows.begin_row(2);
      batch.rows.put_bigint(static_cast<std::int64_t>(i));
      cases[i].put(batch.rows);
      batch.rows.end_row();
      batch.key_hashes.push_back(i);
      expected += (i == 0 ? "(" : ", (") + std::to_string(i) + ", " + cases[i].expected + ")";
    }
    connection_->prepare({table});
    connection_->take_over({table}, 1);
    const auto loading = writer(*connection_, {table});
    loading->append({batch});
    loading->commit({{{"page", 1}}});
    return sql(
        "select string_agg(coalesce(t.value::text, 'null') || ' is not ' || coalesce(e.value::text, 'null'), '; ') "
        "from shop.acme_" +
        source.name + " t full join (values " + expected +
        ") e(id, value) using (id) where t.value is distinct from e.value or t.value::text is distinct from "
        "e.value::text");
  }

  const std::unique_ptr<DestinationConnection> connection_ = open();
};

TEST_F(DestinationTypes, keep_numbers_digit_for_digit) {
  std::vector<Case> cases;
  for (const std::string text :
       {"0", "0.00", "-0.0", "1", "-1", "10000", "99999999", "0.0001", "0.00010000", "12.3400", "-0.5", "1e3", "1.5e-7",
        "1E+20", "123456789012345678901234567890.123456789012345678901234567890", "10000000000000000", "0.10",
        "9999.9999"}) {
    cases.push_back(
        {[text](CopyRows& rows) { EXPECT_TRUE(rows.put_numeric(text)) << text; }, "'" + text + "'::numeric"});
  }

  EXPECT_EQ(wrong_ones(ColumnType::numeric, cases), "");
}

TEST_F(DestinationTypes, keep_whole_numbers_at_their_limits) {
  std::vector<Case> cases;
  for (const std::int64_t number : {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::max(),
                                    std::numeric_limits<std::int64_t>::min()}) {
    cases.push_back(
        {[number](CopyRows& rows) { rows.put_bigint(number); }, "'" + std::to_string(number) + "'::bigint"});
  }

  EXPECT_EQ(wrong_ones(ColumnType::bigint, cases), "");
}

TEST_F(DestinationTypes, keep_texts) {
  std::vector<Case> cases;
  for (const std::string text : {"", "plain", "tab\t, line\n, back\\slash, \"quote\"", "Grüße, 東京, 🚲"}) {
    cases.push_back({[text](CopyRows& rows) { rows.put_text(text); }, "$t$" + text + "$t$::text"});
  }

  EXPECT_EQ(wrong_ones(ColumnType::text, cases), "");
}

TEST_F(DestinationTypes, keep_truth_and_nothing) {
  EXPECT_EQ(wrong_ones(ColumnType::boolean, {{[](CopyRows& rows) { rows.put_boolean(true); }, "true"},
                                             {[](CopyRows& rows) { rows.put_boolean(false); }, "false"},
                                             {[](CopyRows& rows) { rows.put_null(); }, "null::boolean"}}),
            "");
}

TEST_F(DestinationTypes, keep_times_to_the_microsecond) {
  std::vector<Case> cases;
  for (const std::string text :
       {"1970-01-01T00:00:00Z", "2026-06-18T14:12:20.123456Z", "1969-12-31T23:59:59Z", "1999-12-31T23:59:59.999999Z"}) {
    const std::int64_t microseconds = parse_iso8601(text)->time_since_epoch().count();
    cases.push_back(
        {[microseconds](CopyRows& rows) { rows.put_timestamptz(microseconds); }, "'" + text + "'::timestamptz"});
  }

  EXPECT_EQ(wrong_ones(ColumnType::timestamptz, cases), "");
}

TEST_F(DestinationTypes, keep_dates) {
  EXPECT_EQ(wrong_ones(ColumnType::date, {{[](CopyRows& rows) { rows.put_date(0); }, "'1970-01-01'::date"},
                                          {[](CopyRows& rows) { rows.put_date(20'622); }, "'2026-06-18'::date"},
                                          {[](CopyRows& rows) { rows.put_date(-1); }, "'1969-12-31'::date"}}),
            "");
}

TEST_F(DestinationTypes, keep_json) {
  std::vector<Case> cases;
  for (const std::string text :
       {"null", "{}", "[]", "1.10", R"("text")", R"({"a":[1,2.50,{"b":null}],"c":"\u00fc"})"}) {
    cases.push_back({[text](CopyRows& rows) { rows.put_jsonb(text); }, "'" + text + "'::jsonb"});
  }

  EXPECT_EQ(wrong_ones(ColumnType::jsonb, cases), "");
}

TEST_F(DestinationTypes, blame_the_data_for_what_the_server_cannot_read) {
  const auto put_broken = [](CopyRows& rows) { rows.put_jsonb("{broken"); };

  EXPECT_EQ(error_of([&] { wrong_ones(ColumnType::jsonb, {{put_broken, "null"}}); }), "data destination.bad_value");
}

TEST_F(DestinationTypes, can_be_loaded_with_a_password_and_not_with_a_wrong_one) {
  const std::string role = "keeper_" + sql("select current_database()");
  sql("create role " + role + " login superuser password 'right'");
  // Ahead of the rule that trusts everybody.
  const auto rules = TestPostgres::instance().socket_directory() / "data" / "pg_hba.conf";
  std::ifstream in(rules);
  const std::string before(std::istreambuf_iterator<char>(in), {});
  std::ofstream(rules) << "local all " << role << " scram-sha-256\n" << before;
  sql("select pg_reload_conf()");
  DestinationAddress address = parse_connection_url(Secret(url));
  address.user = role;
  address.password = Secret("wr0ng-canary");
  const auto open_error = [&address] { return error_of([&address] { DestinationConnection::open(address); }); };
  // The server reads its rules when it gets to it.
  for (int tries = 0; tries < 500 && open_error() == "nothing"; ++tries) sql("select pg_sleep(0.01)");

  EXPECT_EQ(open_error(), "config destination.auth_failed");
  EXPECT_THAT(message_of([&] { DestinationConnection::open(address); }), testing::Not(testing::HasSubstr("canary")));
  address.password = Secret();
  EXPECT_EQ(open_error(), "config destination.auth_failed");
  address.password = Secret("right");
  EXPECT_EQ(open_error(), "nothing");
}

}  // namespace
}  // namespace sluice
