#pragma once
// The language of tables: everything Sluice must know of one source table, as data. Written as JSON files beside a
// connector (connectors/bigcommerce/tables/*.json), checked by connectors/table_loader. If code needs an `if` on a
// table's name, a word is missing here.

#include "core/clock.hpp"
#include "core/copy_rows.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

using QueryParameters = std::vector<std::pair<std::string, std::string>>;

/// How the text of a date reads. Decoding tries this form first and the others after it.
enum class DateForm { iso8601, rfc2822, unix_seconds };

struct Field {
  std::string name;  // column name at the destination
  ColumnType type = ColumnType::text;
  /// Members to descend into from the record. A mark in front says from where else: "^" the parent's record, "~" the
  /// object that the row's list stands in, "@" the reader itself (@ account).
  std::vector<std::string> source;
  DateForm date_form = DateForm::iso8601;
  std::string meaning;     // becomes the column's comment
  bool sensitive = false;  // personal data: e-mail, names, phones, addresses, IPs
};

enum class PagingKind { page_number, keyset, cursor, single };

/// How a list says that it is over, besides an empty page or 204.
enum class PageEnd {
  short_page,  // V2: nothing is said; a page shorter than one this list has already given is the last
  total        // V3: meta.pagination says how many pages there are
};

struct Paging {
  PagingKind kind = PagingKind::page_number;
  int page_size = 250;
  PageEnd end = PageEnd::short_page;
  std::string page_parameter = "page";
  std::string size_parameter = "limit";
  // keyset: ask for records whose `key_field` is at or past a value; sorted ascending by it.
  std::string key_field;
  std::string from_parameter;  // "min_id" (inclusive) or "id:greater" (exclusive)
  bool from_is_inclusive = true;
  std::string to_parameter;    // "max_id" (inclusive); empty when the list has none: then it is one range
  QueryParameters ascending;   // what makes the list ascend by key_field, e.g. sort=id:asc
  QueryParameters descending;  // the same, descending: asks for the largest key with one call
  // cursor: the next page is named by the answer.
  std::string cursor_parameter;            // "after"
  std::vector<std::string> cursor_source;  // meta, cursor_pagination, end_cursor
};

struct Increment {
  std::string field;                  // name of the Field that says when a record last changed
  std::string min_parameter;          // inclusive lower end
  std::string max_parameter;          // may be empty
  DateForm form = DateForm::iso8601;  // how the parameter wants its date
  QueryParameters ascending;          // sorts by `field`; empty when the list cannot: then it pages as `paging` says
  Duration granularity = std::chrono::seconds(1);  // the filter's: a second, or a day
  Duration look_back = std::chrono::minutes(5);    // how far before the cursor each run reads again

  /// The filter looks at the day only, and does not say in which time zone.
  bool is_coarse() const { return granularity >= std::chrono::days(1); }
};

enum class ParentLink {
  embedded,   // rows stand inside the parent's list answer when asked for by `include`
  per_parent  // one call per parent; `path` or a value of `query` has {parent}
};

/// Which parents a per_parent table is asked for.
enum class ParentChoice {
  changed,  // those that changed, as the parent's increments show
  all       // each at each run
};

struct Parent {
  std::string table;
  ParentLink link = ParentLink::embedded;
  std::string key_field;    // this table's Field that holds the parent's key
  QueryParameters include;  // what the parent's list call needs in addition; equal names are joined by commas
  /// Where rows stand inside the parent's record: each is a path whose arrays are walked, for example
  /// {consignments, shipping, line_items}. per_parent: the objects whose id fills {row} of the path, a call for each.
  std::vector<std::vector<std::string>> rows;
  // embedded only: where the list may show fewer rows than there are, the others are asked for
  std::string counted_by = {};  // field of the parent that says how many there are
  std::string parameter = {};   // of the table's own list: rows of these parents, by commas (customer_id:in)
  // per_parent only
  ParentChoice choice = ParentChoice::changed;
  std::vector<std::string> when_any = {};     // fields of the parent: no call unless one of them is set
  std::vector<std::string> promised_by = {};  // fields of the parent: where one of them is set, there are rows
  std::vector<std::pair<std::string, std::string>> skip = {};  // no call under a parent with this text in this field
  Duration look_back{0};  // for rows that come and go without touching the parent's date
};

enum class DeleteKind {
  none,        // the source never deletes
  soft_flag,   // a field says so (orders.is_deleted)
  snapshot,    // hard; each pass is complete and shows which keys are gone
  id_sweep,    // hard; passes show changes only, so that a complete one is made from time to time
  with_parent  // rows of a parent that was read again are replaced as a set
};

/// What a table is about. In this order they are read when the quota is short.
enum class Subject { orders, customers, catalog, inventory, marketing, channels, content, store };

std::string_view to_string(Subject subject);

struct Table {
  std::string name;
  std::string title;
  std::string meaning;
  Subject subject = Subject::store;
  std::vector<std::string> aliases;
  std::string path;                  // below the store's base, "/v2/orders"; per_parent: "/v2/orders/{parent}/coupons"
  std::string count_path;            // answers {"count": …} where the list itself does not say how long it is
  std::vector<std::string> records;  // where the records stand in the answer: {} = the answer itself, {"data"}
  QueryParameters query;             // constant parameters of the list call
  Paging paging;
  std::string ids_parameter;     // asks for some records by their one-field key, by commas ("id:in"); may be empty
  std::vector<std::string> key;  // names of fields
  std::vector<Field> fields;
  std::vector<std::string> ignored;    // members of a record that are no news: links, and what other tables hold
  std::optional<Increment> increment;  // none: read whole every time (snapshot)
  std::optional<Parent> parent;
  std::vector<std::string> scopes;  // any of them is enough
  DeleteKind deletes = DeleteKind::none;
  std::string deleted_field;      // soft_flag
  std::size_t max_in_flight = 0;  // calls of this list side by side; 0: as many as the quota allows
  bool recommended = true;
  bool is_list_only = false;  // carries other tables, and is none itself
  std::string same_as;        // list_only: the table with the same records, whose deletes count for what this carries

  const Field* find_field(std::string_view name) const;
  /// Embedded, but its parents' list may cut its rows: then `path` is the list that has them all.
  bool may_be_cut() const { return is_embedded() && !parent->counted_by.empty(); }
  bool is_embedded() const { return parent && parent->link == ParentLink::embedded; }
  bool is_per_parent() const { return parent && parent->link == ParentLink::per_parent; }
  /// What every selection has: the key, and the fields that paging, increments, deletes and the parent go by.
  bool is_required(const Field& field) const;
};

}  // namespace sluice
