// Records as rows: the user's document apart, everything else as one JSON object (docs/storage_format.md, State).
//
// A member that is absent reads as its default, so a row written by an earlier version stays readable when members are
// added. Unknown members are ignored, a member of the wrong type is corrupt.
#pragma once

#include "base/result.h"
#include "emulator/core/records.h"

#include <string>
#include <string_view>

namespace emulator::store {

std::string encode_state(const core::PoolRecord& record);
std::string encode_state(const core::NodeRecord& record);
std::string encode_state(const core::JobRecord& record);
std::string encode_state(const core::TaskRecord& record);
std::string encode_state(const core::JobScheduleRecord& record);
std::string encode_state(const core::UsageRecord& record);
std::string encode_state(const core::TotalsRecord& record);
std::string encode_state(const core::SampleRecord& record);
std::string encode_state(const core::ApplicationRecord& record);
std::string encode_state(const core::CertificateRecord& record);
std::string encode_state(const core::JobNodeRecord& record);

/// `document` of the result is left null: it comes from its own column. corrupt, naming the member.
base::Result<core::PoolRecord> decode_pool_state(std::string_view text);
base::Result<core::NodeRecord> decode_node_state(std::string_view text);
base::Result<core::JobRecord> decode_job_state(std::string_view text);
base::Result<core::TaskRecord> decode_task_state(std::string_view text);
base::Result<core::JobScheduleRecord> decode_job_schedule_state(std::string_view text);
base::Result<core::UsageRecord> decode_usage_state(std::string_view text);
base::Result<core::TotalsRecord> decode_totals_state(std::string_view text);
base::Result<core::SampleRecord> decode_sample_state(std::string_view text);
base::Result<core::ApplicationRecord> decode_application_state(std::string_view text);
base::Result<core::CertificateRecord> decode_certificate_state(std::string_view text);
base::Result<core::JobNodeRecord> decode_job_node_state(std::string_view text);

}  // namespace emulator::store
