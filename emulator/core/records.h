// Records: the rows of the state store, and all that the rules look at, one header for each kind of thing.
#pragma once

#include "emulator/core/account_records.h"
#include "emulator/core/job_node_records.h"
#include "emulator/core/job_records.h"
#include "emulator/core/job_schedule_records.h"
#include "emulator/core/node_records.h"
#include "emulator/core/package_records.h"
#include "emulator/core/pool_records.h"
#include "emulator/core/task_records.h"
