#include "connectors/rest/parent_record.hpp"

#include "connectors/column_value.hpp"
#include "core/http.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sluice {
namespace {

bool is_zero(std::string_view text) {
  return text.find_first_not_of("0.+-") == std::string_view::npos && text.find('0') != std::string_view::npos;
}

void replace(std::string& text, std::string_view place, const std::string& value) {
  if (const auto at = text.find(place); at != std::string::npos) text.replace(at, place.size(), value);
}

template <class T>
void move_behind(std::vector<T>& items, std::vector<T>& more) {
  items.insert(items.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

Json parse_captured(std::string_view text) {
  Json value = Json::parse(text, nullptr, false);
  return value.is_discarded() ? Json() : value;
}

bool is_set(const Json& value) {
  if (value.is_null()) return false;
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value.get<double>() != 0;
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return !text.empty() && !is_zero(text);
  }
  return !value.empty();
}

bool changed_before(std::string_view captured_date, const Increment& increment, Time since) {
  const Json value = parse_captured(captured_date);
  const auto date = value.is_string() ? to_time(value.get_ref<const std::string&>(), increment.form) : std::nullopt;
  return date && *date < since;
}

std::string path_text(const Json& key) {
  if (key.is_number_integer()) return key.dump();
  return key.is_string() ? key.get<std::string>() : std::string();
}

std::vector<Json> objects_at(const Json& value, std::span<const std::string> path) {
  if (value.is_array()) {
    std::vector<Json> all;
    for (const Json& item : value) {
      auto some = objects_at(item, path);
      move_behind(all, some);
    }
    return all;
  }
  if (!value.is_object()) return {};
  if (path.empty()) return {value};
  const auto member = value.find(path.front());
  return member == value.end() ? std::vector<Json>() : objects_at(*member, path.subspan(1));
}

void fill_in(Table& table, const std::string& parent, const std::string& row) {
  replace(table.path, "{parent}", percent_encode(parent));
  replace(table.path, "{row}", percent_encode(row));
  for (auto& [name, value] : table.query) {
    replace(value, "{parent}", parent);
    replace(value, "{row}", row);
  }
}

void append(RowBatch& batch, RowBatch more) {
  batch.rows.append(more.rows);
  move_behind(batch.key_hashes, more.key_hashes);
  move_behind(batch.rejects, more.rejects);
  move_behind(batch.new_fields, more.new_fields);
}

}  // namespace sluice
