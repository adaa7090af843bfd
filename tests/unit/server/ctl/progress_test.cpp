#include "server/ctl/progress.hpp"

#include <gtest/gtest.h>

namespace sluice::ctl {
namespace {

Json job(const char* table, const char* state, int read = 0) {
  return {{"id", std::string("job_") + table}, {"table", table},       {"state", state},
          {"rows", {{"read", read}}},          {"expected_rows", 100}, {"source_calls", read},
          {"progress", {{"percent", read}}}};
}

TEST(CtlProgress, off_a_terminal_tells_each_change_of_a_state_once) {
  Progress progress(false);

  EXPECT_EQ(progress.show({job("orders", "queued"), job("brands", "queued")}, Duration(0)),
            "orders queued\nbrands queued\n");
  EXPECT_EQ(progress.show({job("orders", "running"), job("brands", "queued")}, Duration(0)), "orders running\n");
  EXPECT_EQ(progress.show({job("orders", "running", 50), job("brands", "queued")}, Duration(0)), "");
  EXPECT_EQ(progress.show({job("orders", "succeeded", 100), job("brands", "queued")}, Duration(0)),
            "orders succeeded: 100 of about 100 rows, 100 calls\n");
}

TEST(CtlProgress, says_why_a_job_failed) {
  Progress progress(false);
  Json failed = job("orders", "failed");
  failed["error"] = {{"code", "source.scope_missing"}, {"detail", "grant store_v2_orders"}};

  EXPECT_EQ(progress.show({failed}, Duration(0)),
            "orders failed: 0 of about 100 rows, 0 calls; grant store_v2_orders [source.scope_missing]\n");
}

TEST(CtlProgress, on_a_terminal_draws_over_the_picture_before) {
  Progress progress(true);

  const std::string first = progress.show({job("orders", "queued"), job("brands", "running", 7)}, Duration(1000));
  const std::string second = progress.show({job("orders", "running"), job("brands", "succeeded")}, Duration(2000));

  EXPECT_FALSE(first.starts_with("\x1b[")) << "nothing stands there yet";
  EXPECT_LT(first.find("brands"), first.find("orders")) << "what runs comes first";
  EXPECT_NE(first.find("7 of about 100 rows, 7 calls, 7 %"), std::string::npos);
  EXPECT_TRUE(second.starts_with("\x1b[3A"));
  EXPECT_NE(second.find("1 of 2 jobs ended, 2 s"), std::string::npos);
}

TEST(CtlProgress, fits_a_terminal) {
  Progress progress(true);
  std::vector<Json> jobs;
  for (int i = 0; i < 40; ++i) jobs.push_back(job(("table" + std::to_string(i)).c_str(), "queued"));

  const std::string picture = progress.show(jobs, Duration(0));

  EXPECT_EQ(std::count(picture.begin(), picture.end(), '\n'), 17);
  EXPECT_NE(picture.find("and 25 more"), std::string::npos);
}

}  // namespace
}  // namespace sluice::ctl
