// The store sends records that are wrong in every way that JSON allows, among sound ones: one in a hundred, and all.

#include "tests/e2e/replication_fixture.hpp"

namespace sluice {
namespace {

struct Poisoned {
  const char* kind;
  const char* member;
  const char* column;    // an SQL expression that is true for each row that was spoiled; "" when there is no row
  const char* reason;    // in _sluice.rejected; "" when nothing is rejected
  bool is_lost = false;  // the record as a whole
};

const std::vector<Poisoned>& poisons() {
  static const std::vector<Poisoned> all{
      {"nul", "name", "name = 'a' || chr(65533) || 'b'", ""},
      {"lone_surrogate", "code", "code = chr(65533) || 'x' || chr(65533)", ""},
      {"invalid_utf8", "name", "name = 'a' || chr(65533) || chr(65533) || '('", ""},
      {"large_exponent", "amount", "amount = power(10::numeric, 400)", ""},
      {"large_exponent", "num_uses", "num_uses is null", "is no whole number of 64 bits"},
      {"digits_19", "max_uses", "max_uses = 1234567890123456789", ""},
      {"digits_25", "max_uses", "max_uses is null", "is no whole number of 64 bits"},
      {"digits_25", "min_purchase", "min_purchase::text = '1234567890123456789012345'", ""},
      {"zero_date", "date_created", "date_created is null", ""},
      {"wrong_type", "enabled", "enabled is null", "is a nested value"},
      {"null_value", "id", "", "is missing", true},
      {"equal_key", "name", "name <> 'an older one'", ""},
      {"long_text", "code", "length(code) = 3145728", ""},
      {"deep", "restricted_to", "restricted_to is null", "is nested too deeply"},
      {"equal_members", "name", "name <> 'an older one'", ""},
      {"unknown_member", "gift", "name is not null", ""}};
  return all;
}

class PoisonedStore : public Replication {
 protected:
  void open(std::int64_t coupons) {
    SampleStoreOptions options;
    options.orders = 20;
    options.products = 30;
    options.customers = 10;
    options.subscribers = 5;
    options.coupons = coupons;
    open_store(options);
    start_daemon();
  }

  void poison(const Json& rules) { store->control("poison", rules); }

  static Json rule(const Poisoned& poisoned, std::int64_t every, std::size_t rest) {
    return {{"kind", poisoned.kind},
            {"path_contains", "/v2/coupons"},
            {"member", poisoned.member},
            {"every", every},
            {"rest", rest}};
  }

  static std::string message_of(const Json& job) {
    return job.at("error").is_null() ? "" : job.at("error").at("detail").get<std::string>();
  }

