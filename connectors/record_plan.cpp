#include "connectors/record_plan.hpp"

#include "core/error.hpp"

#include <algorithm>

namespace sluice {
namespace {

constexpr std::string_view parent_mark = "^";
constexpr std::string_view around_mark = "~";
constexpr std::string_view reader_mark = "@";

[[noreturn]] void refuse(const Table& table, const std::string& what) {
  throw Error{ErrorKind::bug, "record.plan", table.name + ": " + what};
}

}  // namespace

RecordPlan::RecordPlan(const Table& carrier, const std::vector<Lane>& asked, const std::vector<MemberPath>& captures) {
  one_record = carrier.paging.kind == PagingKind::single;
  carrier_root = add_node();
  add_envelope(carrier);

  const std::string& only_key = carrier.key.size() == 1 ? carrier.key.front() : std::string{};
  parent_key_slot = slot_of(carrier_root, carrier, only_key);
  key_slot =
      carrier.paging.key_field.empty() ? parent_key_slot : slot_of(carrier_root, carrier, carrier.paging.key_field);
  if (carrier.increment) {
    modified_slot = slot_of(carrier_root, carrier, carrier.increment->field);
    if (const Field* field = carrier.find_field(carrier.increment->field)) modified_form = field->date_form;
  }
  constexpr std::size_t most_lanes = 64;
  if (asked.size() > most_lanes) refuse(carrier, "too many lanes");
  for (std::uint32_t i = 0; i < asked.size(); ++i) add_lane(asked[i], i, carrier);
  for (const MemberPath& path : captures) captured_slots.push_back(slot_at(carrier_root, path));
  seal();
}

std::uint32_t RecordPlan::add_node() {
  nodes.emplace_back();
  return static_cast<std::uint32_t>(nodes.size() - 1);
}

PlanMember& RecordPlan::member(std::uint32_t node, const std::string& name) {
  auto& members = nodes[node].members;
  const auto found = std::ranges::find(members, name, &PlanMember::name);
  if (found != members.end()) return *found;
  return members.emplace_back(PlanMember{.name = name});
}

std::uint32_t RecordPlan::descend(std::uint32_t node, const std::string& name) {
  if (member(node, name).node == nothing) {
    const std::uint32_t child = add_node();
    member(node, name).node = child;
  }
  return member(node, name).node;
}

std::uint32_t RecordPlan::slot_at(std::uint32_t root, std::span<const std::string> path) {
  std::uint32_t node = root;
  for (const std::string& name : path.first(path.size() - 1)) node = descend(node, name);
  PlanMember& last = member(node, path.back());
  if (last.slot == nothing) last.slot = static_cast<std::uint32_t>(slot_count++);
  return last.slot;
}

std::uint32_t RecordPlan::slot_of(std::uint32_t root, const Table& table, std::string_view name) {
  const Field* field = table.find_field(name);
  if (field == nullptr) return nothing;
  const std::string& first = field->source.front();
  const bool is_outside = first == parent_mark || first == around_mark || first == reader_mark;
  return is_outside ? nothing : slot_at(root, field->source);
}

std::uint32_t RecordPlan::given_slot(const MemberPath& source) {
  const auto known = std::ranges::find(given, source);
  if (known != given.end()) return given_slots[static_cast<std::size_t>(known - given.begin())];
  given.push_back(source);
  given_slots.push_back(static_cast<std::uint32_t>(slot_count++));
  return given_slots.back();
}

std::uint32_t RecordPlan::column_slot(PlanLane& lane, const Table& carrier, const MemberPath& source) {
  const std::string& mark = source.front();
  const std::span<const std::string> path = std::span(source).subspan(1);
  if (mark == reader_mark) return given_slot(source);
  if (mark != parent_mark && mark != around_mark) return slot_at(lane.root, source);
  // A list's own records have their parent elsewhere: the reader knows it.
  if (lane.table->name == carrier.name) return given_slot(source);
  if (mark == parent_mark) return slot_at(carrier_root, path);
  if (lane.around == nothing) lane.around = add_node();
  return slot_at(lane.around, path);
}

void RecordPlan::add_envelope(const Table& carrier) {
  if (carrier.records.empty()) return;
  envelope = add_node();
  std::uint32_t node = envelope;
  for (std::size_t i = 0; i + 1 < carrier.records.size(); ++i) node = descend(node, carrier.records[i]);
  // In the envelope there is one list only, so its number is of no interest.
  member(node, carrier.records.back()).rows = 0;
  total_slot = slot_at(envelope, std::vector<std::string>{"meta", "pagination", "total"});
  total_pages_slot = slot_at(envelope, std::vector<std::string>{"meta", "pagination", "total_pages"});
  if (!carrier.paging.cursor_source.empty()) cursor_slot = slot_at(envelope, carrier.paging.cursor_source);
}

void RecordPlan::add_lane(const Lane& asked, std::uint32_t number, const Table& carrier) {
  const Table& table = *asked.table;
  PlanLane lane;
  lane.table = &table;
  if (&table == &carrier || table.name == carrier.name) {
    carrier_lane = number;
    lane.root = carrier_root;
  } else {
    if (!table.is_embedded() || table.parent->table != carrier.name) refuse(table, "not embedded in " + carrier.name);
    lane.root = add_node();
    for (const auto& path : table.parent->rows) add_rows(path, number);
    if (table.may_be_cut()) lane.count_slot = slot_of(carrier_root, carrier, table.parent->counted_by);
  }

  for (const Field* field : asked.fields) {
    const bool is_key = std::ranges::find(table.key, field->name) != table.key.end();
    lane.columns.push_back({field, column_slot(lane, carrier, field->source), is_key});
  }
  for (const std::string& key : table.key) {
    const auto column = std::ranges::find_if(lane.columns, [&](const auto& it) { return it.field->name == key; });
    if (column == lane.columns.end()) refuse(table, "the key field " + key + " is not among the columns");
    lane.key_slots.push_back(column->slot);
  }
  know_members(lane, number);
  lanes.push_back(std::move(lane));
}

void RecordPlan::know_members(const PlanLane& lane, std::uint32_t number) {
  PlanNode& node = nodes[lane.root];
  node.lane = number;
  node.known.insert(lane.table->ignored.begin(), lane.table->ignored.end());
  for (const Field& field : lane.table->fields) {
    node.known.insert(field.source.front());
    node.known.insert(field.name);
  }
}

void RecordPlan::add_rows(const std::vector<std::string>& path, std::uint32_t lane) {
  // A record shows its rows where the object around them stands: a mere link in its place shows nothing.
  const std::size_t showing = path.size() < 2 ? 0 : path.size() - 2;
  std::uint32_t node = carrier_root;
  for (std::size_t i = 0; i < path.size(); ++i) {
    PlanMember& here = member(node, path[i]);
    if (i == showing) here.shows |= std::uint64_t{1} << lane;
    if (i + 1 == path.size()) {
      here.rows = lane;
    } else {
      node = descend(node, path[i]);
      nodes[node].leads_to_rows = true;
    }
  }
}

void RecordPlan::seal() {
  // Children are always made after their parents, so that going backwards sees them complete.
  for (std::size_t i = nodes.size(); i-- > 0;) {
    PlanNode& node = nodes[i];
    for (std::uint32_t m = 0; m < node.members.size(); ++m) {
      const PlanMember& it = node.members[m];
      node.by_name.emplace(it.name, m);
      if (it.slot != nothing) node.slots.push_back(it.slot);
      if (it.node == nothing) continue;
      const auto& below = nodes[it.node].slots;
      node.slots.insert(node.slots.end(), below.begin(), below.end());
    }
    node.hints = static_cast<std::uint32_t>(hint_count);
    hint_count += node.members.size() + 1;
  }
}

}  // namespace sluice
