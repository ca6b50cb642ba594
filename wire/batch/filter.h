// $filter, $select and $expand of the Batch service: which properties each list can be filtered by (contract 4.8), and
// the documented error for the rest.
#pragma once

#include "base/result.h"
#include "wire/batch/schema.h"
#include "wire/odata.h"

#include <string_view>

namespace wire::batch {

/// The lists that can be filtered.
enum class ListKind {
  pools,
  jobs,
  jobs_of_schedule,
  job_schedules,
  tasks,
  nodes,
  files,  ///< of a task or a node
  node_counts,
  preparation_and_release_status,
  supported_images,
  node_agent_skus,
  usage_metrics,
  certificates,
};

/// InvalidQueryParameterValue with QueryParameterName ($filter), QueryParameterValue and Reason for what the list does
/// not offer.
base::Result<odata::Filter> parse_filter(ListKind kind, std::string_view text);

/// The same for $select; names are those of the entity in that version.
base::Result<odata::Select> parse_select(Version version, EntityType type, std::string_view text);

/// $expand: only "stats", on pools, jobs, job schedules and tasks. True when stats are asked for.
base::Result<bool> parse_expand(EntityType type, std::string_view text);

}  // namespace wire::batch
