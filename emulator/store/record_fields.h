// The members of every record under their stored names: one list for writing and for reading. Names are part of the
// file format. What is not listed is a column of its own (`document`) or derived (`node_gone`).
#pragma once

#include "emulator/store/basic_fields.h"
#include "emulator/store/job_fields.h"
#include "emulator/store/pool_fields.h"
