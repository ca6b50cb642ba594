// Task authentication tokens (contract 2.3): what a task that asked for access to its job sends as `Authorization:
// Bearer`.
//
// A token names its account, job, task and run, and is signed with a key derived from the account's own, so nothing is
// stored and tokens hold over restarts. It is good for as long as that run of the task is under way (inferred: the
// service does not document a lifetime), and for the operations on that job alone.
#pragma once

#include "base/result.h"
#include "emulator/core/records.h"

#include <string>
#include <string_view>
#include <vector>

namespace emulator::rest {

inline constexpr std::string_view kTaskTokenVariable = "AZ_BATCH_AUTHENTICATION_TOKEN";
inline constexpr std::string_view kBearerScheme = "Bearer ";

/// The run that a token was given to.
struct TaskToken {
  core::TaskKey task;
  core::Attempt attempt = 0;
  core::Timestamp job_created{};  ///< a later job of the same name is another job
};

/// `key` is the account's raw key.
std::string print_task_token(std::string_view account, std::string_view key, const TaskToken& token);
/// wire::SharedKeyErrc::malformed when it has not the form of a token (Entra ID is not served), refused when it is not
/// one of this account under one of its keys. Constant time.
base::Result<TaskToken> parse_task_token(std::string_view account, const std::vector<std::string>& keys,
                                         std::string_view text);
/// Whether the task asks for a token that gives access to its job.
bool asks_for_token(const core::TaskRecord& task);

}  // namespace emulator::rest
