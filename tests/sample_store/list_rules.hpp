#pragma once
// The list endpoints as data: their paths, parameters, sorts, includes and paging, as the API's documents give them.

#include <cstdint>
#include <span>
#include <string_view>

namespace sluice::sample_store {

struct FilterRule {
  enum class Kind {
    number,
    numbers,
    not_numbers,
    at_least,
    at_most,
    above,
    below,  // of a number
    text,
    texts,
    not_text,
    contains,  // of a text
    truth,     // true, false, 1 or 0
    on_date,
    not_on_date,
    min_date,
    max_date,
    low_stock,  // of a row whose stock is tracked
    sold_out,
    parent,    // chooses the parent whose rows are answered; without it those of the whole store
    adds,      // true adds the members of the include of the same name
    accepted,  // known; it changes no answer here
  };
  std::string_view parameter;
  Kind kind;
  std::string_view member;  // several, joined by a space, are read as one text
};

struct IncludeRule {
  std::string_view parameter;  // as asked for
  std::string_view member;     // as answered
};

struct ListRule {
  enum class Paging { v2, v3, v3_with_cursor };
  std::string_view table;
  std::string_view path;  // behind /stores/{hash}
  std::string_view scope;
  Paging paging;
  std::span<const FilterRule> filters{};
  std::span<const std::string_view> sorts{};
  std::span<const IncludeRule> includes{};
  bool sorts_by_suffix = false;    // sort=name:desc; otherwise sort=name&direction=desc
  bool descending = false;         // the order without `sort`
  bool chooses_fields = false;     // include_fields, exclude_fields
  bool has_links = true;           // in meta.pagination
  bool fills_time_of_day = false;  // a date without time gets the current time of day
  bool has_direction = false;      // `direction` without `sort`
  std::int64_t max_limit = 0;      // 0: the store's
  bool is_v2() const { return paging == Paging::v2; }
};

std::span<const ListRule> list_rules();

}  // namespace sluice::sample_store
