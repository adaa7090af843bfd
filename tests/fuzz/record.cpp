// A page of a source -> rows in binary COPY format. What comes out must be what PostgreSQL takes.

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/utf8.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/support/record_tables.hpp"

namespace sluice {
namespace {

const Catalogue& tables() {
  static const Catalogue catalogue = load_tables(record_table_files());
  return catalogue;
}

/// The values of one row after the other, as their bytes.
class CopyReader {
 public:
  explicit CopyReader(std::string_view bytes) : rest_(bytes) {}
  bool at_end() const { return rest_.empty(); }
  std::int32_t integer(std::size_t size) {
    std::uint32_t bits = 0;
    for (const char c : take(size)) bits = bits << 8U | static_cast<unsigned char>(c);
    return static_cast<std::int32_t>(bits);
  }
  std::string_view take(std::size_t size) {
    promise(size <= rest_.size(), "rows end where they say");
    const auto out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return out;
  }

 private:
  std::string_view rest_;
};

/// JSON does not limit its numbers, and numeric holds more than the reader at hand, which knows doubles: rows of digits
/// are cut to what fits, which changes nothing about being JSON.
std::string with_short_numbers(std::string_view json) {
  std::string out;
  bool in_string = false;
  bool in_exponent = false;
  int digits = 0;  // of the row at hand
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    const bool is_digit = !in_string && c >= '0' && c <= '9';
    if (!is_digit) in_exponent = digits > 0 && (c == 'e' || c == 'E') ? true : in_exponent && (c == '+' || c == '-');
    digits = is_digit ? digits + 1 : 0;
    if (digits > (in_exponent ? 1 : 15)) continue;
    out += c;
    if (in_string && c == '\\' && i + 1 < json.size()) {
      out += json[++i];
    } else if (c == '"') {
      in_string = !in_string;
    }
  }
  return out;
}

void check_value(ColumnType type, std::string_view value) {
  switch (type) {
    case ColumnType::text:
      promise(valid_utf8(value) == value, "texts are UTF-8 without NUL");
      break;
    case ColumnType::jsonb:
      promise(value.starts_with('\1'), "jsonb has its version");
      promise(Json::accept(with_short_numbers(value.substr(1))), "jsonb is JSON");
      break;
    case ColumnType::numeric:
      promise(value.size() >= 8 && value.size() % 2 == 0, "numeric has its head");
      break;
    case ColumnType::bigint:
    case ColumnType::timestamptz:
      promise(value.size() == 8, "eight bytes");
      break;
    case ColumnType::date:
      promise(value.size() == 4, "four bytes");
      break;
    case ColumnType::boolean:
      promise(value.size() == 1, "one byte");
      break;
  }
}

void check_batch(const RowBatch& batch, const Lane& lane) {
  promise(batch.key_hashes.size() == batch.rows.rows(), "a hash for each row");
  CopyReader reader(batch.rows.bytes());
  std::size_t rows = 0;
  for (; !reader.at_end(); ++rows) {
    promise(reader.integer(2) == static_cast<std::int32_t>(lane.fields.size()), "as many values as columns");
    for (const Field* field : lane.fields) {
      const std::int32_t length = reader.integer(4);
      const bool is_key = field->name == lane.table->key.front();
      promise(length >= 0 || !is_key, "keys are never null");
      if (length >= 0) check_value(field->type, reader.take(static_cast<std::size_t>(length)));
    }
  }
  promise(rows == batch.rows.rows(), "as many rows as it says");
  for (const Reject& reject : batch.rejects) {
    promise(!reject.reason.empty(), "a reason for each reject");
    promise(reject.key.size() <= 1024 && reject.raw.size() <= 64 * 1024, "rejects are cut");
  }
}

void decode(const char* carrier, const std::vector<const char*>& names, std::string_view body) {
  std::vector<Lane> lanes;
  for (const char* name : names) lanes.push_back(whole_lane(*tables().find(name)));
  const PageDecoder decoder(*tables().find(carrier), lanes, {{"id"}, {"name"}});
  try {
    const DecodedPage page = decoder.decode(std::string(body));
    promise(page.batches.size() == lanes.size(), "a batch for each lane");
    std::size_t carried = page.batches.front().rows.rows();
    for (const Reject& reject : page.batches.front().rejects) carried += reject.row_kept ? 0 : 1;
    promise(carried == page.facts.records, "each record is a row or a reject");
    for (std::size_t i = 0; i < lanes.size(); ++i) check_batch(page.batches[i], lanes[i]);
  } catch (const Error& error) {
    promise(error.code() == "source.bad_json", "the answer is to blame");
  }
}

}  // namespace
}  // namespace sluice

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body = sluice::text_of(data, size);
  sluice::decode("things", {"things", "parts"}, body);
  sluice::decode("people", {"people"}, body);
  return 0;
}
