#include "connectors/record_walk.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <cstring>

namespace sluice {
namespace {

/// Of a number, a text, or null; anything else is null.
JsonValue scalar_value(std::string_view json) {
  JsonValue value;
  if (json.starts_with('"') && json.size() >= 2) {
    value.text = json.substr(1, json.size() - 2);
    value.kind = JsonKind::text;
    value.has_escapes = has_escape(value.text);
  } else if (!json.empty() && json != "null") {
    value.text = json;
    value.kind = JsonKind::number;
  }
  return value;
}

/// Names are short: a call of memcmp costs more than what it does.
bool same_bytes(const char* a, const char* b, std::size_t size) {
  const auto word_at = [](const char* from) {
    std::uint64_t word = 0;
    std::memcpy(&word, from, sizeof word);
    return word;
  };
  constexpr std::size_t step = sizeof(std::uint64_t);
  if (size < step) {
    for (std::size_t i = 0; i < size; ++i) {
      if (a[i] != b[i]) return false;
    }
    return true;
  }
  for (std::size_t i = 0; i + step < size; i += step) {
    if (word_at(a + i) != word_at(b + i)) return false;
  }
  return word_at(a + size - step) == word_at(b + size - step);
}

[[noreturn]] void refuse(std::string text) { throw Error{ErrorKind::transient, "source.bad_json", std::move(text)}; }

}  // namespace

RecordWalk::RecordWalk(const RecordPlan& plan, const JsonTokens& tokens, std::span<const std::string> given)
    : plan_(plan), tokens_(tokens), values_(plan.slot_count), hints_(plan.hint_count) {
  page_.batches.resize(plan.lanes.size());
  for (std::size_t i = 0; i < std::min(given.size(), plan.given_slots.size()); ++i) {
    values_[plan.given_slots[i]] = scalar_value(given[i]);
  }
  // Before anything was seen, the order of the plan is the best guess.
  for (const PlanNode& node : plan.nodes) {
    for (std::size_t i = 0; i <= node.members.size(); ++i) hints_[node.hints + i] = static_cast<std::uint16_t>(i);
  }
}

DecodedPage RecordWalk::run() {
  Token next = 0;
  if (plan_.envelope == nothing) {
    next = list(0);
  } else {
    if (tokens_.kind(0) != '{') refuse("the answer is no JSON object");
    in_envelope_ = true;
    next = object(plan_.nodes[plan_.envelope], 0);
    if (next == 0) refuse("the answer is broken: " + fault_field_ + std::string(fault_));
    if (!found_records_) refuse("the answer has no list of records");
  }
  if (next != tokens_.count()) refuse("the answer does not end where its records do");
  page_.facts.total = number_in(plan_.total_slot);
  page_.facts.total_pages = number_in(plan_.total_pages_slot);
  if (auto cursor = text_in(plan_.cursor_slot); cursor && !cursor->empty()) page_.facts.next_cursor = std::move(cursor);
  return std::move(page_);
}

Token RecordWalk::fail(std::string_view where, std::string_view what) {
  if (fault_.empty()) {
    fault_field_ = where;
    fault_ = what;
  }
  return 0;
}

Token RecordWalk::skip(Token token) {
  const Token next = tokens_.skip(token);
  return next == 0 ? fail("", "a malformed value") : next;
}

const PlanMember* RecordWalk::find_member(const PlanNode& node, Token key, std::uint16_t*& hint) {
  const std::uint32_t guess = *hint;
  const char* name = tokens_.at(key) + 1;
  const std::size_t room = tokens_.place(key + 1) - tokens_.place(key);  // up to the colon
  if (guess < node.members.size()) {
    const PlanMember& member = node.members[guess];
    const std::size_t size = member.name.size();
    if (room == size + 2 && name[size] == '"' && same_bytes(name, member.name.data(), size)) {
      hint = &hints_[node.hints + guess + 1];
      return &member;
    }
  }
  std::string_view content = content_of(tokens_.text(key));
  std::string plain;
  if (has_escape(content)) {
    if (!unescape(content, plain)) fail("", "a malformed name");
    content = plain;
  }
  const auto found = node.by_name.find(content);
  if (found == node.by_name.end()) return nullptr;
  *hint = static_cast<std::uint16_t>(found->second);
  hint = &hints_[node.hints + found->second + 1];
  return &node.members[found->second];
}

Token RecordWalk::object(const PlanNode& node, Token token) {
  const Token begin = token;
  std::uint16_t* hint = &hints_[node.hints];
  ++token;
  if (tokens_.kind(token) == '}') return token + 1;
  while (true) {
    around_ = begin;
    if (tokens_.kind(token) != '"' || tokens_.kind(token + 1) != ':') return fail("", "a malformed object");
    const PlanMember* member = find_member(node, token, hint);
    if (!fault_.empty()) return 0;
    token = member == nullptr ? pass_by(node, token) : take(*member, token + 2);
    if (token == 0) return 0;
    if (tokens_.kind(token) == '}') return token + 1;
    if (tokens_.kind(token) != ',') return fail("", "a malformed object");
    ++token;
  }
}

Token RecordWalk::take(const PlanMember& member, Token token) {
  Token next = 0;
  const bool holds_rows = member.rows != nothing || (member.node != nothing && plan_.nodes[member.node].leads_to_rows);
  if (holds_rows && !in_envelope_) begin_rows(member);
  if (member.slot != nothing) {
    const CheckedValue checked = check_value(tokens_, token);
    if (checked.next == 0) return fail(member.name, checked.fault);
    values_[member.slot] = checked.value;
    next = checked.next;
  }
  if (member.node != nothing) next = inside(member, token);
  if (member.rows != nothing) next = in_envelope_ ? list(token) : rows(member, token);
  return next;
}

Token RecordWalk::inside(const PlanMember& member, Token token) {
  const PlanNode& node = plan_.nodes[member.node];
  clear(node);  // of a member that stands twice, the last one counts
  const char kind = tokens_.kind(token);
  if (kind == '{') {
    shown_ |= member.shows;
    const Token next = object(node, token);
    if (next == 0) fault_field_ = fault_field_.empty() ? member.name : member.name + "." + fault_field_;
    return next;
  }
  if (kind != '[') {
    const CheckedValue scalar = check_value(tokens_, token);
    const bool is_nothing = scalar.value.kind == JsonKind::null || scalar.value.text.empty();
    return scalar.next != 0 && is_nothing ? scalar.next : fail(member.name, "is no object");
  }
  // PHP writes an object without members as [].
  if (tokens_.kind(token + 1) == ']') {
    shown_ |= member.shows;
    return token + 2;
  }
  if (!node.leads_to_rows) return fail(member.name, "is an array where an object belongs");
  shown_ |= member.shows;
  do {
    ++token;
    token = tokens_.kind(token) == '{' ? object(node, token) : skip(token);
    if (token == 0) return 0;
  } while (tokens_.kind(token) == ',');
  return tokens_.kind(token) == ']' ? token + 1 : fail(member.name, "a malformed array");
}

void RecordWalk::begin_rows(const PlanMember& member) {
  const auto& roots = plan_.nodes[plan_.carrier_root].members;
  if (&member < roots.data() || &member >= roots.data() + roots.size()) return;
  origin_ = &member;
  std::erase_if(sites_, [&](const Site& site) { return site.origin == &member; });
}

Token RecordWalk::rows(const PlanMember& member, Token token) {
  shown_ |= member.shows;
  const char kind = tokens_.kind(token);
  if (kind == '{') {
    sites_.push_back({member.rows, origin_, token, around_});
    return skip(token);
  }
  if (kind != '[') return skip(token);
  if (tokens_.kind(token + 1) == ']') return token + 2;
  do {
    ++token;
    sites_.push_back({member.rows, origin_, token, around_});
    token = skip(token);
    if (token == 0) return 0;
  } while (tokens_.kind(token) == ',');
  return tokens_.kind(token) == ']' ? token + 1 : fail(member.name, "a malformed array");
}

Token RecordWalk::list(Token token) {
  in_envelope_ = false;
  found_records_ = true;
  const char kind = tokens_.kind(token);
  Token next = 0;
  if (kind == '{' && plan_.one_record) {
    next = record(token);
  } else if (kind != '[') {
    refuse("the records are not where they belong: no list begins there");
  } else if (tokens_.kind(token + 1) == ']') {
    next = token + 2;
  } else {
    do {
      token = record(token + 1);
    } while (tokens_.kind(token) == ',');
    if (tokens_.kind(token) != ']') refuse("the list of records does not end");
    next = token + 1;
  }
  in_envelope_ = true;
  return next;
}

Token RecordWalk::record(Token token) {
  ++page_.facts.records;
  clear(plan_.nodes[plan_.carrier_root]);
  sites_.clear();
  shown_ = 0;
  const bool is_object = tokens_.kind(token) == '{';
  Token next = is_object ? object(plan_.nodes[plan_.carrier_root], token) : fail("", "is no object");
  note_record();
  capture_record();
  if (next == 0) {
    // The brackets still say where the record ends, so that only this one is lost.
    next = tokens_.skip(token);
    if (next == 0) refuse("the answer ends inside a record");
    reject_record(token, next);
    return next;
  }
  if (plan_.carrier_lane != nothing) write_row(plan_.carrier_lane, token, next);
  write_embedded();
  return next;
}

}  // namespace sluice
