// The table of contract 4.8. Where versions of the published table differ, the wider one is offered: accepting more
// than listed harms no client.
#include "wire/batch/filter.h"

#include "wire/batch/errors.h"
#include "wire/batch/limits.h"

#include <array>
#include <span>

namespace wire::batch {
namespace {

using odata::FilterProperty;
using odata::kEquality;
using odata::kOrdering;
using odata::kOrderingAndPrefix;
using odata::ValueType;

constexpr auto kPrefix = static_cast<odata::Operators>(odata::Operator::startswith);

constexpr auto kPools = std::to_array<FilterProperty>({
    {"id", ValueType::text, kOrderingAndPrefix},
    {"state", ValueType::text, kOrdering},
    {"allocationState", ValueType::text, kEquality},
    {"stateTransitionTime", ValueType::time, kOrdering},
    {"allocationStateTransitionTime", ValueType::time, kOrdering},
    {"creationTime", ValueType::time, kOrdering},
    {"lastModified", ValueType::time, kOrdering},
    {"enableAutoScale", ValueType::boolean, kEquality},
    {"enableInterNodeCommunication", ValueType::boolean, kEquality},
    {"vmSize", ValueType::text, kEquality},
});

constexpr auto kJobs = std::to_array<FilterProperty>({
    {"id", ValueType::text, kOrderingAndPrefix},
    {"state", ValueType::text, kOrdering},
    {"stateTransitionTime", ValueType::time, kOrdering},
    {"creationTime", ValueType::time, kOrdering},
    {"lastModified", ValueType::time, kOrdering},
    {"executionInfo/startTime", ValueType::time, kOrdering},
    {"executionInfo/endTime", ValueType::time, kOrdering},
    {"executionInfo/poolId", ValueType::text, kOrderingAndPrefix},
});

constexpr auto kJobSchedules = std::to_array<FilterProperty>({
    {"id", ValueType::text, kOrderingAndPrefix},
    {"state", ValueType::text, kOrdering},
    {"stateTransitionTime", ValueType::time, kOrdering},
    {"creationTime", ValueType::time, kOrdering},
    {"lastModified", ValueType::time, kOrdering},
    {"executionInfo/endTime", ValueType::time, kOrdering},
    {"schedule/doNotRunUntil", ValueType::time, kOrdering},
    {"schedule/doNotRunAfter", ValueType::time, kOrdering},
});

// lastModifiedTime is the published name; lastModified is the member's.
constexpr auto kTasks = std::to_array<FilterProperty>({
    {"id", ValueType::text, kOrderingAndPrefix},
    {"state", ValueType::text, kOrdering},
    {"stateTransitionTime", ValueType::time, kOrdering},
    {"creationTime", ValueType::time, kOrdering},
    {"lastModifiedTime", ValueType::time, kOrdering},
    {"lastModified", ValueType::time, kOrdering},
    {"executionInfo/startTime", ValueType::time, kOrdering},
    {"executionInfo/endTime", ValueType::time, kOrdering},
    {"executionInfo/exitCode", ValueType::integer, kOrdering},
    {"executionInfo/result", ValueType::text, kEquality},
});

constexpr auto kNodes = std::to_array<FilterProperty>({
    {"id", ValueType::text, kOrderingAndPrefix},
    {"state", ValueType::text, kOrdering},
    {"stateTransitionTime", ValueType::time, kOrdering},
    {"lastBootTime", ValueType::time, kOrdering},
    {"allocationTime", ValueType::time, kOrdering},
    {"startTaskInfo/state", ValueType::text, kEquality},
    {"startTaskInfo/result", ValueType::text, kEquality},
    {"startTaskInfo/exitCode", ValueType::integer, kOrdering},
    {"startTaskInfo/startTime", ValueType::time, kOrdering},
    {"startTaskInfo/endTime", ValueType::time, kOrdering},
});

constexpr auto kFiles = std::to_array<FilterProperty>({{"name", ValueType::text, kPrefix}});

constexpr auto kNodeCounts = std::to_array<FilterProperty>({{"poolId", ValueType::text, kEquality}});

constexpr auto kPreparationAndRelease = std::to_array<FilterProperty>({
    {"poolId", ValueType::text, kEquality},
    {"nodeId", ValueType::text, kEquality},
    {"jobPreparationTaskExecutionInfo/state", ValueType::text, kEquality},
    {"jobPreparationTaskExecutionInfo/result", ValueType::text, kEquality},
    {"jobPreparationTaskExecutionInfo/startTime", ValueType::time, kOrdering},
    {"jobPreparationTaskExecutionInfo/endTime", ValueType::time, kOrdering},
    {"jobPreparationTaskExecutionInfo/exitCode", ValueType::integer, kOrdering},
    {"jobReleaseTaskExecutionInfo/state", ValueType::text, kEquality},
    {"jobReleaseTaskExecutionInfo/result", ValueType::text, kEquality},
    {"jobReleaseTaskExecutionInfo/startTime", ValueType::time, kOrdering},
    {"jobReleaseTaskExecutionInfo/endTime", ValueType::time, kOrdering},
    {"jobReleaseTaskExecutionInfo/exitCode", ValueType::integer, kOrdering},
});

constexpr auto kImages = std::to_array<FilterProperty>({
    {"osType", ValueType::text, kEquality},
    {"verificationType", ValueType::text, kEquality},
    {"nodeAgentSKUId", ValueType::text, kEquality},
});

// The list that supported images replaced in 9.0; which properties it offered is not published (inferred).
constexpr auto kNodeAgentSkus = std::to_array<FilterProperty>({
    {"id", ValueType::text, kOrderingAndPrefix},
    {"osType", ValueType::text, kEquality},
});

constexpr auto kUsageMetrics = std::to_array<FilterProperty>({{"poolId", ValueType::text, kOrderingAndPrefix}});

constexpr auto kCertificates = std::to_array<FilterProperty>({
    {"state", ValueType::text, kEquality},
    {"stateTransitionTime", ValueType::time, kOrdering},
});

std::span<const FilterProperty> properties_of(ListKind kind) {
  switch (kind) {
    case ListKind::pools: return kPools;
    case ListKind::jobs: return kJobs;
    case ListKind::jobs_of_schedule: return std::span(kJobs).subspan(1);  // without id
    case ListKind::job_schedules: return kJobSchedules;
    case ListKind::tasks: return kTasks;
    case ListKind::nodes: return kNodes;
    case ListKind::files: return kFiles;
    case ListKind::node_counts: return kNodeCounts;
    case ListKind::preparation_and_release_status: return kPreparationAndRelease;
    case ListKind::supported_images: return kImages;
    case ListKind::node_agent_skus: return kNodeAgentSkus;
    case ListKind::usage_metrics: return kUsageMetrics;
    case ListKind::certificates: return kCertificates;
  }
  return {};
}

}  // namespace

base::Result<odata::Filter> parse_filter(ListKind kind, std::string_view text) {
  constexpr odata::FilterLimits kLimits{kMaxFilterLength, kMaxFilterDepth, kMaxFilterTerms};
  auto filter = odata::Filter::parse(text, properties_of(kind), kLimits);
  if (!filter) return invalid_query_parameter("$filter", text, filter.error().message);
  return filter;
}

base::Result<odata::Select> parse_select(Version version, EntityType type, std::string_view text) {
  auto known = [&](std::string_view member) { return has_member(version, type, member); };
  auto select = odata::parse_select(text, known, kMaxSelectLength);
  if (!select) return invalid_query_parameter("$select", text, select.error().message);
  return select;
}

base::Result<bool> parse_expand(EntityType type, std::string_view text) {
  bool has_stats = type == EntityType::pool || type == EntityType::job || type == EntityType::job_schedule ||
                   type == EntityType::task;
  if (has_stats && text == "stats") return true;
  return invalid_query_parameter("$expand", text, "Only stats of pools, jobs, job schedules and tasks can be expanded");
}

}  // namespace wire::batch
