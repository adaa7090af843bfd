#include "connectors/table.hpp"

#include <algorithm>

namespace sluice {

std::string_view to_string(Subject subject) {
  switch (subject) {
    case Subject::orders:
      return "orders";
    case Subject::customers:
      return "customers";
    case Subject::catalog:
      return "catalog";
    case Subject::inventory:
      return "inventory";
    case Subject::marketing:
      return "marketing";
    case Subject::channels:
      return "channels";
    case Subject::content:
      return "content";
    case Subject::store:
      break;
  }
  return "store";
}

const Field* Table::find_field(std::string_view wanted) const {
  const auto found = std::ranges::find(fields, wanted, &Field::name);
  return found == fields.end() ? nullptr : &*found;
}

bool Table::is_required(const Field& field) const {
  return std::ranges::find(key, field.name) != key.end() || field.name == paging.key_field ||
         (increment && field.name == increment->field) || (parent && field.name == parent->key_field) ||
         (deletes == DeleteKind::soft_flag && field.name == deleted_field);
}

}  // namespace sluice
