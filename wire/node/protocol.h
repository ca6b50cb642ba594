// The node protocol: what the emulator and its node agents say to each other. Version 3.
//
// HTTP/1.1 with JSON bodies on the emulator's Batch port. The agent asks, the emulator answers:
//   POST /.node/v1/register   Registration -> NodeSettings      when an agent starts, and again after the emulator
//   restarted POST /.node/v1/fetch      Fetch -> Orders                   long poll: returns when there are orders, or
//   after wait_ms POST /.node/v1/report     Reports -> Acknowledged           at once when something happened
// Every request carries `Authorization: NodeToken <token>`; the token was handed over by an inherited descriptor.
// Orders and reports are numbered, are repeated until acknowledged, and may therefore arrive twice: both sides drop
// what they have seen. 401: unknown token or incarnation (the agent ends); 409: register again (the emulator
// restarted); 426: other protocol version. docs/node_protocol.md has the bytes.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "wire/proxy_environment.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace wire::node {

/// Changes with every change of a message. The paths keep their "v1": agents of every version register there, and are
/// told 426 when it is not this one.
inline constexpr int kProtocolVersion = 3;
/// How long a fetch may wait for orders.
inline constexpr std::chrono::milliseconds kLongestFetch{20'000};
/// At most so many orders or reports in one message.
inline constexpr std::size_t kMostPerMessage = 256;
/// A sender adds orders or reports to a message until it is this long; one alone may be longer.
inline constexpr std::size_t kMessageBudget = 4 * 1024 * 1024;
/// No message is longer than this; readers refuse more.
inline constexpr std::size_t kLargestMessage = 16 * 1024 * 1024;
/// Bound of every list inside a message, and of every text.
inline constexpr std::size_t kMostListItems = 65'536;
inline constexpr std::size_t kLongestText = 4 * 1024 * 1024;
/// Scheme of the Authorization header: "NodeToken <token>".
inline constexpr std::string_view kAuthorizationScheme = "NodeToken ";
inline constexpr std::string_view kPathPrefix = "/.node/";
inline constexpr std::string_view kRegisterPath = "/.node/v1/register";
inline constexpr std::string_view kFetchPath = "/.node/v1/fetch";
inline constexpr std::string_view kReportPath = "/.node/v1/report";

/// What a new agent reads from the descriptor that it inherits: who it is, and its secret.
struct Handover {
  int protocol = kProtocolVersion;
  std::string pool_id;
  std::string node_id;
  std::uint64_t incarnation = 0;
  std::string token;
};

/// The content of `<data-dir>/endpoint.json`: where the emulator is reached. Agents read it again whenever they cannot
/// reach it, since a restarted emulator may listen elsewhere.
struct Endpoint {
  std::string batch_url;  ///< "http://127.0.0.1:10100"
};

using Environment = std::vector<std::pair<std::string, std::string>>;

/// A run of a task that the agent has under way.
struct TaskRun {
  std::string job_id;
  std::string task_id;
  std::uint64_t attempt = 0;
  bool operator==(const TaskRun&) const = default;
};

struct Registration {
  int protocol = kProtocolVersion;
  std::string pool_id;
  std::string node_id;
  std::uint64_t incarnation = 0;
  std::int64_t pid = 0;
  std::string agent_version;
  std::vector<TaskRun> running;
  bool start_task_running = false;
  /// False on the first registration of this process, true when it knew an emulator before.
  bool known_before = false;
  std::uint64_t last_order = 0;  ///< number of the last order carried out
};

/// What the agent must know of its surroundings.
struct NodeSettings {
  std::string account_name;
  std::string account_url;
  std::string pool_id;
  std::string node_id;
  bool dedicated = true;
  std::string session;                               ///< of this emulator process; every fetch and report repeats it
  std::vector<std::string> storage_accounts;         ///< accounts of the emulator's own blob store
  std::string blob_endpoint;                         ///< "127.0.0.1:10000": where their hosts are reached
  bool host_packages = false;                        ///< `--host-packages`: apt-get is the host's own
  std::string ffmpeg = "builtin";                    ///< or "host"
  std::chrono::milliseconds task_kill_grace{5'000};  ///< between TERM and KILL
  std::chrono::milliseconds emulator_away_limit{
      60'000};  ///< after so long without the emulator the agent ends its tasks and itself
  std::int32_t task_slots = 1;
  /// A run does not begin with less free space than this on the node's disk, in MiB: the disk counts as full.
  std::int64_t disk_reserve = 0;
  /// With --names: the way by which tasks and transfers reach every host that is not this machine. Storage URLs of all
  /// accounts lead to the emulator then, and what it does not allow is not reached.
  std::optional<ProxySettings> proxy;
};

/// A resource file with one source (contract 7.5). autoStorageContainerName has become a container URL with a SAS.
struct ResourceFile {
  std::string http_url;
  std::string container_url;
  std::string blob_prefix;
  std::string file_path;
  std::string file_mode;  ///< octal; empty = 0770
};

enum class UploadCondition { task_success, task_failure, task_completion };

/// An output file rule (contract 7.6).
struct OutputFile {
  std::string file_pattern;
  std::string container_url;
  std::string path;
  std::vector<std::pair<std::string, std::string>> upload_headers;
  UploadCondition condition = UploadCondition::task_completion;
};

/// An application package (contract 7.5). It is unpacked once on a node for all tasks, and stays.
struct Package {
  std::string application_id;  ///< spelt as the application is
  std::string version;
  bool by_default = false;  ///< the reference names no version: neither do the task's variables
  std::string edition;      ///< tells uploads under one version's name apart; a file name
  std::string url;          ///< of a zip file, with SAS
};

/// A certificate that tasks find in their AZ_BATCH_CERTIFICATES_DIR.
struct Certificate {
  std::string thumbprint;
  bool pfx = false;      ///< else cer
  std::string data;      ///< base64
  std::string password;  ///< of a pfx
  bool for_start_task = true;
  bool for_tasks = true;
};

/// The credentials of a container registry.
struct Registry {
  std::string server;  ///< "docker.io" by default
  std::string user_name;
  std::string password;
};

/// A directory of the node that a container sees, when it does not see the whole root (containerHostBatchBindMounts).
struct BindMount {
  std::string source;  ///< shared, startup, vfsMounts, task, jobPrep, applications; in lower case
  bool read_only = false;
};

/// The container a command runs in (contract 7.7).
struct Container {
  std::string image;
  std::string run_options;  ///< containerRunOptions, as given
  std::optional<Registry> registry;
  bool image_directory = false;  ///< workingDirectory containerImageDefault
  bool whole_root = true;        ///< the node's root is mounted; else only `bind_mounts`
  std::vector<BindMount> bind_mounts;
};

/// What became of it (containerInfo).
struct ContainerInfo {
  std::string id;
  std::string state;
  std::string error;
  bool operator==(const ContainerInfo&) const = default;
};

/// The part of a multi-instance task that an agent runs (contract 6.10).
struct MultiInstance {
  std::int32_t instance = 0;  ///< 0 = the primary
  std::string coordination_command_line;
  std::vector<ResourceFile> common_resource_files;
  std::vector<std::string> hosts;  ///< addresses of the instances 0, 1, ...
  std::int32_t cores = 1;          ///< of each
};

/// A file system of the pool (contract 7.7): a container of blobs that is kept in step with a directory, or a directory
/// of this machine.
struct Mount {
  std::string relative_path;  ///< below the mounts directory
  std::string container_url;  ///< with its SAS; empty for a directory
  std::string directory;
  bool read_only = false;
  std::string problem;  ///< why this cannot be mounted here; the node is then unusable
};

/// Bring what the pool wants on every node. The agent reports NodePrepared; until then it gets no task.
struct PrepareNode {
  std::vector<Package> packages;
  std::vector<Certificate> certificates;
  std::vector<Mount> mounts;
  bool containers = false;  ///< the pool has a container configuration
  std::vector<Registry> registries;
  std::vector<std::string> images;
};

/// Run the pool's start task.
struct RunStartTask {
  std::string command_line;
  Environment environment;
  std::vector<ResourceFile> resource_files;
  std::int32_t max_retries = 0;  ///< -1 = no limit
  bool elevated = false;         ///< elevationLevel admin: runs as the same user, said in the log
  std::optional<Container> container;
};

/// Run one attempt of a task.
struct RunTask {
  TaskRun run;
  std::string command_line;
  Environment environment;  ///< the job's common settings overridden by the task's
  std::vector<ResourceFile> resource_files;
  std::vector<OutputFile> output_files;
  std::vector<Package> packages;  ///< the task's own; those of the pool are known from PrepareNode
  std::optional<std::chrono::milliseconds> max_wall_clock;
  bool elevated = false;
  /// An agent died while running an earlier attempt: transcode in a child process this time.
  bool isolate = false;
  /// The job's preparation task, whose directory the task may read; empty when there is none or this is it.
  std::string preparation_task;
  std::optional<Container> container;
  std::optional<MultiInstance> multi_instance;
};

/// All instances have coordinated: the primary, which waits for this, may run its command.
struct StartPrimary {
  TaskRun run;
};

/// End this attempt; the agent reports TaskFinished with RunEnd::stopped when no descendant is left.
struct StopTask {
  TaskRun run;
};

/// Remove the task's directory.
struct RemoveTaskFiles {
  std::string job_id;
  std::string task_id;
};

/// Bring the agent's log files that touch the time from `start` to `end` to `container_url`, below `directory`; the
/// agent answers LogsUploaded.
struct UploadLogs {
  std::string id;  ///< of the request; the answer repeats it
  std::string container_url;
  std::string directory;
  base::Timestamp start{};
  base::Timestamp end{};
};

/// End everything and exit; the emulator then removes the node's directory.
struct ShutDown {};

using OrderBody =
    std::variant<PrepareNode, RunStartTask, RunTask, StartPrimary, StopTask, RemoveTaskFiles, ShutDown, UploadLogs>;
struct Order {
  std::uint64_t number = 0;
  OrderBody body;
};

struct Fetch {
  std::string session;
  std::uint64_t last_order = 0;  ///< orders up to this number need not be sent again
  std::chrono::milliseconds wait{kLongestFetch};
};
struct Orders {
  std::vector<Order> orders;
};

/// `failureInfo` on its way to the service (contract 5.8).
struct Failure {
  bool user_error = true;  ///< category UserError, else ServerError
  std::string code;
  std::string message;
  std::vector<std::pair<std::string, std::string>> details;
  bool operator==(const Failure&) const = default;
};

/// The answer to PrepareNode: everything is there, or why not.
struct NodePrepared {
  std::optional<Failure> failure;
};
struct StartTaskStarted {
  base::Timestamp at{};
  std::int32_t retry_count = 0;
};
struct StartTaskFinished {
  base::Timestamp started{};
  base::Timestamp ended{};
  std::optional<std::int32_t> exit_code;
  std::optional<Failure> failure;
  std::int32_t retry_count = 0;
  std::optional<base::Timestamp> last_retry;
  std::optional<ContainerInfo> container;
};
/// What a run's processes have used: times in microseconds, reads and writes as they asked the system for them.
struct Usage {
  std::int64_t user_cpu = 0;
  std::int64_t kernel_cpu = 0;
  std::int64_t read_operations = 0;
  std::int64_t write_operations = 0;
  std::int64_t read_bytes = 0;
  std::int64_t written_bytes = 0;
  bool operator==(const Usage&) const = default;
};
/// How a run ended.
enum class RunEnd { exited, pre_processing_error, wall_clock_expired, stopped };
struct TaskFinished {
  TaskRun run;
  RunEnd end{};
  base::Timestamp ended{};
  std::optional<std::int32_t> exit_code;
  std::optional<Failure> failure;
  Usage usage;
  std::optional<ContainerInfo> container;
};
/// The coordination command of this instance has exited with 0. What it left running lives on.
struct CoordinationFinished {
  TaskRun run;
};
/// The node cannot run tasks (its disk is full): it becomes unusable, and its tasks run elsewhere.
struct NodeUnusable {
  Failure error;
};
struct LogsUploaded {
  std::string id;
  std::int32_t files = 0;
  std::optional<Failure> failure;
};
using ReportBody = std::variant<NodePrepared, StartTaskStarted, StartTaskFinished, TaskFinished, NodeUnusable,
                                LogsUploaded, CoordinationFinished>;
struct Report {
  std::uint64_t number = 0;
  ReportBody body;
};
struct Reports {
  std::string session;
  std::vector<Report> reports;
};
struct Acknowledged {
  std::uint64_t last_report = 0;
};

// Every message has encode (to JSON text) and decode: invalid_argument with the member's name when one is missing, has
// another type, is out of range or unknown; too_large past the limits above. Text that is not UTF-8 travels with the
// replacement character.
std::string encode(const Handover& message);
std::string encode(const Endpoint& message);
std::string encode(const Registration& message);
std::string encode(const NodeSettings& message);
std::string encode(const Fetch& message);
std::string encode(const Orders& message);
/// One order alone, and a message of orders encoded earlier: what is repeated is encoded once.
std::string encode(const Order& order);
std::string join_orders(std::span<const std::string> encoded_orders);
std::string encode(const Reports& message);
std::string encode(const Acknowledged& message);
/// The version that a handover or a registration names, whatever else that version has in it; none when the text is not
/// such a message.
std::optional<int> protocol_of(std::string_view text);
base::Result<Handover> decode_handover(std::string_view text);
base::Result<Endpoint> decode_endpoint(std::string_view text);
base::Result<Registration> decode_registration(std::string_view text);
base::Result<NodeSettings> decode_node_settings(std::string_view text);
base::Result<Fetch> decode_fetch(std::string_view text);
base::Result<Orders> decode_orders(std::string_view text);
base::Result<Reports> decode_reports(std::string_view text);
base::Result<Acknowledged> decode_acknowledged(std::string_view text);

}  // namespace wire::node
