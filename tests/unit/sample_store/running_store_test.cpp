#include "core/error.hpp"
#include "tests/sample_store/sample_store.hpp"

#include <gtest/gtest.h>

namespace sluice::sample_store {
namespace {

TEST(RunningStore, takes_any_free_port_and_is_steered_from_another_thread) {
  SampleStoreOptions options;
  options.orders = 10;
  const auto store = SampleStore::start(options);
  const auto other = SampleStore::start(options);

  store->control("add", {{"table", "orders"}, {"count", 5}});

  EXPECT_TRUE(store->base_url().starts_with("http://127.0.0.1:"));
  EXPECT_NE(store->base_url(), other->base_url());
  EXPECT_EQ(store->counts()["orders"], 15);
  EXPECT_EQ(other->counts()["orders"], 10);
  EXPECT_EQ(store->calls().total, 0U);
  EXPECT_THROW(store->control("add", {{"table", "nothing"}}), Error);
}

TEST(RunningStore, hands_out_credentials_in_the_text_form) {
  SampleStoreOptions options;
  options.access_token = "abc";

  const std::string text = credentials_text(options, "http://127.0.0.1:1");

  EXPECT_TRUE(text.starts_with("ACCESS TOKEN: abc\nCLIENT NAME: "));
  EXPECT_NE(text.find("API PATH: http://127.0.0.1:1/stores/sample/v3/\n"), std::string::npos);
}

}  // namespace
}  // namespace sluice::sample_store
