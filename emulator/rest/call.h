// Call: one authenticated request of the Batch API on its way through a handler.
//
// RestApi fills it step by step in the order of contract 3.4 (authentication, api-version, query and headers, body) and
// then gives it to the operation's handler, which is a function in pools.cpp, jobs.cpp, tasks.cpp, nodes.cpp or
// files.cpp named after the operation.
#pragma once

#include "base/async.h"
#include "base/clock.h"
#include "emulator/core/commands.h"
#include "emulator/service/batch_service.h"
#include "http/message.h"
#include "http/router.h"
#include "wire/batch/versions.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace emulator::rest {

/// The agent's log files that touch a stretch of time, to be brought to a container.
struct LogUpload {
  core::NodeKey node;
  std::string container_url;  ///< with its SAS
  base::Timestamp start{};
  base::Timestamp end{};
};
struct UploadedLogs {
  std::string directory;  ///< virtualDirectoryName
  std::int32_t files = 0;
  std::string failure;  ///< why the container did not take them; empty when it did
};
using UploadLogs = std::function<base::Async<base::Result<UploadedLogs>>(LogUpload upload)>;

/// One Batch account: who may call, and where its state and its nodes are. Owned by the app, outlives all requests.
struct Account {
  std::string name;               ///< lower case
  std::vector<std::string> keys;  ///< raw bytes, equal in rank
  /// The keys that clients of a session hold are not known: such a session's signatures are taken on trust.
  bool keys_on_trust = false;
  /// allowedAuthenticationModes (contract 2): what the account accepts.
  bool takes_shared_key = true;
  bool takes_entra_tokens = true;
  bool takes_task_tokens = true;
  service::BatchService* service = nullptr;
  std::filesystem::path nodes_directory;  ///< `<pool id in lower case>/<node id>` below it is a node's own directory
  UploadLogs upload_logs;                 ///< empty: nodes have no agents
};

/// The Batch accounts there are; they come and go while the process runs. What it gives out stays usable as long as it
/// is held: requests of an account that was deleted meanwhile end with `unavailable`.
class AccountSource {
 public:
  virtual ~AccountSource() = default;
  /// The account of this name in any casing, for a request that came through `session` (http::Request::session): a
  /// session may have asked for accounts to be made on the spot. Null: there is none.
  virtual std::shared_ptr<const Account> find(std::string_view name, std::string_view session) = 0;
  /// All of them, the one that the Batch port itself stands for first.
  [[nodiscard]] virtual std::vector<std::shared_ptr<const Account>> all() const = 0;
};

/// A fixed list of accounts.
class FixedAccounts final : public AccountSource {
 public:
  explicit FixedAccounts(std::vector<Account> accounts);
  std::shared_ptr<const Account> find(std::string_view name, std::string_view session) override;
  [[nodiscard]] std::vector<std::shared_ptr<const Account>> all() const override { return accounts_; }

 private:
  std::vector<std::shared_ptr<const Account>> accounts_;
};

/// What every handler may use.
struct Surroundings {
  const base::Clock* clock = nullptr;
  base::Workers* workers = nullptr;
};

struct Operation;

/// The account's service as one request sees it: nothing is waited for longer than the request's timeout allows.
class TimedService {
 public:
  TimedService(service::BatchService& service, service::Deadline deadline) : service_(service), deadline_(deadline) {}
  base::Async<base::Result<core::Reply>> execute(core::Command command) const {
    return service_.execute(std::move(command), deadline_);
  }
  template <class F>
  base::Async<service::BatchService::Seen<F>> read(F look) const {
    return service_.read(std::move(look), deadline_);
  }

 private:
  service::BatchService& service_;
  service::Deadline deadline_;
};

/// The parsed query parameters that operations share (contract 1.3).
struct Parameters {
  std::chrono::seconds timeout{};
  std::int32_t max_results = 0;
  std::optional<std::string> filter;
  std::optional<std::string> select;
  std::optional<std::string> expand;
  std::optional<std::string> skip_token;
  bool recursive = false;
  bool force = false;
  /// starttime and endtime of usage metrics.
  std::pair<std::optional<base::Timestamp>, std::optional<base::Timestamp>> usage_times;
};

struct Call {
  const Surroundings* surroundings = nullptr;
  std::shared_ptr<const Account> account;
  const Operation* operation = nullptr;
  const http::Request* request = nullptr;  ///< its body has been read into `body`
  std::string base_url;
  http::PathParameters path;
  wire::batch::Version version{};
  Parameters parameters;
  core::Conditions conditions;
  nlohmann::json body;  ///< the object that was sent, or null
  service::Deadline deadline;

  [[nodiscard]] TimedService service() const { return {*account->service, deadline}; }
  [[nodiscard]] base::Timestamp now() const { return surroundings->clock->now(); }
  [[nodiscard]] core::PoolId pool_id() const { return core::PoolId{path.get("poolId")}; }
  [[nodiscard]] core::JobScheduleId job_schedule_id() const { return core::JobScheduleId{path.get("jobScheduleId")}; }
  [[nodiscard]] core::JobId job_id() const { return core::JobId{path.get("jobId")}; }
  [[nodiscard]] core::NodeKey node_key() const { return {pool_id(), core::NodeId{path.get("nodeId")}}; }
  [[nodiscard]] core::TaskKey task_key() const { return {job_id(), core::TaskId{path.get("taskId")}}; }
};

/// Answers the call. The call lives in RestApi's frame until the answer is there.
using Handler = base::Async<base::Result<http::Response>> (*)(Call& call);

}  // namespace emulator::rest
