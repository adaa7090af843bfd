#pragma once
// Reading rows of sluice.runs and sluice.jobs. Private to storage/*.cpp.

#include "storage/model.hpp"

#include <pqxx/row>

#include <string>

namespace sluice {

/// Selects of everything that the readers want, from `sluice.runs r` and `sluice.jobs j`, with this behind them.
std::string select_runs(const std::string& conditions);
std::string select_jobs(const std::string& conditions);
Run read_run(const pqxx::row& row);
Job read_job(const pqxx::row& row);
/// From the columns rows_read, …, bytes, calls and throttled.
Counters read_counters(const pqxx::row& row);

}  // namespace sluice
