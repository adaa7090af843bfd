#pragma once
// What the shapes of several groups of answers are made of. Private to api/answers.

#include "api/shape.hpp"

#include <vector>

namespace sluice::api {

Shape list_of(const char* item);
Shape table(bool of_catalog);
Shape estimate();
Shape shown_frequency();
Shape run();
Shape date_window();
std::vector<Member> verification_members();
std::vector<Member> row_counts_members();

}  // namespace sluice::api
