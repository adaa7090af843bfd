#pragma once
// The tables that are described by data (tables/*.json): where each is read, in which form it answers, which rows exist
// and what a row looks like. tables/README.md explains the members and the generator words.

#include "core/json.hpp"
#include "tests/sample_store/list_rules.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::sample_store {

struct TableDescription {
  enum class Answer {
    v2,         // an array by pages, 204 when empty
    v2_whole,   // an array, 204 when empty
    v2_object,  // one object, 204 when there is none
    v3,         // {data: [...], meta}, by pages
    v3_whole,   // the same without pages
    v3_object,  // {data: {...}, meta}
    bare,       // an array, although V3
    bare_object
  };
  enum class Meta { pagination, total_page, offset, keyset, empty, null, none };

  std::string_view name;
  std::vector<std::string_view> paths;   // behind /stores/{hash}; {…} are keys of the parent and of its parents
  std::vector<std::string_view> scopes;  // one of them is enough; "!" in front: not in the read-only form
  std::vector<std::string_view> key;
  std::string_view parent;
  std::string_view view_of;  // the same rows as another table's: changes go there
  Answer answer = Answer::v3;
  Meta meta = Meta::pagination;
  const Json* json = nullptr;  // everything else
  ListRule rule{};
  std::vector<FilterRule> filters;
  std::vector<std::string_view> sorts;
  std::vector<IncludeRule> includes;
  std::int64_t first = 1;    // id of the first row of a table without parent
  std::int64_t width = 64;   // ids of a parent's rows begin at the parent's number times this
  std::int64_t ceiling = 0;  // requests at the same time; 0: as many as come

  bool has_rows_by_path() const { return paths.front().find('{') != std::string_view::npos; }
  bool is_object() const {
    return answer == Answer::v2_object || answer == Answer::v3_object || answer == Answer::bare_object;
  }
  /// The query parameter that chooses the parent; empty: none does.
  std::string_view parent_parameter() const;
  /// A member of the description; null when it is not there.
  const Json& at(std::string_view member) const;
};

const std::deque<TableDescription>& described_tables();
const TableDescription* described_table(std::string_view name);

}  // namespace sluice::sample_store
