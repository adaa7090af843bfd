#include "tests/sample_store/record_table.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_set>

namespace sluice::sample_store {
namespace {

/// Beyond this many, one sweep through the index is cheaper than cutting rows out singly.
constexpr std::size_t few = 32;

void merge_in(Rows& sorted, Rows added) {
  if (added.empty()) return;
  std::sort(added.begin(), added.end(), changed_before);
  // Most often everything new lies behind everything there is.
  const auto place = std::lower_bound(sorted.begin(), sorted.end(), added.front(), changed_before);
  const Rows tail(place, sorted.end());
  sorted.erase(place, sorted.end());
  std::merge(tail.begin(), tail.end(), added.begin(), added.end(), std::back_inserter(sorted), changed_before);
}

void cut_out(Rows& sorted, std::span<Record* const> gone) {
  if (gone.size() > few) {
    const std::unordered_set<const Record*> lookup(gone.begin(), gone.end());
    std::erase_if(sorted, [&](const Record* record) { return lookup.contains(record); });
    return;
  }
  for (Record* record : gone) {
    const auto place = std::lower_bound(sorted.begin(), sorted.end(), record, changed_before);
    if (place != sorted.end() && *place == record) sorted.erase(place);
  }
}

}  // namespace

std::string_view Record::part(std::string_view name) const {
  for (const Part& part : parts) {
    if (part.name == name) return part.text;
  }
  return {};
}

bool changed_before(const Record* a, const Record* b) {
  return a->modified != b->modified ? a->modified < b->modified : a->id < b->id;
}

void RecordTable::add(std::vector<Record> records) {
  if (records.empty()) return;
  const auto by_id = [](const auto& a, const auto& b) { return a->id < b->id; };
  std::vector<std::unique_ptr<Record>> added;
  added.reserve(records.size());
  for (Record& record : records) added.push_back(std::make_unique<Record>(std::move(record)));
  std::sort(added.begin(), added.end(), by_id);
  Rows rows;
  rows.reserve(added.size());
  for (const auto& record : added) rows.push_back(record.get());
  const bool behind = by_id_.empty() || by_id_.back()->id < rows.front()->id;
  next_id_ = std::max(next_id_, rows.back()->id + 1);

  owned_.insert(owned_.end(), std::make_move_iterator(added.begin()), std::make_move_iterator(added.end()));
  by_id_.insert(by_id_.end(), rows.begin(), rows.end());
  if (!behind) {
    std::sort(owned_.begin(), owned_.end(), by_id);
    std::sort(by_id_.begin(), by_id_.end(), by_id);
  }
  merge_in(by_modified_, std::move(rows));
}

void RecordTable::remove(std::span<const std::int64_t> ids) {
  const std::unordered_set<std::int64_t> lookup(ids.begin(), ids.end());
  Rows gone;
  for (Record* record : by_id_) {
    if (lookup.contains(record->id)) gone.push_back(record);
  }
  cut_out(by_modified_, gone);
  std::erase_if(by_id_, [&](const Record* record) { return lookup.contains(record->id); });
  std::erase_if(owned_, [&](const auto& record) { return lookup.contains(record->id); });
}

void RecordTable::retime(std::span<Record* const> records, Seconds modified) {
  cut_out(by_modified_, records);
  for (Record* record : records) record->modified = modified;
  merge_in(by_modified_, Rows(records.begin(), records.end()));
}

Record* RecordTable::find(std::int64_t id) const {
  const auto place = std::lower_bound(by_id_.begin(), by_id_.end(), id,
                                      [](const Record* record, std::int64_t wanted) { return record->id < wanted; });
  return place != by_id_.end() && (*place)->id == id ? *place : nullptr;
}

}  // namespace sluice::sample_store
