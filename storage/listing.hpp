#pragma once
// Filters and key-set pages: one row more than asked for tells whether there is a next page. Private to storage/*.cpp.

#include "storage/model.hpp"

#include <pqxx/result>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

inline std::int64_t page_size(const PageRequest& page) { return std::clamp(page.limit, 1, 500); }
inline std::int64_t rows_to_ask(const PageRequest& page) { return page_size(page) + 1; }

/// A filter's values as one parameter ("a,b"); null when there are none.
template <class Enum>
std::optional<std::string> comma_separated(const std::vector<Enum>& values) {
  if (values.empty()) return std::nullopt;
  std::string text;
  for (const Enum value : values) text.append(text.empty() ? "" : ",").append(to_string(value));
  return text;
}
/// Null when empty.
inline std::optional<std::string> if_given(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

template <class T, class Read, class Key>
Listing<T> listing_of(const pqxx::result& rows, const PageRequest& page, Read read, Key key) {
  Listing<T> listing;
  for (const auto& row : rows) {
    if (std::ssize(listing.items) == page_size(page)) {
      listing.next = key(listing.items.back());
      break;
    }
    listing.items.push_back(read(row));
  }
  return listing;
}

}  // namespace sluice
