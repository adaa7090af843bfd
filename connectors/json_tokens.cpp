#include "connectors/json_tokens.hpp"

#include "core/error.hpp"
#include "core/utf8.hpp"

#include <simdjson.h>

#include <algorithm>
#include <utility>

namespace sluice {

struct JsonTokens::Parser {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stages;
  std::size_t capacity = 0;

  /// Adds the padding.
  simdjson::error_code index(std::string& text) {
    const std::size_t size = text.size();
    text.append(simdjson::SIMDJSON_PADDING, '\0');
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
    return stages->stage1(reinterpret_cast<const std::uint8_t*>(text.data()), size, simdjson::stage1_mode::regular);
  }
};

JsonTokens::JsonTokens() : parser_(std::make_unique<Parser>()) {}
JsonTokens::~JsonTokens() = default;

void JsonTokens::read(std::string text) {
  const std::size_t size = text.size();
  padded_ = std::move(text);
  auto outcome = parser_->index(padded_);
  if (outcome == simdjson::UTF8_ERROR) {
    padded_ = valid_utf8(std::string_view(padded_).substr(0, size));
    outcome = parser_->index(padded_);
  }
  if (outcome != simdjson::SUCCESS) {
    throw Error{ErrorKind::transient, "source.bad_json",
                std::string("the answer is no complete JSON: ") + simdjson::error_message(outcome)};
  }
  text_ = padded_.data();
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
