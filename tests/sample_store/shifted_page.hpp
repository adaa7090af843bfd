#pragma once
// Pages of a counted list slide while it is read: rows before them go, or others come.

#include <cstdint>
#include <functional>
#include <string>

namespace sluice::sample_store {

/// The page as it is when `rows` rows before it have gone since the page before it was read, or have come when below 0,
/// a page at most; its total says so. `ask` gives another page of the list. What is no page stays as it is.
std::string shifted_page(const std::string& body, std::int64_t rows,
                         const std::function<std::string(std::int64_t page)>& ask);

/// The same request for another page.
std::string target_of_page(std::string target, std::int64_t page);

}  // namespace sluice::sample_store
