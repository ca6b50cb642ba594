// The properties that $filter sees, straight from the records (contract 4.8).
#pragma once

#include "emulator/rest/views.h"
#include "wire/batch/filter.h"
#include "wire/odata.h"

#include <optional>
#include <string_view>

namespace emulator::rest {

/// The call's $filter, if any.
base::Result<std::optional<wire::odata::Filter>> filter_of(const Call& call, wire::batch::ListKind kind);

std::optional<wire::odata::Value> filter_value(const core::PoolRecord& pool, std::string_view property);
std::optional<wire::odata::Value> filter_value(const core::NodeRecord& node, std::string_view property);
std::optional<wire::odata::Value> filter_value(const core::JobRecord& job, std::string_view property);
std::optional<wire::odata::Value> filter_value(const core::JobScheduleRecord& schedule, std::string_view property);
std::optional<wire::odata::Value> filter_value(const core::UsageRecord& metric, std::string_view property);
std::optional<wire::odata::Value> filter_value(const core::TaskRecord& task, std::string_view property);
std::optional<wire::odata::Value> filter_value(const core::CertificateRecord& certificate, std::string_view property);
std::optional<wire::odata::Value> filter_value(const core::JobNodeRecord& at, std::string_view property);

/// Everything matches an absent filter.
template <class Record>
bool matches(const std::optional<wire::odata::Filter>& filter, const Record& record) {
  if (!filter) return true;
  return filter->matches([&record](std::string_view property) { return filter_value(record, property); });
}

}  // namespace emulator::rest