  std::int64_t rows_of(const Json& job, const char* what) { return job.at("rows").at(what).get<std::int64_t>(); }
};

TEST_F(PoisonedStore, at_one_per_cent_of_each_kind_loses_what_cannot_be_stored_and_nothing_else) {
  constexpr std::int64_t coupons = 400;
  open(coupons);
  // The store's own ids, before anything is spoiled.
  EXPECT_EQ(wait_for(set_up({"coupons"})), "succeeded");
  std::vector<std::int64_t> with_rest;
  for (int rest = 0; rest < 100; ++rest) {
    with_rest.push_back(std::stoll(ask("select count(*) from acme_coupons where id % 100 = " + std::to_string(rest))));
  }
  // 202 on a busy machine: it goes on behind the answer.
  const auto dropped = daemon->call("DELETE", "/v1/integrations/acme?data=drop", {{"confirm_name", "acme"}});
  ASSERT_TRUE(dropped.status == 204 || dropped.status == 202) << dropped.body.dump(2);
  ASSERT_TRUE(eventually(60s, [&] { return daemon->call("GET", "/v1/integrations/acme").status == 404; }));
  Json rules = Json::array();
  for (std::size_t i = 0; i < poisons().size(); ++i) rules.push_back(rule(poisons()[i], 100, i));
  poison(rules);

  const auto run = set_up({"coupons", "brands"});

  EXPECT_EQ(wait_for(run), "succeeded");
  const Json job = job_of(run, "coupons");
  std::int64_t lost = 0;
  std::int64_t repeated = 0;
  std::int64_t rejected = 0;
  std::int64_t sound = coupons;
  for (std::size_t i = 0; i < poisons().size(); ++i) {
    const Poisoned& poisoned = poisons()[i];
    const std::string spoiled = "id % 100 = " + std::to_string(i);
    const std::int64_t count = with_rest[i];
    const std::string all = std::to_string(count);
    sound -= count;
    if (poisoned.is_lost) lost += count;
    if (std::string_view(poisoned.kind) == "equal_key") repeated += count;
    if (*poisoned.reason != '\0') rejected += count;
    EXPECT_EQ(ask("select count(*) from acme_coupons where " + spoiled), poisoned.is_lost ? "0" : all) << poisoned.kind;
    if (!poisoned.is_lost) {
      EXPECT_EQ(ask("select count(*) from acme_coupons where " + spoiled + " and " + poisoned.column), all)
          << poisoned.kind << ' ' << poisoned.member;
    }
    if (*poisoned.reason == '\0') continue;
    EXPECT_EQ(ask("select count(*) from _sluice.rejected where table_name = 'coupons' and field = '" +
                  std::string(poisoned.member) + "' and reason = '" + poisoned.reason + "' and raw <> ''"),
              all)
        << poisoned.kind << ' ' << poisoned.member;
  }
  EXPECT_EQ(rows_of(job, "read"), coupons + repeated);
  EXPECT_EQ(rows_of(job, "inserted"), coupons - lost);
  EXPECT_EQ(rows_of(job, "rejected"), rejected);
  EXPECT_EQ(ask("select count(*) from acme_coupons where id % 100 >= " + std::to_string(poisons().size()) +
                " and name is not null and code is not null and amount is not null and enabled is not null"),
            std::to_string(sound));
  EXPECT_EQ(ask("select count(*) from acme_brands"), store->counts().at("brands").dump());
}

TEST_F(PoisonedStore, at_a_hundred_per_cent_is_stored_by_rule_or_fails_that_table_alone) {
  constexpr std::int64_t coupons = 15;
  open(coupons);
  EXPECT_EQ(wait_for(set_up({"coupons", "brands"})), "succeeded");
  const std::string brands = "select md5(string_agg(b::text, '' order by id)) from acme_brands b";
  const std::string before = ask(brands);

  for (const Poisoned& poisoned : poisons()) {
    SCOPED_TRACE(std::string(poisoned.kind) + " " + poisoned.member);
    poison(Json::array({rule(poisoned, 1, 0)}));

    const auto run = sync();
    const std::string result = wait_for(run);

    EXPECT_EQ(ask(brands), before);
    EXPECT_EQ(job_of(run, "brands").at("state"), "succeeded");
    EXPECT_EQ(ask("select count(*) from acme_coupons where _sluice_deleted_at is null"), std::to_string(coupons));
    const Json job = job_of(run, "coupons");
    if (poisoned.is_lost) {
      // Without ids nobody can tell where the next page begins.
      EXPECT_EQ(result, "partial");
      EXPECT_NE(message_of(job).find("none of the 15 records of its answer has a usable id"), std::string::npos)
          << job.dump(2);
      continue;
    }
    EXPECT_EQ(result, "succeeded");
    EXPECT_EQ(rows_of(job, "rejected"), *poisoned.reason == '\0' ? 0 : coupons);
    EXPECT_EQ(ask(std::string("select count(*) from acme_coupons where ") + poisoned.column), std::to_string(coupons));
  }

  poison(Json::array({{{"kind", "null_value"}, {"path_contains", "/catalog/brands"}, {"member", "id"}}}));
  const auto run = sync();
  EXPECT_EQ(wait_for(run), "partial");
  EXPECT_EQ(job_of(run, "coupons").at("state"), "succeeded");
  const Json job = job_of(run, "brands");
  EXPECT_EQ(job.at("error").at("code"), "source.too_many_rejected") << job.dump(2);
  EXPECT_NE(message_of(job).find("records cannot be stored"), std::string::npos) << job.dump(2);
  EXPECT_NE(message_of(job).find("id is missing"), std::string::npos) << job.dump(2);
  EXPECT_EQ(ask(brands), before);
  EXPECT_EQ(ask("select count(*) from _sluice.rejected where table_name = 'brands'"),
            ask("select count(*) from acme_brands"));

  poison(Json::array());
  EXPECT_EQ(wait_for(sync()), "succeeded");
}

}  // namespace
}  // namespace sluice
