#pragma once
// The language in which a described table says what its rows look like (tables/README.md). Each word draws from dice of
// its own, so one member can be made without the others.

#include "tests/sample_store/described_rows.hpp"

#include <string>
#include <string_view>

namespace sluice::sample_store {

class RowWords {
 public:
  RowWords(const DescribedRows& rows, const TableDescription& table, RowRef row)
      : rows_(rows), table_(table), row_(row) {}

  /// The JSON that a template stands for; discarded when the member is absent. `place` is where it stands.
  Json value(const Json& pattern, const std::string& place);

 private:
  Json text(const std::string& pattern, const std::string& place);
  Json form(const Json& pattern, const std::string& place);
  Json word(std::string_view word, const std::string& place);
  Json drawn(std::string_view name, std::string_view arguments, const std::string& place);
  Json converted(std::string_view name, std::string_view arguments, const std::string& place);
  Json reference(std::string_view arguments, const std::string& place);
  Json children(std::string_view arguments);
  Json person(std::string_view member);
  Json parent(std::string_view path);
  std::int64_t referred(std::string_view table, const std::string& place);
  Dice dice(const std::string& place) const;

  const DescribedRows& rows_;
  const TableDescription& table_;
  RowRef row_;
  const Json& element();
  /// A member of the parent's row, read once.
  const Json& parent_member(std::string_view name);

  std::optional<Json> element_;
  std::map<std::string, Json, std::less<>> parent_members_;
  const Json* item_ = nullptr;
  std::int64_t index_ = 0;
};

/// A text as it is, everything else as JSON; null is "".
std::string as_text(const Json& value);
/// "a.b.0" within a value; null when it is not there.
Json value_in(const Json& value, std::string_view path);
/// A date in one of the API's forms: rfc2822, iso_offset, iso_zulu, iso_fraction, sql, date, unix, unix_text.
Json date_as(std::string_view form, Seconds time);

}  // namespace sluice::sample_store
