#pragma once
// Tests that roll dice: where they begin, and how long they go on.

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

namespace sluice {

/// TEST_SEED of the environment, or a new one; printed, so that a failure can be repeated.
inline std::mt19937 seeded_dice() {
  const char* given = std::getenv("TEST_SEED");
  const auto seed = given != nullptr ? std::stoul(given) : std::random_device{}();
  std::cout << "TEST_SEED=" << seed << std::endl;
  return std::mt19937(static_cast<std::mt19937::result_type>(seed));
}

/// TEST_ROUNDS of the environment: the long form of a test whose short one goes `usual` rounds.
inline int rounds(int usual) {
  const char* given = std::getenv("TEST_ROUNDS");
  return given != nullptr ? std::stoi(given) : usual;
}

}  // namespace sluice
