#include "server/ctl/render.hpp"

#include "core/utf8.hpp"

#include <algorithm>
#include <vector>

namespace sluice::ctl {
namespace {

constexpr std::size_t widest_cell = 80;
constexpr std::size_t most_found_columns = 10;

/// A terminal obeys control characters, those of C1 (U+0080 to U+009F) included.
std::string harmless(const std::string& text) {
  const std::string valid = valid_utf8(text);
  std::string out;
  for (std::size_t i = 0; i < valid.size(); ++i) {
    const auto byte = static_cast<unsigned char>(valid[i]);
    const bool is_c1 = byte == 0xC2 && i + 1 < valid.size() && static_cast<unsigned char>(valid[i + 1]) < 0xA0;
    if (is_c1) ++i;
    out += is_c1 || byte < 0x20 || byte == 0x7F ? ' ' : valid[i];
  }
  return out;
}

/// Columns on the screen, near enough: bytes that begin a character.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

const Json& at(const Json& item, const std::string& pointer) {
  static const Json nothing;
  const Json::json_pointer path(pointer);
  return item.contains(path) ? item.at(path) : nothing;
}

bool is_blank(const Json& value) {
  return value.is_null() || (value.is_structured() && value.empty()) || value == Json("");
}

/// Beside others a time needs no fractions of a second.
std::string without_fraction(std::string time) {
  const bool is_exact_time = time.size() == std::string_view("2026-06-18T14:12:20.123456Z").size() && time[10] == 'T' &&
                             time[19] == '.' && time.back() == 'Z';
  return is_exact_time ? time.substr(0, 19) + 'Z' : time;
}

std::vector<Column> found_columns(const Json& items) {
  std::vector<Column> columns;
  for (const Json& item : items) {
    if (!item.is_object()) continue;
    for (const auto& [name, value] : item.items()) {
      const std::string pointer = "/" + name;
      const bool is_known =
          std::ranges::any_of(columns, [&](const Column& column) { return column.pointer == pointer; });
      if (value.is_structured() || is_known || name.find_first_of("/~") != std::string::npos) continue;
      std::string title = name;
      for (char& c : title) c = c == '_' ? ' ' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      columns.push_back({std::move(title), pointer});
    }
  }
  if (columns.size() > most_found_columns) columns.resize(most_found_columns);
  return columns;
}

std::vector<Column> filled_columns(const Json& items, std::span<const Column> columns) {
  std::vector<Column> filled;
  for (const Column& column : columns) {
    const auto fills = [&](const Json& item) { return !is_blank(at(item, column.pointer)); };
    if (std::ranges::any_of(items, fills)) filled.push_back(column);
  }
  return filled;
}

std::string lines_of(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - width_of(row[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

bool is_list_of_objects(const Json& value) {
  return value.is_array() && !value.empty() &&
         std::ranges::all_of(value, [](const Json& item) { return item.is_object(); });
}

/// An object as lines, and the lists of objects in it as tables of their own.
class Outline {
 public:
  explicit Outline(std::span<const Column> columns) : columns_(columns) {}

  void add(const Json& value, const std::string& name) {
    if (is_list_of_objects(value)) {
      tables_.push_back(name + ":\n" + table_of(value, columns_));
    } else if (!value.is_object() || value.empty()) {
      rows_.push_back({name, cell_of(value)});
    } else {
      for (const auto& [key, inner] : value.items()) add(inner, (name.empty() ? "" : name + '.') + harmless(key));
    }
  }

  std::string text() const {
    std::string text = lines_of(rows_);
    for (const std::string& table : tables_) text += (text.empty() ? "" : "\n") + table;
    return text;
  }

 private:
  std::span<const Column> columns_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::string> tables_;
};

}  // namespace

std::string cell_of(const Json& value) {
  if (value.is_null()) return "-";
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_string()) return harmless(value.get<std::string>());
  const bool is_plain_list =
      value.is_array() && std::ranges::none_of(value, [](const Json& item) { return item.is_structured(); });
  if (!is_plain_list) return harmless(value.dump(-1, ' ', false, Json::error_handler_t::replace));
  std::string text;
  for (const Json& item : value) text += (text.empty() ? "" : ", ") + cell_of(item);
  return text.empty() ? "-" : text;
}

std::string table_of(const Json& items, std::span<const Column> columns) {
  if (!items.is_array() || items.empty()) return "none\n";
  std::vector<Column> filled = filled_columns(items, columns);
  // These items are not what the columns were chosen for: a plan instead of a thing, say.
  if (filled.empty()) filled = filled_columns(items, found_columns(items));
  std::vector<std::vector<std::string>> rows(items.size() + 1);
  for (const Column& column : filled) {
    rows[0].push_back(column.title);
    for (std::size_t i = 0; i < items.size(); ++i) {
      rows[i + 1].push_back(cut_utf8(without_fraction(cell_of(at(items[i], column.pointer))), widest_cell));
    }
  }
  return lines_of(rows);
}

std::string text_of(const Json& answer, std::span<const Column> columns) {
  if (!answer.is_object()) return cell_of(answer) + '\n';
  if (const auto items = answer.find("items"); items != answer.end()) return table_of(*items, columns);
  Outline outline(columns);
  outline.add(answer, "");
  return outline.text();
}

std::string log_line_of(const Json& line) {
  const auto text = [&](const char* member) {
    return line.contains(member) ? cell_of(line.at(member)) : std::string();
  };
  std::string level = text("level");
  level.resize(std::max<std::size_t>(level.size(), 5), ' ');
  std::string out = text("at") + "  " + level + "  " + text("message");
  if (const auto fields = line.find("fields"); fields != line.end() && fields->is_object()) {
    for (const auto& [name, value] : fields->items()) out += "  " + harmless(name) + '=' + cell_of(value);
  }
  return out;
}

std::string change_line_of(const Json& change) {
  const auto text = [&](const Json& object, const char* member) {
    return object.is_object() && object.contains(member) && !object.at(member).is_null() ? cell_of(object.at(member))
                                                                                         : std::string();
  };
  std::string out = text(change, "at") + "  " + text(change, "type");
  if (change.contains("integration")) out += "  " + text(change.at("integration"), "name");
  if (const std::string table = text(change, "table"); !table.empty()) out += '.' + table;
  const std::string from = text(change, "from");
  out += "  " + (from.empty() ? "" : from + " -> ") + text(change, "to");
  for (const char* member : {"run", "job"}) {
    if (const std::string id = text(change, member); !id.empty()) out += "  " + id;
  }
  if (const auto detail = change.find("detail"); detail != change.end() && detail->is_object()) {
    for (const auto& [name, value] : detail->items()) {
      if (!value.is_null()) out += "  " + harmless(name) + '=' + cell_of(value);
    }
  }
  return out;
}

}  // namespace sluice::ctl
