// What becomes of rows that the source no longer has, by the table's policy.
#include "tests/integration/storage/destination_fixture.hpp"

namespace sluice {
namespace {

class DestinationDeletes : public DestinationFixture {
 protected:
  using Commit = BatchWriter::Commit;
  static Commit whole() { return {{{"pass", "over"}}, true, true, true, {}, true}; }

  BatchWriter::Result load_as(DeletePolicy policy, const RowBatch& batch, const Commit& commit) {
    DestinationTable table = people;
    table.deletes = policy;
    table.followers = followers;
    return load_into(table, batch, commit);
  }
  std::string rows() {
    return sql(
        "select count(*) filter (where _sluice_deleted_at is null) || ' live, ' || "
        "count(*) filter (where _sluice_deleted_at is not null) || ' marked' from shop.acme_customers");
  }

  std::vector<FollowingTable> followers;
};

TEST_F(DestinationDeletes, follow_the_policy) {
  struct Case {
    DeletePolicy policy;
    std::string summary;
    std::string rows;
  };
  const Case cases[] = {{DeletePolicy::soft, "0 0 38 2, 38", "38 live, 2 marked"},
                        {DeletePolicy::hard, "0 0 38 2, 38", "38 live, 0 marked"},
                        {DeletePolicy::off, "0 0 38 0, 40", "40 live, 0 marked"}};
  for (const Case& it : cases) {
    sql("drop table if exists shop.acme_customers");
    load_as(it.policy, customers_between(1, 40), whole());
    EXPECT_EQ(summary(load_as(it.policy, customers_between(3, 40), whole())), it.summary);
    EXPECT_EQ(rows(), it.rows) << to_string(it.policy);
  }
}

TEST_F(DestinationDeletes, a_row_that_comes_back_is_there_again) {
  load_as(DeletePolicy::hard, customers_between(1, 40), whole());
  load_as(DeletePolicy::hard, customers_between(2, 40), whole());
  EXPECT_EQ(summary(load_as(DeletePolicy::hard, customers_between(1, 40), whole())), "1 0 39 0, 40");
}

TEST_F(DestinationDeletes, hard_takes_along_what_was_marked_before) {
  load_as(DeletePolicy::soft, customers_between(1, 40), whole());
  load_as(DeletePolicy::soft, customers_between(2, 40), whole());
  Commit increment{{{"pass", "over"}}};
  increment.ends_pass = true;
  load_as(DeletePolicy::hard, customers({}), increment);
  EXPECT_EQ(rows(), "39 live, 0 marked");
}

TEST_F(DestinationDeletes, hard_waits_for_the_rows_that_follow) {
  open()->prepare({remarks});
  sql("insert into shop.acme_customer_notes (id, customer_id, _sluice_synced_at, _sluice_job_id) values (7, 1, now(), "
      "'j')");
  followers = {{remarks.name, "customer_id"}};
  load_as(DeletePolicy::hard, customers_between(1, 40), whole());
  load_as(DeletePolicy::hard, customers_between(3, 40), whole());
  EXPECT_EQ(rows(), "38 live, 1 marked") << "customer 1 still has a note, customer 2 has none";

  sql("update shop.acme_customer_notes set _sluice_deleted_at = now()");
  load_as(DeletePolicy::hard, customers_between(3, 40), whole());
  EXPECT_EQ(rows(), "38 live, 0 marked");
}

TEST_F(DestinationDeletes, a_pass_that_was_not_watched_from_its_beginning_judges_nobody) {
  load_as(DeletePolicy::soft, customers_between(1, 40), whole());
  load_as(DeletePolicy::soft, customers_between(1, 20), {{{"page", 1}}, true, true, false});
  load_as(DeletePolicy::off, customers_between(21, 30), {{{"page", 2}}, true, false, false});
  EXPECT_EQ(summary(load_as(DeletePolicy::soft, customers_between(31, 39), {{{"pass", "over"}}, true, false, true})),
            "0 0 9 0, 40");
  EXPECT_EQ(summary(load_as(DeletePolicy::soft, customers_between(1, 39), whole())), "0 0 39 1, 39");
}

}  // namespace
}  // namespace sluice
