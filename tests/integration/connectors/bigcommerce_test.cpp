#include "connectors/bigcommerce/bigcommerce.hpp"

#include "connectors/current_credentials.hpp"
#include "core/error.hpp"
#include "tests/sample_store/sample_store.hpp"
#include "tests/support/run_to_end.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace sluice {
namespace {

using sample_store::OverLimit;
using sample_store::SampleStore;
using sample_store::SampleStoreOptions;

/// The connector over real sockets, against a store that behaves as documented.
class BigCommerceTest : public testing::Test {
 protected:
  void start(SampleStoreOptions options = {}) {
    options_ = std::move(options);
    store_ = SampleStore::start(options_);
    connect(store_->base_url());
  }
  void connect(const std::string& base_url) {
    BigCommerceSettings settings;
    settings.base_url = base_url;
    connector_ = make_bigcommerce(io_.get_executor(), pool_, clock_, settings);
  }

  Credentials credentials() const {
    return connector_->parse_credentials(
        {{"credentials_file", sample_store::credentials_text(options_, store_->base_url())}});
  }
  Account authenticate(const Credentials& with) { return run_to_end(io_, connector_->authenticate(with)); }
  std::string failure_of(const Credentials& with) {
    try {
      authenticate(with);
    } catch (const Error& error) {
      return std::string(to_string(error.kind())) + " " + error.code();
    }
    return "no failure";
  }
  static const TableAccess& access_to(const Account& account, std::string_view table) {
    for (const TableAccess& access : account.tables) {
      if (access.table == table) return access;
    }
    throw std::out_of_range(std::string(table));
  }

  std::unique_ptr<TableReader> reader(const std::string& carrier, const Json& position,
                                      std::vector<std::string> others = {}) {
    source_ = connector_->open(std::make_shared<CurrentCredentials>(credentials()), Log("test"));
    ReadRequest request{connector_->catalogue().find(carrier), {}, position, std::nullopt};
    others.insert(others.begin(), carrier);
    for (const std::string& name : others) {
      Lane lane{connector_->catalogue().find(name), {}};
      for (const Field& field : lane.table->fields) lane.fields.push_back(&field);
      request.lanes.push_back(std::move(lane));
    }
    return source_->read(std::move(request));
  }

  struct Seen {
    std::vector<std::set<std::uint64_t>> keys;  // per lane
    std::size_t records = 0;
    std::size_t rejects = 0;
    std::size_t ranges = 0;
    Json position;
  };
  Seen read_all(TableReader& list) {
    Seen seen;
    const Json position = run_to_end(io_, list.begin());
    seen.ranges = position.at("ranges").size();
    for (std::size_t range = 0; range < seen.ranges; ++range) {
      while (auto page = run_to_end(io_, list.next(range))) add(seen, *page);
    }
    seen.position = list.finish();
    return seen;
  }
  static void add(Seen& seen, const Page& page) {
    seen.records += page.records;
    seen.keys.resize(page.batches.size());
    for (std::size_t lane = 0; lane < page.batches.size(); ++lane) {
      seen.rejects += page.batches[lane].rejects.size();
      seen.keys[lane].insert(page.batches[lane].key_hashes.begin(), page.batches[lane].key_hashes.end());
    }
  }

