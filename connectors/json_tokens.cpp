#include "connectors/json_tokens.hpp"

#include "core/error.hpp"
#include "core/utf8.hpp"

#include <simdjson.h>

#include <algorithm>

namespace sluice {

struct JsonTokens::Parser {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stages;
  std::size_t capacity = 0;

  simdjson::error_code index(const std::string& padded, std::size_t size) {
    if (size >= simdjson::SIMDJSON_MAXSIZE_BYTES) return simdjson::CAPACITY;
    if (size > capacity) {
      // Half as much again: pages of one list are of nearly the same size.
      capacity =
          std::min<std::size_t>(std::max<std::size_t>(size + size / 2, 64 * 1024), simdjson::SIMDJSON_MAXSIZE_BYTES);
      stages.reset();
      const auto created = simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, 1, stages);
      if (created != simdjson::SUCCESS) {
        capacity = 0;
        return created;
      }
    }
    return stages->stage1(reinterpret_cast<const std::uint8_t*>(padded.data()), size, simdjson::stage1_mode::regular);
  }
};

namespace {

void copy_padded(std::string_view text, std::string& out) {
  out.assign(text);
  out.append(simdjson::SIMDJSON_PADDING, '\0');
}

}  // namespace

JsonTokens::JsonTokens() : parser_(std::make_unique<Parser>()) {}
JsonTokens::~JsonTokens() = default;

void JsonTokens::read(std::string_view text) {
  copy_padded(text, copy_);
  auto outcome = parser_->index(copy_, text.size());
  if (outcome == simdjson::UTF8_ERROR) {
    const std::string repaired = valid_utf8(text);
    copy_padded(repaired, copy_);
    outcome = parser_->index(copy_, repaired.size());
  }
  if (outcome != simdjson::SUCCESS) {
    throw Error{ErrorKind::transient, "source.bad_json",
                std::string("the answer is no complete JSON: ") + simdjson::error_message(outcome)};
  }
  text_ = copy_.data();
  places_ = parser_->stages->structural_indexes.get();
  count_ = parser_->stages->n_structural_indexes;
}

Token JsonTokens::skip(Token token) const noexcept {
  std::size_t depth = 0;
  for (; token < count_; ++token) {
    switch (kind(token)) {
      case '{':
      case '[':
        ++depth;
        continue;
      case '}':
      case ']':
        if (depth == 0) return 0;
        --depth;
        break;
      case ',':
      case ':':
        if (depth == 0) return 0;
        continue;
      default:
        break;
    }
    if (depth == 0) return token + 1;
  }
  return 0;
}

}  // namespace sluice
