#pragma once
// One question to a list endpoint: its query parameters judged by the endpoint's rule, and the rows that answer it.

#include "core/clock.hpp"
#include "tests/sample_store/list_rules.hpp"
#include "tests/sample_store/options.hpp"
#include "tests/sample_store/record_table.hpp"

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::sample_store {

using Query = std::vector<std::pair<std::string, std::string>>;

/// An answer that is not a list: a status and a sentence.
struct Refusal {
  int status = 400;
  std::string text;
};

struct Filter {
  FilterRule rule;
  std::vector<double> numbers{};
  std::vector<std::string> texts{};
  Seconds from = 0;  // of dates, inclusive
  Seconds to = 0;
};

struct ListQuery {
  std::vector<Filter> filters;
  std::string sort;  // a member; "id" stands for the table's key
  bool descending = false;
  std::int64_t page = 1;
  bool has_page = false;
  std::int64_t limit = 50;
  std::string after;  // cursors as they were sent
  std::string before;
  std::vector<std::string> includes;  // parameters of the rule's includes
  bool consignment_object = false;
  std::vector<std::string> include_fields;
  std::vector<std::string> exclude_fields;

  bool asks_for(std::string_view include) const;
  bool by_cursor() const { return !after.empty() || !before.empty(); }
};

std::variant<ListQuery, Refusal> read_list_query(const ListRule& rule, const Query& query,
                                                 const SampleStoreOptions& options, Time now);

struct Selection {
  std::vector<const Record*> rows;  // of this page
  std::size_t total = 0;            // of all pages; for V2 not counted beyond this page when rows had to be searched
  bool has_more = false;            // behind this page
  bool has_earlier = false;
};

/// nullopt when a cursor cannot be read.
std::optional<Selection> select_rows(const RecordTable& table, const ListRule& rule, const ListQuery& query);
bool matches(const Record& record, const Filter& filter);

std::string cursor_of(const ListRule& rule, const ListQuery& query, const Record& record);

}  // namespace sluice::sample_store
