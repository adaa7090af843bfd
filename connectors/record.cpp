#include "connectors/record.hpp"

#include "connectors/column_value.hpp"
#include "connectors/record_plan.hpp"
#include "connectors/record_walk.hpp"

#include <algorithm>
#include <utility>

namespace sluice {

struct PageDecoder::Plan : RecordPlan {
  using RecordPlan::RecordPlan;
};

PageDecoder::PageDecoder(const Table& carrier, std::vector<Lane> lanes, std::vector<MemberPath> captures)
    : plan_(std::make_unique<const Plan>(carrier, lanes, captures)) {}

PageDecoder::~PageDecoder() = default;

const std::vector<MemberPath>& PageDecoder::given() const { return plan_->given; }

ColumnType guess_type(std::string_view json) {
  if (json.empty()) return ColumnType::text;
  const char first = json.front();
  if (first == '{' || first == '[') return ColumnType::jsonb;
  if (first == 't' || first == 'f') return ColumnType::boolean;
  if (first == '"') {
    const std::string_view text = json.substr(1, json.size() - std::min<std::size_t>(json.size(), 2));
    // A text of digits may be a number or an article's number: it stays what it is.
    const bool has_separators = text.find_first_of("-:,") != std::string_view::npos;
    return has_separators && to_time(text, DateForm::iso8601) ? ColumnType::timestamptz : ColumnType::text;
  }
  return to_whole_number({json, JsonKind::number}) ? ColumnType::bigint : ColumnType::numeric;
}

DecodedPage PageDecoder::decode(std::string body, std::span<const std::string> given) const {
  // V2 says "no more" by an answer without a body.
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    DecodedPage nothing_there;
    nothing_there.batches.resize(plan_->lanes.size());
    return nothing_there;
  }
  // A parser's buffers are as large as a page: each thread of the pool keeps one.
  thread_local JsonTokens tokens;
  tokens.read(std::move(body));
  return RecordWalk(*plan_, tokens, given).run();
}

}  // namespace sluice
