#pragma once
// What the history of checkpoints keeps of the ends of jobs. Private to storage/*.cpp.

#include "storage/model.hpp"

namespace sluice {

class Tx;

/// Where the table stands now that the job is over.
void note_checkpoint(Tx& tx, const JobId& job);

}  // namespace sluice