  boost::asio::io_context io_;
  BlockingPool pool_{2};
  SystemClock clock_;
  SampleStoreOptions options_;
  std::unique_ptr<SampleStore> store_;
  std::unique_ptr<Connector> connector_;
  std::unique_ptr<Source> source_;
};

TEST_F(BigCommerceTest, logs_in_with_the_credentials_file) {
  start();

  const Account account = authenticate(credentials());

  EXPECT_FALSE(account.name.empty());
  EXPECT_EQ(account.plan, "Standard");
  EXPECT_FALSE(account.time_zone.empty());
  EXPECT_FALSE(account.currency.empty());
  EXPECT_EQ(account.tables.size(), connector_->catalogue().tables().size());
  for (const TableAccess& access : account.tables) {
    // Its list is for tokens that may change customers only.
    const bool is_denied = access.table == "segment_shopper_profiles";
    EXPECT_EQ(access.access, is_denied ? Access::denied : Access::granted) << access.table << access.detail;
  }
  EXPECT_EQ(access_to(account, "orders").rows, store_->counts().at("orders").get<std::int64_t>());
}

TEST_F(BigCommerceTest, a_wrong_token_is_refused) {
  start();
  Credentials wrong = credentials();
  wrong.access_token = Secret("nosuchtoken");

  EXPECT_EQ(failure_of(wrong), "auth source.auth_failed");
}

TEST_F(BigCommerceTest, a_wrong_store_is_refused) {
  start();
  Credentials wrong = credentials();
  wrong.account = "another";

  EXPECT_EQ(failure_of(wrong), "auth source.auth_failed");
}

TEST_F(BigCommerceTest, a_missing_scope_is_named) {
  SampleStoreOptions options;
  std::erase(options.scopes, "store_v2_marketing_read_only");
  start(options);

  const Account account = authenticate(credentials());

  EXPECT_EQ(access_to(account, "coupons").access, Access::denied);
  EXPECT_EQ(access_to(account, "coupons").scope, "store_v2_marketing_read_only");
  EXPECT_EQ(access_to(account, "orders").access, Access::granted);
  EXPECT_EQ(access_to(account, "order_products").access, Access::granted) << "comes with the orders";
}

TEST_F(BigCommerceTest, nobody_there_is_worth_another_try) {
  start();
  const Credentials known = credentials();
  store_.reset();

  EXPECT_EQ(failure_of(known), "transient source.unreachable");
}

TEST_F(BigCommerceTest, reads_every_list_to_its_end) {
  start();
  const Json counts = store_->counts();
  for (const Table& table : connector_->catalogue().tables()) {
    if (table.parent) continue;
    SCOPED_TRACE(table.name);
    const auto list = reader(table.name, Json());
    const Seen seen = read_all(*list);
    EXPECT_EQ(seen.rejects, 0U);
    if (counts.contains(table.name)) {
      EXPECT_EQ(seen.keys.at(0).size(), counts.at(table.name).get<std::size_t>());
    }
  }
}

TEST_F(BigCommerceTest, line_items_come_with_their_orders) {
  start();
  const Json counts = store_->counts();

  const Seen seen = read_all(*reader("orders", Json(), {"order_products"}));

  EXPECT_EQ(seen.keys.at(0).size(), counts.at("orders").get<std::size_t>());
  EXPECT_EQ(seen.keys.at(1).size(), counts.at("order_products").get<std::size_t>());
}

TEST_F(BigCommerceTest, many_orders_are_read_in_ranges_with_few_calls) {
  SampleStoreOptions options;
  options.orders = 12'000;
  start(options);

  const auto list = reader("orders", Json());
  const Seen seen = read_all(*list);

  EXPECT_EQ(seen.keys.at(0).size(), store_->counts().at("orders").get<std::size_t>());
  EXPECT_GE(seen.ranges, 2U);
  EXPECT_LE(list->stats().calls, 12'000 / 250 + 6);
  EXPECT_GT(list->stats().bytes, 1'000'000);
}

TEST_F(BigCommerceTest, an_increment_shows_what_changed) {
  start();
  const Seen first = read_all(*reader("orders", Json()));
  store_->control("modify", {{"table", "orders"}, {"count", 3}, {"set", {{"staff_notes", "seen"}}}});
  store_->control("add", {{"table", "orders"}, {"count", 4}});

  const auto list = reader("orders", first.position);
  const Seen second = read_all(*list);

  EXPECT_GE(second.keys.at(0).size(), 7U);
  EXPECT_LE(list->stats().calls, 3);
}

TEST_F(BigCommerceTest, a_snapshot_is_complete) {
  start();
  const Seen first = read_all(*reader("brands", Json()));

  const auto list = reader("brands", first.position);
  const Seen second = read_all(*list);

  EXPECT_TRUE(list->is_complete_pass());
  EXPECT_EQ(second.keys.at(0).size(), first.keys.at(0).size());
}

TEST_F(BigCommerceTest, reads_on_when_the_store_gives_shorter_pages_than_asked_for) {
  SampleStoreOptions options;
  options.max_page_size = 50;
  options.over_limit = OverLimit::clamp;
  start(options);

  const Seen seen = read_all(*reader("orders", Json()));

  EXPECT_EQ(seen.keys.at(0).size(), store_->counts().at("orders").get<std::size_t>());
}

TEST_F(BigCommerceTest, reads_on_behind_answers_that_went_wrong) {
  start();
  store_->control("faults", Json::array({{{"kind", "truncate"}, {"every", 4}, {"times", 3}},
                                         {{"kind", "status"}, {"status", 502}, {"nth", 6}}}));

  const Seen seen = read_all(*reader("orders", Json()));

  EXPECT_EQ(seen.keys.at(0).size(), store_->counts().at("orders").get<std::size_t>());
}

}  // namespace
}  // namespace sluice
