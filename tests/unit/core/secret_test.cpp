#include "core/secret.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <utility>

namespace sluice {
namespace {

template <class T>
concept Prints = requires(std::ostream& out, const T& value) { out << value; };
static_assert(!Prints<Secret>);

TEST(Secret, compares_by_value) {
  const Secret secret(std::string("hunter2"));

  EXPECT_TRUE(secret.equals("hunter2"));
  EXPECT_FALSE(secret.equals("hunter3"));
  EXPECT_FALSE(secret.equals("hunter"));
  EXPECT_FALSE(secret.equals(""));
  EXPECT_TRUE(Secret().equals(""));
}

TEST(Secret, leaves_nothing_behind_when_it_moves) {
  Secret from(std::string("hunter2"));

  const Secret to = std::move(from);

  EXPECT_EQ(to.reveal(), "hunter2");
  EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): what this test is about
}

TEST(Secret, survives_assignment_to_itself) {
  Secret secret(std::string("hunter2"));
  Secret& same = secret;

  secret = same;

  EXPECT_EQ(secret.reveal(), "hunter2");
}

}  // namespace
}  // namespace sluice
