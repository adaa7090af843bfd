// The second half of RecordWalk: what has been seen of a record -> rows, rejects and facts.
#include "connectors/record_walk.hpp"

#include "core/utf8.hpp"

#include <algorithm>
#include <bit>
#include <functional>

namespace sluice {
namespace {

constexpr std::size_t longest_raw = 64 * 1024;
constexpr std::size_t longest_sample = 200;
// An entry of PostgreSQL's index holds 2,704 bytes, and a key may have two texts.
constexpr std::size_t longest_key_text = 1024;
constexpr std::size_t longest_reject_key = 200;
constexpr std::size_t longest_new_name = 63;  // what a column can be called
constexpr std::size_t most_new_fields = 50;   // of one table on one page

std::uint64_t mix(std::uint64_t seed, std::string_view bytes) {
  return (std::rotl(seed, 23) * 0x9E3779B97F4A7C15U) ^ std::hash<std::string_view>{}(bytes);
}

template <class Value>
void note(const std::optional<Value>& value, std::optional<Value>& first, std::optional<Value>& last) {
  if (!value) return;
  if (!first) first = value;
  last = value;
}

}  // namespace

void RecordWalk::clear(const PlanNode& node) {
  for (const std::uint32_t slot : node.slots) values_[slot] = {};
}

void RecordWalk::forget_fault() {
  fault_ = {};
  fault_field_.clear();
}

std::optional<std::int64_t> RecordWalk::number_in(std::uint32_t slot) const {
  return slot == nothing ? std::nullopt : to_whole_number(values_[slot]);
}

std::optional<std::string> RecordWalk::text_in(std::uint32_t slot) const {
  if (slot == nothing) return std::nullopt;
  const JsonValue& value = values_[slot];
  std::string out;
  const bool is_plain = value.kind == JsonKind::text || value.kind == JsonKind::number;
  return is_plain && unescape(value.text, out) ? std::optional(std::move(out)) : std::nullopt;
}

void RecordWalk::note_record() {
  PageFacts& facts = page_.facts;
  note(number_in(plan_.key_slot), facts.first_key, facts.last_key);
  if (plan_.modified_slot == nothing) return;
  const JsonValue& modified = values_[plan_.modified_slot];
  if (modified.kind != JsonKind::text && modified.kind != JsonKind::number) return;
  note(to_time(modified.text, plan_.modified_form), facts.first_modified, facts.last_modified);
}

Token RecordWalk::pass_by(const PlanNode& node, Token key) {
  const Token value = key + 2;
  const Token next = skip(value);
  if (node.lane == nothing || next == 0 || tokens_.kind(value) == 'n') return next;
  const std::string_view name = content_of(tokens_.text(key));
  if (name.empty() || has_escape(name) || name.size() > longest_new_name) return next;
  std::vector<NewField>& news = page_.batches[node.lane].new_fields;
  const bool is_known = node.known.contains(std::string(name)) || news.size() >= most_new_fields ||
                        std::ranges::find(news, name, &NewField::name) != news.end();
  if (is_known) return next;
  std::string sample(tokens_.text(value, next).substr(0, longest_sample + 1));
  const ColumnType type = guess_type(tokens_.text(value, next));
  news.push_back({std::string(name), cut_utf8(std::move(sample), longest_sample), type});
  return next;
}

void RecordWalk::capture_record() {
  if (plan_.captured_slots.empty()) return;
  std::vector<std::string>& texts = page_.captured.emplace_back();
  for (const std::uint32_t slot : plan_.captured_slots) {
    const JsonValue& value = values_[slot];
    if (value.kind == JsonKind::absent) {
      texts.emplace_back("null");
    } else {
      texts.push_back(value.kind == JsonKind::text ? '"' + std::string(value.text) + '"' : std::string(value.text));
    }
  }
}

void RecordWalk::write_embedded() {
  std::uint64_t spoilt = 0;  // lanes with a row that could not be stored
  counts_.assign(plan_.lanes.size(), 0);
  for (const Site& site : sites_) {
    ++counts_[site.lane];
    if (!write_site(site)) spoilt |= std::uint64_t{1} << site.lane;
  }
  const auto parent = number_in(plan_.parent_key_slot);
  if (!parent) return;
  // Who is named here has its rows replaced as a set: only a record that showed all of them, and all were good.
  for (std::size_t i = 0; i < plan_.lanes.size(); ++i) {
    if (number_in(plan_.lanes[i].count_slot).value_or(0) > counts_[i]) {
      page_.batches[i].cut_parents.push_back(*parent);
      continue;
    }
    if (i != plan_.carrier_lane && (shown_ & ~spoilt) >> i & 1U) page_.batches[i].parents.push_back(*parent);
  }
}

bool RecordWalk::write_site(const Site& site) {
  const PlanNode& root = plan_.nodes[plan_.lanes[site.lane].root];
  clear(root);
  const Token end = tokens_.skip(site.token);
  if (const std::uint32_t around = plan_.lanes[site.lane].around; around != nothing) {
    clear(plan_.nodes[around]);
    if (object(plan_.nodes[around], site.around) == 0) forget_fault();
  }
  const Token next = tokens_.kind(site.token) == '{' ? object(root, site.token) : fail("", "is no object");
  if (next != 0) return write_row(site.lane, site.token, next);
  reject(site.lane, fault_field_, fault_, site.token, end);
  forget_fault();
  return false;
}

bool RecordWalk::write_row(std::uint32_t number, Token token, Token next) {
  const PlanLane& lane = plan_.lanes[number];
  RowBatch& batch = page_.batches[number];
  CopyRows& rows = batch.rows;
  rows.begin_row(static_cast<std::uint16_t>(lane.columns.size()));
  const std::size_t rejects_before = batch.rejects.size();
  std::uint64_t hash = 0;
  for (const PlanColumn& column : lane.columns) {
    const std::size_t start = rows.bytes().size();
    const JsonValue& value = values_[column.slot];
    std::string_view fault = writer_.put(value, column.field->type, column.field->date_form, rows);
    if (column.is_key && fault.empty()) {
      const std::string_view written = rows.bytes().substr(start);
      // A null is its length of -1 and nothing else.
      if (written == "\xFF\xFF\xFF\xFF") fault = "is missing";
      if (column.field->type == ColumnType::text && written.size() > longest_key_text) fault = "is too long for a key";
      hash = mix(hash, written);
    }
    if (fault.empty()) continue;
    if (!column.is_key) {
      rows.put_null();
      set_aside(number, column, fault);
      continue;
    }
    batch.rejects.erase(batch.rejects.begin() + static_cast<std::ptrdiff_t>(rejects_before), batch.rejects.end());
    rows.abandon_row();
    reject(number, column.field->name, fault, token, next);
    return false;
  }
  rows.end_row();
  batch.key_hashes.push_back(hash);
  return true;
}

void RecordWalk::reject(std::uint32_t number, std::string_view field, std::string_view reason, Token token,
                        Token next) {
  std::string raw(tokens_.text(token, next).substr(0, longest_raw + 1));
  page_.batches[number].rejects.push_back(
      {key_of(number), std::string(field), std::string(reason), cut_utf8(std::move(raw), longest_raw)});
}

void RecordWalk::set_aside(std::uint32_t number, const PlanColumn& column, std::string_view reason) {
  const JsonValue& value = values_[column.slot];
  std::string raw(value.text.substr(0, longest_raw + 1));
  if (value.kind == JsonKind::text) raw = '"' + raw + '"';
  page_.batches[number].rejects.push_back(
      {key_of(number), column.field->name, std::string(reason), cut_utf8(std::move(raw), longest_raw), true});
}

std::string RecordWalk::key_of(std::uint32_t number) const {
  std::string key;
  for (const std::uint32_t slot : plan_.lanes[number].key_slots) {
    const auto part = text_in(slot);
    if (!part) return {};
    if (!key.empty()) key += ',';
    key += *part;
  }
  return cut_utf8(std::move(key), longest_reject_key);
}

void RecordWalk::reject_record(Token token, Token next) {
  // Without a lane of its own, the carrier's record is missed by all that stand inside it.
  for (std::uint32_t i = 0; i < plan_.lanes.size(); ++i) {
    if (plan_.carrier_lane != nothing && i != plan_.carrier_lane) continue;
    if (i != plan_.carrier_lane) clear(plan_.nodes[plan_.lanes[i].root]);
    reject(i, fault_field_, fault_, token, next);
  }
  forget_fault();
}

}  // namespace sluice
