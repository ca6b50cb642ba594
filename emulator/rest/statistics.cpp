// Read and write operations and bytes are those that the tasks' processes asked the system for, whether or not a disk
// had to move: what the node agent can know without being an administrator.
#include "emulator/rest/statistics.h"

#include "wire/time_text.h"

#include <nlohmann/json.hpp>

namespace emulator::rest {
namespace {

using nlohmann::json;

constexpr double kGiB = 1024.0 * 1024.0 * 1024.0;

json times(const std::string& url, core::Timestamp since, core::Timestamp now) {
  return {{"url", url}, {"startTime", wire::print_timestamp(since)}, {"lastUpdateTime", wire::print_timestamp(now)}};
}

void set_usage(json& stats, const core::Usage& usage) {
  stats["userCPUTime"] = wire::print_duration(usage.user_cpu);
  stats["kernelCPUTime"] = wire::print_duration(usage.kernel_cpu);
  stats["wallClockTime"] = wire::print_duration(usage.wall_clock);
  stats["readIOps"] = usage.read_operations;
  stats["writeIOps"] = usage.write_operations;
  stats["readIOGiB"] = static_cast<double>(usage.read_bytes) / kGiB;
  stats["writeIOGiB"] = static_cast<double>(usage.written_bytes) / kGiB;
}

}  // namespace

json work_statistics(const std::string& url, core::Timestamp since, core::Timestamp now,
                     const core::WorkStatistics& statistics) {
  auto stats = times(url, since, now);
  set_usage(stats, statistics.usage);
  stats["numSucceededTasks"] = statistics.succeeded;
  stats["numFailedTasks"] = statistics.failed;
  stats["numTaskRetries"] = statistics.retries;
  stats["waitTime"] = wire::print_duration(statistics.wait);
  return stats;
}

json pool_statistics(const std::string& url, core::Timestamp since, core::Timestamp now, const core::PoolUsage& usage) {
  auto stats = times(url, since, now);
  json nodes{{"startTime", stats["startTime"]}, {"lastUpdateTime", stats["lastUpdateTime"]}};
  json resources = nodes;
  nodes["dedicatedCoreTime"] = wire::print_duration(usage.dedicated_core_time);
  const auto busy = static_cast<double>((usage.tasks.user_cpu + usage.tasks.kernel_cpu).count());
  const auto cores = static_cast<double>(usage.core_time.count());
  resources["avgCPUPercentage"] = cores > 0 ? 100.0 * busy / cores : 0.0;
  for (const auto* name :
       {"avgMemoryGiB", "peakMemoryGiB", "avgDiskGiB", "peakDiskGiB", "networkReadGiB", "networkWriteGiB"}) {
    resources[name] = 0.0;
  }
  resources["diskReadIOps"] = usage.tasks.read_operations;
  resources["diskWriteIOps"] = usage.tasks.write_operations;
  resources["diskReadGiB"] = static_cast<double>(usage.tasks.read_bytes) / kGiB;
  resources["diskWriteGiB"] = static_cast<double>(usage.tasks.written_bytes) / kGiB;
  stats["usageStats"] = std::move(nodes);
  stats["resourceStats"] = std::move(resources);
  return stats;
}

json task_statistics(const std::string& url, core::Timestamp now, const core::TaskRecord& task) {
  auto stats = times(url, task.created, now);
  auto usage = task.usage;
  const auto& started = task.execution.started;
  if (started && task.state == wire::batch::TaskState::running) usage.wall_clock += now - *started;
  set_usage(stats, usage);
  stats["waitTime"] = wire::print_duration((started ? *started : now) - task.created);
  return stats;
}

}  // namespace emulator::rest
