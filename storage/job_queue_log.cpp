// The log of a job.

#include "storage/job_queue.hpp"

#include "core/time.hpp"
#include "storage/listing.hpp"
#include "storage/tx.hpp"

#include <charconv>

namespace sluice {
namespace {

// Rows are numbered in the order of the lines; lines of a job that is gone are dropped.
constexpr const char* append_lines = R"(
insert into sluice.job_logs (job_id, at, level, message, fields)
select j.id, line.at, line.level, line.message, line.fields
from sluice.jobs j,
     jsonb_to_recordset($2::jsonb) as line(place bigint, at timestamptz, level text, message text, fields jsonb)
where j.id = $1
order by line.place)";

constexpr const char* has_job = "select exists (select from sluice.jobs where id = $1)";

constexpr const char* list_lines = R"(
select number, at, level, message, fields
from sluice.job_logs
where job_id = $1 and level = any (string_to_array($2, ',')) and number > $3::bigint
order by number
limit $4::bigint)";

constexpr LogLevel levels[] = {LogLevel::trace, LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error};

std::string levels_from(LogLevel lowest) {
  std::string text;
  for (const LogLevel level : levels) {
    if (level >= lowest) text.append(text.empty() ? "" : ",").append(to_string(level));
  }
  return text;
}

JobLogLine read_line(const pqxx::row& row) {
  JobLogLine line;
  line.number = row["number"].as<std::int64_t>();
  line.at = time_of(row["at"]);
  parse(text_of(row["level"]), line.level);
  line.message = text_of(row["message"]);
  line.fields = json_of(row["fields"]);
  return line;
}

/// jsonb holds everything but U+0000.
std::string without_nul(std::string text) {
  std::erase(text, '\0');
  return text;
}

Json without_nul(const Json& fields) {
  const std::string text = fields.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.find("\\u0000") == std::string::npos) return fields;
  Json clean = Json::object();
  for (const auto& [name, value] : fields.items()) {
    clean[without_nul(name)] = value.is_string() ? Json(without_nul(value.get<std::string>())) : value;
  }
  return clean;
}

/// Numbers begin with 1; anything that is no number is the beginning.
std::int64_t number_after(const PageRequest& page) {
  std::int64_t number = 0;
  if (page.after) std::from_chars(page.after->data(), page.after->data() + page.after->size(), number);
  return number;
}

}  // namespace

void JobQueue::append_log(const JobId& job, const std::vector<JobLogLine>& lines) {
  if (lines.empty()) return;
  Json rows = Json::array();
  for (const JobLogLine& line : lines) {
    rows.push_back({{"place", rows.size()},
                    {"at", format_rfc3339(line.at)},
                    {"level", std::string(to_string(line.level))},
                    {"message", without_nul(line.message)},
                    {"fields", without_nul(line.fields)}});
  }
  in_transaction(database_, [&](Tx& tx) { tx.exec(append_lines, job, rows); });
}

std::optional<Listing<JobLogLine>> JobQueue::logs(const JobId& job, LogLevel at_least, const PageRequest& page) {
  return in_transaction(database_, [&](Tx& tx) -> std::optional<Listing<JobLogLine>> {
    if (!tx.exec(has_job, job)[0][0].as<bool>()) return std::nullopt;
    const auto rows = tx.exec(list_lines, job, levels_from(at_least), number_after(page), rows_to_ask(page));
    return listing_of<JobLogLine>(rows, page, read_line,
                                  [](const JobLogLine& last) { return std::to_string(last.number); });
  });
}

}  // namespace sluice
