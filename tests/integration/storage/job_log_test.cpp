#include "tests/integration/storage/control_fixture.hpp"

namespace sluice {
namespace {

using namespace std::chrono_literals;

class JobLogTest : public ControlFixture {
 protected:
  JobId new_job() {
    queue.trigger(confirmed("acme", {"orders"}).id, RunTrigger::confirm);
    return queue.claim("worker", 1h)->jobs[0].id;
  }
  static JobLogLine line(LogLevel level, const std::string& message) {
    return {.number = 0, .at = Time(1'700'000'000'123'456us), .level = level, .message = message, .fields = {{"n", 1}}};
  }
};

TEST_F(JobLogTest, numbers_lines_in_their_order) {
  const JobId job = new_job();

  queue.append_log(job, {line(LogLevel::info, "first"), line(LogLevel::warn, "second")});
  queue.append_log(job, {line(LogLevel::debug, "third")});

  const auto log = queue.logs(job, LogLevel::trace, {});
  ASSERT_TRUE(log);
  ASSERT_EQ(log->items.size(), 3U);
  EXPECT_EQ(log->items[0].message, "first");
  EXPECT_EQ(log->items[0].at, Time(1'700'000'000'123'456us));
  EXPECT_EQ(log->items[0].fields["n"], 1);
  EXPECT_EQ(log->items[1].message, "second");
  EXPECT_LT(log->items[0].number, log->items[1].number);
  EXPECT_LT(log->items[1].number, log->items[2].number);
}

TEST_F(JobLogTest, reads_from_a_level_and_behind_a_number) {
  const JobId job = new_job();
  queue.append_log(job, {line(LogLevel::debug, "a"), line(LogLevel::warn, "b"), line(LogLevel::error, "c"),
                         line(LogLevel::info, "d")});

  const auto first = queue.logs(job, LogLevel::warn, {.limit = 1, .after = {}});
  const auto second = queue.logs(job, LogLevel::warn, {.limit = 1, .after = first->next});

  EXPECT_EQ(first->items[0].message, "b");
  EXPECT_EQ(second->items[0].message, "c");
  EXPECT_FALSE(second->next);
}

TEST_F(JobLogTest, stores_lines_that_postgresql_would_refuse) {
  const JobId job = new_job();
  JobLogLine odd = line(LogLevel::info, std::string("a\0b", 3) + "\xff");
  odd.fields = {{"value", std::string("c\0d", 3)}};

  queue.append_log(job, {odd});

  const auto log = queue.logs(job, LogLevel::trace, {});
  EXPECT_EQ(log->items[0].message, "ab\xef\xbf\xbd");
  EXPECT_EQ(log->items[0].fields["value"], "cd");
}

TEST_F(JobLogTest, knows_no_log_of_no_job) {
  const auto nobody = JobId::make(Time{});

  queue.append_log(nobody, {line(LogLevel::info, "lost")});

  EXPECT_FALSE(queue.logs(nobody, LogLevel::trace, {}));
}

}  // namespace
}  // namespace sluice
