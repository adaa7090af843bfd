#include "storage/checkpoint_rows.hpp"

#include "storage/tx.hpp"

namespace sluice {
namespace {

constexpr const char* note_end = R"(
insert into sluice.checkpoints (integration_id, table_name, cause, job_id, position, rows, replicated_until)
select t.integration_id, t.table_name, 'job', j.id, t.position, t.rows, t.replicated_until
from sluice.jobs j
join sluice.integration_tables t on t.integration_id = j.integration_id and t.table_name = j.table_name
where j.id = $1 and j.attempt > 0 and (j.kind <> 'verify' or j.repairs))";

}  // namespace

void note_checkpoint(Tx& tx, const JobId& job) { tx.exec(note_end, job); }

}  // namespace sluice
