// Cron expressions: fields or a complaint, and fields that name a minute.

#include "core/cron.hpp"
#include "tests/fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  const CronReading reading = read_cron(text_of(data, size));
  promise(reading.fields.has_value() == reading.complaint.empty(), "fields or a complaint");
  if (!reading.fields) return 0;
  const LocalMinute from = std::chrono::local_days{std::chrono::year{2026} / 1 / 1};
  // 29 February on a given day of the week comes once in 40 years, over the end of a century.
  const auto first = reading.fields->first_in(from, from + std::chrono::days{366 * 41});
  promise(first.has_value(), "what is accepted comes to pass");
  promise(reading.fields->falls_on(std::chrono::floor<std::chrono::days>(*first)), "on a day that it names");
  promise(reading.fields->shortest_distance() >= std::chrono::minutes{1}, "a minute apart at least");
  return 0;
}
