#include "scheduler/read_ahead.hpp"

#include <gtest/gtest.h>

namespace sluice {
namespace {

using namespace std::chrono_literals;

TEST(ReadAhead, lets_a_range_of_a_slow_source_have_one_page_that_is_not_durable) {
  ReadAhead ahead(2);
  EXPECT_TRUE(ahead.may_fetch(0));
  ahead.fetched(0, 300ms);
  EXPECT_FALSE(ahead.may_fetch(0)) << "its page waits for the writer";
  EXPECT_TRUE(ahead.may_fetch(1));
  ahead.staged(0);
  EXPECT_FALSE(ahead.may_fetch(0)) << "its page is in the open batch";
  ahead.committed(60ms);
  EXPECT_TRUE(ahead.may_fetch(0));
}

TEST(ReadAhead, counts_only_what_the_batch_held) {
  ReadAhead ahead(1);
  ahead.fetched(0, 300ms);
  ahead.staged(0);
  ahead.fetched(0, 300ms);
  ahead.committed(10ms);
  EXPECT_FALSE(ahead.may_fetch(0)) << "the second page came while the first was being committed";
}

TEST(ReadAhead, goes_ahead_where_pages_come_faster_than_they_can_be_committed) {
  struct Case {
    const char* description;
    Duration page;
    Duration commit;
    bool goes_ahead;
  };
  const Case cases[] = {{"a store on the same machine", 10ms, 50ms, true},
                        {"a fast store", 99ms, 50ms, true},
                        {"a usual store", 300ms, 50ms, false},
                        {"waiting for quota", 2000ms, 400ms, false}};
  for (const Case& it : cases) {
    ReadAhead ahead(1);
    ahead.fetched(0, it.page);
    ahead.staged(0);
    ahead.committed(it.commit);
    ahead.fetched(0, it.page);
    EXPECT_EQ(ahead.may_fetch(0), it.goes_ahead) << it.description;
    EXPECT_EQ(ahead.rest(), it.commit * (it.goes_ahead ? 4 : 1)) << it.description;
  }
}

}  // namespace
}  // namespace sluice
