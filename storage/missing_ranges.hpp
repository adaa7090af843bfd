#pragma once
// Ranges of dates that tables lack, and the runs that read them. Private to storage/*.cpp; callers hold the lock on the
// integration.

#include "storage/model.hpp"

namespace sluice {

class Tx;

/// A run with a backfill for each table that lacks a range; false, and nothing is opened, when none does.
bool open_backfill_run(Tx& tx, const Integration& integration);

}  // namespace sluice
