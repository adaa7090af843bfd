#include "api/stream_slots.hpp"

#include "api/problem.hpp"

namespace sluice::api {

StreamSlots::Slot::Slot(std::shared_ptr<Open> open, std::string token)
    : open_(std::move(open)), token_(std::move(token)) {
  ++open_->in_all;
  ++open_->by_token[token_];
}

StreamSlots::Slot::~Slot() {
  --open_->in_all;
  if (--open_->by_token[token_] == 0) open_->by_token.erase(token_);
}

std::unique_ptr<StreamSlots::Slot> StreamSlots::take(const std::string& token) {
  const auto mine = open_->by_token.find(token);
  if (mine != open_->by_token.end() && mine->second >= limits_.per_token) {
    throw refusal("too_many_streams", "the token has " + std::to_string(mine->second) + " streams open, which is all");
  }
  if (open_->in_all >= limits_.in_all) {
    throw refusal("too_many_streams", "there are " + std::to_string(open_->in_all) + " streams open, which is all");
  }
  return std::make_unique<Slot>(open_, token);
}

}  // namespace sluice::api
