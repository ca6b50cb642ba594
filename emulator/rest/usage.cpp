// Statistics of the account: lifetimes of jobs and pools (until 16.0), and usage metrics by half hours
// (contract 4.6, 9.1).
#include "emulator/rest/filters.h"
#include "emulator/rest/handlers.h"
#include "emulator/rest/paging.h"
#include "emulator/rest/responses.h"
#include "emulator/rest/statistics.h"
#include "wire/batch/errors.h"
#include "wire/batch/schema.h"
#include "wire/time_text.h"

#include <nlohmann/json.hpp>

namespace emulator::rest {
namespace {

using namespace std::chrono_literals;

constexpr auto kInterval = 30min;
/// An interval can be read this long after its end.
constexpr auto kAvailableAfter = 2h;
constexpr std::string_view kLifetimeJobStats = "/lifetimejobstats";
constexpr std::string_view kLifetimePoolStats = "/lifetimepoolstats";
constexpr double kTicksPerHour = 36'000'000'000.0;

struct Range {
  core::Timestamp from{};
  core::Timestamp to{};
};

base::Result<Range> range_of(const Call& call) {
  const auto now = call.now();
  const auto& [start, end] = call.parameters.usage_times;
  Range range{.to = core::usage_interval_of(now - kAvailableAfter)};
  range.from = range.to - kInterval;
  if (start && *start > now - kAvailableAfter - kInterval) {
    return wire::batch::invalid_query_parameter("starttime", wire::print_timestamp(*start),
                                                "The time must be at least two and a half hours in the past");
  }
  if (end && *end > now - kAvailableAfter) {
    return wire::batch::invalid_query_parameter("endtime", wire::print_timestamp(*end),
                                                "The time must be at least two hours in the past");
  }
  if (start) range.from = *start;
  if (end) range.to = *end;
  if (start && end && *end < *start) {
    return wire::batch::invalid_query_parameter("endtime", wire::print_timestamp(*end),
                                                "The time must not be before starttime");
  }
  return range;
}

/// Orders metrics and goes on after the last one of a page.
std::string key_of(const core::UsageRecord& metric) {
  return wire::print_timestamp(metric.key.begin) + "/" + metric.key.pool.text() + "/" + metric.key.vm_size;
}

nlohmann::json metric_entity(const core::UsageRecord& metric) {
  return {{"poolId", metric.key.pool.text()},
          {"startTime", wire::print_timestamp(metric.key.begin)},
          {"endTime", wire::print_timestamp(metric.key.begin + kInterval)},
          {"vmSize", metric.key.vm_size},
          {"totalCoreHours", static_cast<double>(metric.core_time.count()) / kTicksPerHour}};
}

base::Async<base::Result<core::LifetimeStatistics>> lifetime(const Call& call) {
  auto look = [now = call.now()](const core::Batch& batch) { return batch.lifetime_statistics(now); };
  co_return co_await call.service().read(std::move(look));
}

}  // namespace

Answer list_pool_usage_metrics(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto range, range_of(call));
  CO_ASSIGN_OR_RETURN(const auto filter, filter_of(call, wire::batch::ListKind::usage_metrics));
  CO_ASSIGN_OR_RETURN(const auto after, key_after(call.parameters));
  auto look = [&](const core::Batch& batch) {
    Page<core::UsageRecord> page;
    for (const auto& metric : batch.usage_metrics(range.from, range.to)) {
      const auto key = key_of(metric);
      if (after && key <= *after) continue;
      if (!page.take(call.parameters, key)) break;
      if (matches(filter, metric)) page.add(metric, nullptr);
    }
    return page;
  };
  CO_ASSIGN_OR_RETURN(const auto page, co_await call.service().read(std::move(look)));
  auto values = nlohmann::ordered_json::array();
  for (const auto& metric : page.entries) {
    values.push_back(wire::batch::project(call.version, wire::batch::EntityType::usage_metrics, metric_entity(metric)));
  }
  co_return json_response(call, "poolusagemetrics", list_body(call, std::move(values), page.more, page.last_key));
}

Answer get_lifetime_job_statistics(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto all, co_await lifetime(call));
  const auto url = call.base_url + std::string{kLifetimeJobStats};
  // In the shape of a job's own stats, 64-bit integers as texts.
  const nlohmann::json job{{"stats", work_statistics(url, all.since, call.now(), all.work)}};
  const auto shown = wire::batch::project(call.version, wire::batch::EntityType::job, job);
  co_return json_response(call, "jobstats/@Element", shown.at("stats"));
}

Answer get_lifetime_pool_statistics(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto all, co_await lifetime(call));
  const auto url = call.base_url + std::string{kLifetimePoolStats};
  const nlohmann::json pool{{"stats", pool_statistics(url, all.since, call.now(), all.pools)}};
  const auto shown = wire::batch::project(call.version, wire::batch::EntityType::pool, pool);
  co_return json_response(call, "poolstats/@Element", shown.at("stats"));
}

}  // namespace emulator::rest
