#pragma once
// Which members of an item make the columns of its table. A list without columns shows what its items hold.

#include "server/ctl/command.hpp"

namespace sluice::ctl {

std::vector<Column> integration_columns();
std::vector<Column> catalog_columns();
std::vector<Column> selection_columns();
std::vector<Column> setup_columns();
std::vector<Column> table_columns();
std::vector<Column> checkpoint_columns();
std::vector<Column> schema_change_columns();
std::vector<Column> run_columns();
std::vector<Column> job_columns();
std::vector<Column> attempt_columns();
std::vector<Column> freshness_columns();
std::vector<Column> event_columns();
std::vector<Column> step_columns();
std::vector<Column> webhook_columns();
std::vector<Column> delivery_columns();
std::vector<Column> check_columns();
std::vector<Column> connector_columns();
std::vector<Column> connector_table_columns();
std::vector<Column> destination_columns();
std::vector<Column> token_columns();

}  // namespace sluice::ctl
