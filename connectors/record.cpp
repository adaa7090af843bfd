#include "connectors/record.hpp"

#include "connectors/record_plan.hpp"
#include "connectors/record_walk.hpp"

namespace sluice {

struct PageDecoder::Plan : RecordPlan {
  using RecordPlan::RecordPlan;
};

PageDecoder::PageDecoder(const Table& carrier, std::vector<Lane> lanes)
    : plan_(std::make_unique<const Plan>(carrier, lanes)) {}

PageDecoder::~PageDecoder() = default;

DecodedPage PageDecoder::decode(std::string_view body) const {
  // V2 says "no more" by an answer without a body.
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    DecodedPage nothing_there;
    nothing_there.batches.resize(plan_->lanes.size());
    return nothing_there;
  }
  // A parser's buffers are as large as a page: each thread of the pool keeps one.
  thread_local JsonTokens tokens;
  tokens.read(body);
  return RecordWalk(*plan_, tokens).run();
}

}  // namespace sluice
