#pragma once
// One pass over one answer by a RecordPlan: finds the records, keeps the values that matter as views into the text,
// and writes each record's rows as soon as it has been seen whole.

#include "connectors/column_value.hpp"
#include "connectors/json_tokens.hpp"
#include "connectors/record_plan.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

class RecordWalk {
 public:
  RecordWalk(const RecordPlan& plan, const JsonTokens& tokens, std::span<const std::string> given);

  DecodedPage run();

 private:
  /// A row of an embedded table, to be written when its parent's values are known.
  struct Site {
    std::uint32_t lane = nothing;
    const PlanMember* origin = nullptr;  // the parent's member it was found under
    Token token = 0;
    Token around = 0;  // the object that the row's list stands in
  };

  // Each walk returns the token behind what it walked, or 0 with `fault_` set.
  Token fail(std::string_view where, std::string_view what);
  Token object(const PlanNode& node, Token token);
  const PlanMember* find_member(const PlanNode& node, Token key, std::uint16_t*& hint);
  Token take(const PlanMember& member, Token token);
  Token inside(const PlanMember& member, Token token);
  Token rows(const PlanMember& member, Token token);
  void begin_rows(const PlanMember& member);
  Token skip(Token token);
  /// A member that no plan asked for; takes note of it when the table does not know it either.
  Token pass_by(const PlanNode& node, Token key);

  Token list(Token token);
  Token record(Token token);
  void note_record();
  void capture_record();
  void write_embedded();
  /// False when the row was rejected.
  bool write_row(std::uint32_t lane, Token token, Token next);
  bool write_site(const Site& site);
  void reject(std::uint32_t lane, std::string_view field, std::string_view reason, Token token, Token next);
  /// The row stands, with null where this value does not fit.
  void set_aside(std::uint32_t lane, const PlanColumn& column, std::string_view reason);
  std::string key_of(std::uint32_t lane) const;
  /// A record of the carrier that could not even be walked.
  void reject_record(Token token, Token next);
  void clear(const PlanNode& node);
  void forget_fault();
  std::optional<std::int64_t> number_in(std::uint32_t slot) const;
  std::optional<std::string> text_in(std::uint32_t slot) const;

  const RecordPlan& plan_;
  const JsonTokens& tokens_;
  DecodedPage page_;
  ColumnWriter writer_;
  std::vector<JsonValue> values_;     // by slot
  std::vector<std::uint16_t> hints_;  // the member that followed last time, per member of each node
  std::vector<Site> sites_;
  std::vector<std::int64_t> counts_;  // rows that this record shows, by lane
  std::uint64_t shown_ = 0;           // lanes whose rows this record shows, by bits
  const PlanMember* origin_ = nullptr;
  Token around_ = 0;
  bool in_envelope_ = false;
  bool found_records_ = false;
  std::string fault_field_;
  std::string_view fault_;
};

}  // namespace sluice
