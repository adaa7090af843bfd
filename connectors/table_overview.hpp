#pragma once
// The tables of a connector for people: what each is, how it is kept fresh, what its deletes need, what it costs. Pure.

#include "connectors/catalogue.hpp"

#include <string>

namespace sluice {

/// One row of the overview for each table that can be selected, as a Markdown table in the order of the subjects.
std::string overview_in_markdown(const Catalogue& catalogue);

}  // namespace sluice
