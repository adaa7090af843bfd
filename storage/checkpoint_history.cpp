// Where the tables of integrations stood, and writing by hand where they stand.

#include "storage/integrations.hpp"

#include "storage/listing.hpp"
#include "storage/tx.hpp"

namespace sluice {
namespace {

constexpr const char* store_position = R"(
update sluice.integration_tables set position = $3::jsonb, rows = greatest($4::bigint, 0)
where integration_id = $1 and table_name = $2)";

constexpr const char* note_checkpoint = R"(
insert into sluice.checkpoints (integration_id, table_name, cause, request_id, position, rows, replicated_until)
select integration_id, table_name, $3, $4, position, rows, replicated_until
from sluice.integration_tables where integration_id = $1 and table_name = $2)";

constexpr const char* past_checkpoints = R"(
select id, at, cause, job_id, request_id, position, rows, replicated_until
from sluice.checkpoints
where integration_id = $1 and table_name = $2 and ($3::bigint is null or id < $3::bigint)
order by id desc
limit $4::bigint)";

constexpr const char* one_checkpoint = R"(
select id, at, cause, job_id, request_id, position, rows, replicated_until
from sluice.checkpoints
where integration_id = $1 and table_name = $2 and id = $3::bigint)";

PastCheckpoint read_past(const pqxx::row& row) {
  PastCheckpoint past;
  past.id = row["id"].as<std::int64_t>();
  past.at = time_of(row["at"]);
  past.cause = text_of(row["cause"]);
  if (!row["job_id"].is_null()) past.job = JobId(text_of(row["job_id"]));
  past.request_id = text_of(row["request_id"]);
  past.checkpoint = {json_of(row["position"]), row["rows"].as<std::int64_t>()};
  past.replicated_until = optional_time(row["replicated_until"]);
  return past;
}

}  // namespace

void Integrations::mirror(const IntegrationId& id, const std::string& table, const Checkpoint& checkpoint,
                          const HandWrite& write) {
  in_transaction(database_, [&](Tx& tx) {
    tx.exec(store_position, id, table, checkpoint.position, checkpoint.rows);
    tx.exec(note_checkpoint, id, table, write.cause, write.request_id);
  });
}

Listing<PastCheckpoint> Integrations::checkpoints(const IntegrationId& id, const std::string& table,
                                                  const PageRequest& page) {
  return in_transaction(database_, [&](Tx& tx) {
    const auto rows = tx.exec(past_checkpoints, id, table, page.after, rows_to_ask(page));
    return listing_of<PastCheckpoint>(rows, page, read_past,
                                      [](const PastCheckpoint& last) { return std::to_string(last.id); });
  });
}

std::optional<PastCheckpoint> Integrations::find_checkpoint(const IntegrationId& id, const std::string& table,
                                                            std::int64_t checkpoint) {
  return in_transaction(database_, [&](Tx& tx) -> std::optional<PastCheckpoint> {
    const auto rows = tx.exec(one_checkpoint, id, table, checkpoint);
    if (rows.empty()) return std::nullopt;
    return read_past(rows[0]);
  });
}

}  // namespace sluice
