#include "scheduler/table_load.hpp"

#include "core/error.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

namespace sluice {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

/// Hands out `pages` pages per range, each of one record; may fail at one of them.
class ScriptedReader final : public TableReader {
 public:
  ScriptedReader(std::size_t ranges, int pages) : left_(ranges, pages) {}

  Task<Json> begin() override {
    Json position{{"ranges", Json::array()}};
    for (std::size_t i = 0; i < left_.size(); ++i) position["ranges"].push_back(0);
    co_return position;
  }
  Task<std::optional<Page>> next(std::size_t range) override {
    co_await SystemClock().sleep(page_takes);
    if (range == failing_range && left_[range] == failing_at)
      throw Error(ErrorKind::transient, "source.failed", "no answer");
    if (left_[range] == 0) co_return std::nullopt;
    Page page;
    page.range = range;
    page.range_position = ++read_;
    page.batches.resize(1);
    page.records = 1;
    --left_[range];
    if (after_page) after_page(read_);
    co_return page;
  }
  Json finish() override { return Json{{"cursor", "done"}}; }
  bool is_complete_pass() const override { return true; }
  bool shows_everything() const override { return true; }
  std::optional<std::int64_t> expected_records() const override { return std::nullopt; }
  ReadStats stats() const override { return {.calls = read_, .bytes = 0, .throttled = 0ms}; }

  std::size_t failing_range = 99;
  int failing_at = -1;
  std::function<void(int)> after_page;
  Duration page_takes = 1ms;

 private:
  std::vector<int> left_;
  int read_ = 0;
};

/// Remembers what was committed; each append is one row.
class RememberingWriter final : public BatchWriter {
 public:
  void append(const std::vector<RowBatch>&) override { ++rows_; }
  std::size_t rows_in_batch() const override { return rows_; }
  std::size_t bytes_in_batch() const override { return rows_ * 100; }
  std::vector<Result> commit(const Commit& commit) override {
    if (fail_commit) throw Error(ErrorKind::transient, "destination.unreachable", "gone");
    commits.push_back(commit);
    rows_committed += rows_;
    Result result;
    result.counters.read = static_cast<std::int64_t>(rows_);
    result.rows = static_cast<std::int64_t>(rows_committed);
    rows_ = 0;
    return {result};
  }

  std::vector<Commit> commits;
  std::size_t rows_committed = 0;
  bool fail_commit = false;

 private:
  std::size_t rows_ = 0;
};

class Load : public testing::Test {
 protected:
  std::optional<LoadEnd> run(PassRole snapshot = {}) {
    std::optional<LoadEnd> end;
    asio::co_spawn(io,
                   load.run(reader, writer, snapshot, [this](const LoadProgress& progress) { return note(progress); }),
                   [&](std::exception_ptr caught, LoadEnd value) {
                     failure = caught;
                     if (!caught) end = value;
                   });
    io.run();
    return end;
  }
  Task<void> note(LoadProgress progress) {
    last = std::move(progress);
    co_return;
  }

  asio::io_context io;
  BlockingPool pool{2};
  SystemClock clock;
  TableLoad load{pool, clock, {3, 1'000'000, 10s}};
  ScriptedReader reader{3, 5};
  RememberingWriter writer;
  LoadProgress last;
  std::exception_ptr failure;
};

TEST_F(Load, commits_every_page_and_ends_with_the_reader_s_final_position) {
  EXPECT_EQ(run(), LoadEnd::complete);

  EXPECT_EQ(writer.rows_committed, 15U);
  EXPECT_EQ(writer.commits.back().position, (Json{{"cursor", "done"}}));
  EXPECT_GE(writer.commits.size(), 5U);
  EXPECT_EQ(last.counters.at(0).read, 15);
  EXPECT_EQ(last.reads.calls, 15);
}

TEST_F(Load, an_intermediate_commit_names_the_place_of_every_range) {
  run();

  const Json& first = writer.commits.front().position;
  ASSERT_EQ(first.at("ranges").size(), 3U);
  int durable = 0;
  for (const auto& range : first["ranges"]) durable += range.get<int>() > 0 ? 1 : 0;
  EXPECT_GE(durable, 1);
}

TEST_F(Load, of_a_slow_source_one_page_per_range_is_not_durable) {
  reader.page_takes = 20ms;
  std::size_t most = 0;
  reader.after_page = [&](int read) { most = std::max(most, static_cast<std::size_t>(read) - writer.rows_committed); };

  EXPECT_EQ(run(), LoadEnd::complete);

  EXPECT_LE(most, 3U);
}

TEST_F(Load, what_was_read_before_a_failure_is_committed_and_the_failure_told) {
  reader.failing_range = 1;
  reader.failing_at = 2;

  EXPECT_EQ(run(), std::nullopt);

  ASSERT_TRUE(failure);
  EXPECT_EQ(to_error(failure).code(), "source.failed");
  EXPECT_GE(writer.rows_committed, 3U);
  EXPECT_TRUE(writer.commits.back().position.contains("ranges"));
}

TEST_F(Load, a_failing_destination_ends_the_load_and_its_fetchers) {
  writer.fail_commit = true;

  EXPECT_EQ(run(), std::nullopt);

  EXPECT_EQ(to_error(failure).code(), "destination.unreachable");
  EXPECT_TRUE(writer.commits.empty());
}

TEST_F(Load, winding_down_commits_the_batch_at_hand_and_keeps_its_ranges) {
  reader.after_page = [this](int read) {
    if (read == 7) load.wind_down();
  };

  EXPECT_EQ(run(), LoadEnd::stopped);

  EXPECT_GT(writer.rows_committed, 0U);
  EXPECT_LT(writer.rows_committed, 15U);
  EXPECT_TRUE(writer.commits.back().position.contains("ranges"));
}

TEST_F(Load, an_abort_commits_nothing_more) {
  std::size_t committed = 0;
  reader.after_page = [this, &committed](int read) {
    if (read == 7) {
      load.abort();
      committed = writer.rows_committed;
    }
  };

  EXPECT_EQ(run(), std::nullopt);

  EXPECT_EQ(to_error(failure).kind(), ErrorKind::cancelled);
  EXPECT_LE(writer.rows_committed, committed + 3);
}

TEST_F(Load, a_snapshot_begins_with_its_first_commit_and_ends_with_its_last) {
  run({false, true, {}});

  EXPECT_TRUE(writer.commits.front().starts_snapshot);
  EXPECT_TRUE(writer.commits.back().ends_snapshot);
  for (std::size_t i = 1; i < writer.commits.size(); ++i) EXPECT_FALSE(writer.commits[i].starts_snapshot);
  for (std::size_t i = 0; i + 1 < writer.commits.size(); ++i) EXPECT_FALSE(writer.commits[i].ends_snapshot);
}

TEST_F(Load, a_snapshot_that_failed_marks_nothing_deleted) {
  reader.failing_range = 0;
  reader.failing_at = 1;

  run({false, true, {}});

  for (const auto& commit : writer.commits) EXPECT_FALSE(commit.ends_snapshot);
}

}  // namespace
}  // namespace sluice
