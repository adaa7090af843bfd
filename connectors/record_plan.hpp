#pragma once
// What to look for in an answer, compiled once per read from the table specs: a tree of the members that matter, the
// slots their values are put into, and for each lane the slots its columns are written from.

#include "connectors/record.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace sluice {

constexpr std::uint32_t nothing = static_cast<std::uint32_t>(-1);

struct PlanMember {
  std::string name;
  std::uint32_t slot = nothing;  // keep the value here
  std::uint32_t node = nothing;  // look inside: its members matter
  std::uint32_t rows = nothing;  // its elements are rows of this lane
  std::uint64_t shows = 0;       // where this stands, the record shows all its rows of these lanes (bits)
};

/// The members of one kind of object.
struct PlanNode {
  std::vector<PlanMember> members;
  std::unordered_map<std::string_view, std::uint32_t> by_name;
  std::vector<std::uint32_t> slots;  // of this node and all below it
  bool leads_to_rows = false;        // so it may also stand in arrays
  std::uint32_t lane = nothing;      // whose records these are; other members than `known` are news
  std::unordered_set<std::string> known;
  std::uint32_t hints = 0;  // where its part of the guesses of the next member begins
};

struct PlanColumn {
  const Field* field = nullptr;
  std::uint32_t slot = nothing;
  bool is_key = false;
};

struct PlanLane {
  const Table* table = nullptr;
  std::uint32_t root = nothing;  // node of its records
  std::vector<PlanColumn> columns;
  std::vector<std::uint32_t> key_slots;  // in the order of the table's key
  std::uint32_t count_slot = nothing;    // the parent's member that says how many rows there are
  std::uint32_t around = nothing;        // node of the object that the row's list stands in, when a column needs it
};

class RecordPlan {
 public:
  RecordPlan(const Table& carrier, const std::vector<Lane>& lanes, const std::vector<MemberPath>& captures);

  std::vector<PlanNode> nodes;
  std::vector<PlanLane> lanes;  // as asked for
  std::uint32_t carrier_lane = nothing;
  std::uint32_t carrier_root = nothing;
  std::uint32_t envelope = nothing;  // node of the answer; nothing when the answer is the records
  bool one_record = false;           // the answer is a record, not a list of them
  std::size_t slot_count = 0;
  std::size_t hint_count = 0;

  std::vector<MemberPath> given;  // values from outside the answer, marks in front
  std::vector<std::uint32_t> given_slots;
  std::vector<std::uint32_t> captured_slots;

  std::uint32_t parent_key_slot = nothing;
  std::uint32_t key_slot = nothing;       // of paging.key_field
  std::uint32_t modified_slot = nothing;  // of increment.field
  DateForm modified_form = DateForm::iso8601;
  std::uint32_t total_slot = nothing;
  std::uint32_t total_pages_slot = nothing;
  std::uint32_t cursor_slot = nothing;

 private:
  std::uint32_t add_node();
  PlanMember& member(std::uint32_t node, const std::string& name);
  std::uint32_t descend(std::uint32_t node, const std::string& name);
  /// The slot of the value at the end of `path`; the same path always has the same slot.
  std::uint32_t slot_at(std::uint32_t root, std::span<const std::string> path);
  std::uint32_t slot_of(std::uint32_t root, const Table& table, std::string_view field);
  void add_envelope(const Table& carrier);
  std::uint32_t given_slot(const MemberPath& source);
  std::uint32_t column_slot(PlanLane& lane, const Table& carrier, const MemberPath& source);
  void add_lane(const Lane& lane, std::uint32_t number, const Table& carrier);
  void know_members(const PlanLane& lane, std::uint32_t number);
  void add_rows(const std::vector<std::string>& path, std::uint32_t lane);
  void seal();
};

}  // namespace sluice
