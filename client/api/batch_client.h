// BatchClient: the Batch operations that a program needs to run work: pools, jobs, tasks and their files.
//
// Works against the emulator and against the real service alike: SharedKey, https with verification where the URL says
// so, and retries of 408, 429, 500, 502, 503 and 504 with Retry-After (contract 1.11).
#pragma once

#include "base/async.h"
#include "base/clock.h"
#include "http/client.h"

#include <chrono>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace client::api {

/// Where the account is and how to sign for it.
struct BatchAccount {
  std::string name;
  std::string key;  ///< raw bytes, already decoded
  std::string url;  ///< "http://127.0.0.1:10100" or "https://account.region.batch.azure.com", no slash at the end
};

/// A task as far as a program that waits for it cares (contract 4.5, 5.7).
struct TaskStatus {
  std::string id;
  std::string state;   ///< lower case
  std::string result;  ///< "success", "failure" or empty
  std::optional<std::int32_t> exit_code;
  std::string node_id;
  std::optional<base::Timestamp> started;
  std::optional<base::Timestamp> ended;
  std::string failure_code;
  std::string failure_message;
};

/// A task that could not be added, with the service's reason.
struct RefusedTask {
  std::string id;
  std::string code;
  std::string message;
};

/// taskcounts.
struct TaskTotals {
  std::int64_t active = 0, running = 0, completed = 0, succeeded = 0, failed = 0;
};

/// Errors carry Errc::unavailable (no connection), deadline_exceeded, not_found (404), already_exists (409 with an
/// ...Exists code) or io; the message is the service's own, with its code in front.
class BatchClient {
 public:
  /// `http` and `clock` must outlive the client.
  BatchClient(http::Client& http, const base::Clock& clock, BatchAccount account);

  base::Async<base::Result<void>> add_pool(nlohmann::json pool);
  base::Async<base::Result<void>> add_job(nlohmann::json job);
  base::Async<base::Result<nlohmann::json>> get_pool(std::string pool_id);
  base::Async<base::Result<void>> delete_job(std::string job_id);
  base::Async<base::Result<void>> delete_pool(std::string pool_id);

  /// Adds the tasks in chunks of at most 100, halving a chunk that is too large as a body and repeating tasks that the
  /// service could not take for reasons of its own. A task that exists already counts as added (contract 10.3).
  base::Async<base::Result<std::vector<RefusedTask>>> add_tasks(std::string job_id, std::vector<nlohmann::json> tasks);

  /// All tasks of the job, page by page.
  base::Async<base::Result<std::vector<TaskStatus>>> list_tasks(std::string job_id);

  /// How many tasks are in which state (contract 9.1); may lag a little on the real service.
  base::Async<base::Result<TaskTotals>> task_counts(std::string job_id);

  /// A file of the task's directory ("stderr.txt"); too_large past `limit` bytes.
  base::Async<base::Result<std::string>> task_file(std::string job_id, std::string task_id, std::string path,
                                                   std::size_t limit);

 private:
  struct Answer {
    int status = 0;
    std::string body;
  };
  struct Call {
    std::string method;
    std::string path;   ///< encoded
    std::string query;  ///< encoded, without api-version
    std::string body;
    std::size_t limit;
  };
  base::Async<base::Result<Answer>> send(Call call);
  base::Async<base::Result<Answer>> send_once(const Call& call, std::string url, http::Headers& headers);
  base::Async<base::Result<std::string>> expect(Call call, int status);

  http::Client& http_;
  const base::Clock& clock_;
  BatchAccount account_;
};

}  // namespace client::api
