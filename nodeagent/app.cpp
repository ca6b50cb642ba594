// One thread runs everything that waits; workers do what blocks. The order of the objects is the order of their lives.
#include "nodeagent/app.h"

#include "base/async.h"
#include "base/durable_file.h"
#include "http/client.h"
#include "nodeagent/agent.h"
#include "nodeagent/command/child_watch.h"
#include "nodeagent/command/descendants.h"
#include "nodeagent/command/process_runner.h"
#include "nodeagent/command/transcode_runner.h"
#include "nodeagent/emulator_client.h"
#include "nodeagent/log_files.h"
#include "nodeagent/stand_ins/stand_ins.h"
#include "nodeagent/task/mounts.h"
#include "nodeagent/task/task_run.h"

#include <fcntl.h>
#include <signal.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cerrno>
#include <exception>

namespace nodeagent {
namespace {

namespace fs = std::filesystem;

/// For file bytes and for starting and removing what blocks.
constexpr std::size_t kWorkers = 2;
/// Resource and output files of all tasks together.
constexpr std::size_t kIdleTransfers = 8;
constexpr std::size_t kLargestHandover = 16 * 1024;
/// Rounds of KILL for what is left at the very end; each waits a little for the dead to be gone.
constexpr int kFarewellRounds = 100;
constexpr std::chrono::milliseconds kFarewellWait{10};

void log_to(std::vector<spdlog::sink_ptr> sinks) {
  auto logger = std::make_shared<spdlog::logger>("nodeagent", sinks.begin(), sinks.end());
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

/// Standard error goes to the emulator's file of the node; a file of this life beside it can be uploaded.
void log_to_file_too(const fs::path& node_directory, base::Timestamp now) {
  const auto file = new_log_file(node_directory, now);
  if (file.has_error()) return spdlog::warn("no log file: {}", file.error().message);
  try {
    log_to({std::make_shared<spdlog::sinks::stderr_sink_mt>(),
            std::make_shared<spdlog::sinks::basic_file_sink_mt>(file->string())});
  } catch (const spdlog::spdlog_ex& error) {
    spdlog::warn("no log file: {}", error.what());
  }
}

/// Reads who we are; the descriptor is closed afterwards, so that no child sees it.
base::Result<wire::node::Handover> read_handover(int descriptor) {
  const base::FileDescriptor file(descriptor);
  std::string text;
  std::array<char, 1024> piece{};
  while (true) {
    const auto count = ::read(file.get(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return base::errno_error("reading the node's token", errno);
    if (count == 0) break;
    text.append(piece.data(), static_cast<std::size_t>(count));
    if (text.size() > kLargestHandover) return base::Error(base::Errc::too_large, "reading the node's token");
  }
  const int version = wire::node::protocol_of(text).value_or(wire::node::kProtocolVersion);
  if (version == wire::node::kProtocolVersion) return wire::node::decode_handover(text);
  return base::Error(base::Errc::unsupported, "reading the node's token: the emulator speaks version " +
                                                  std::to_string(version) + " of the node protocol, this agent " +
                                                  std::to_string(wire::node::kProtocolVersion) +
                                                  "; install both from one build");
}

base::Result<void> become_subreaper() {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0) return {};
  return base::errno_error("becoming a child subreaper", errno);
}

TaskActions actions_on(task::NodeContext& context) {
  TaskActions actions;
  actions.run = [&context](wire::node::RunTask order, std::shared_ptr<StopSignal> stop,
                           std::shared_ptr<task::Coordination> coordination) {
    return task::run_task(context, std::move(order), std::move(stop), std::move(coordination));
  };
  actions.run_start = [&context](wire::node::RunStartTask order, std::shared_ptr<StopSignal> stop) {
    return task::run_start_task(context, std::move(order), std::move(stop));
  };
  actions.prepare = [&context](wire::node::PrepareNode order, std::shared_ptr<StopSignal> stop) {
    return task::prepare_node(context, std::move(order), std::move(stop));
  };
  struct Remove {
    static base::Async<void> files(task::NodeContext& of, std::string job_id, std::string task_id) {
      auto remove = [&of, job_id, task_id] { return task::remove_task_files(of, job_id, task_id); };
      auto removed = co_await base::on_worker(*of.workers, std::move(remove));
      if (removed.has_error()) spdlog::warn("task {} of job {}: {}", task_id, job_id, removed.error().message);
    }
  };
  actions.remove_files = [&context](std::string job_id, std::string task_id) {
    return Remove::files(context, std::move(job_id), std::move(task_id));
  };
  return actions;
}

base::Result<void> settle(task::NodeContext& context, const wire::node::NodeSettings& settings) {
  context.settings = settings;
  std::error_code error;
  const auto program = fs::read_symlink("/proc/self/exe", error);
  if (error) return base::errno_error("finding this program", error.value());
  stand_ins::Choice choice;
  choice.ffmpeg = settings.ffmpeg != "host";
  choice.apt = !settings.host_packages;
  return stand_ins::create(context.paths.stand_ins(), program, choice);
}

/// Whatever tasks left behind in spite of everything.
base::Async<void> end_descendants(command::ChildWatch& children) {
  command::RunMarks all;
  all.unmarked_too = true;
  for (int round = 0; round < kFarewellRounds; ++round) {
    children.collect();
    const auto left = command::find_descendants(all);
    if (left.empty()) co_return;
    for (const auto& process : left) command::send_signal(process, SIGKILL);
    auto waited = co_await base::wait_for(kFarewellWait);
    if (waited.has_error()) co_return;
  }
  spdlog::error("some processes do not end");
}

base::Async<void> live(Agent& agent, command::ChildWatch& children, boost::asio::io_context& io) {
  co_await agent.run();
  co_await end_descendants(children);
  io.stop();
}

void end_on_signal(boost::asio::signal_set& signals, Agent& agent) {
  signals.async_wait([&signals, &agent](boost::system::error_code error, int signal) {
    if (error) return;
    agent.drain("signal " + std::to_string(signal));
    end_on_signal(signals, agent);
  });
}

}  // namespace

base::Result<void> run_app(const Options& options) {
  log_to({std::make_shared<spdlog::sinks::stderr_sink_mt>()});
  ::signal(SIGPIPE, SIG_IGN);
  ASSIGN_OR_RETURN(auto identity, read_handover(options.token_fd));
  RETURN_IF_ERROR(become_subreaper());

  const base::SystemClock clock;
  log_to_file_too(options.node_directory, clock.now());
  spdlog::info("node {} of pool {}: agent {} begins", identity.node_id, identity.pool_id, kAgentVersion);
  boost::asio::io_context io(1);
  base::Workers workers(kWorkers);
  // Tasks: children, commands, transfers.
  command::ChildWatch children(io.get_executor());
  command::ProcessRunner processes(children);
  http::Client transfers(io.get_executor(), http::ClientOptions{.max_idle_connections = kIdleTransfers});
  task::NodeContext context;
  context.paths = task::NodePaths(options.node_directory);
  std::error_code ignored;  // what an agent before this one left half-way only takes room
  fs::remove_all(context.paths.deliveries(), ignored);
  RETURN_IF_ERROR(context.paths.create());
  command::TranscodeRunner commands(processes, context.paths.stand_ins());
  context.workers = &workers;
  context.clock = &clock;
  context.http = &transfers;
  context.commands = &commands;
  task::Mounts mounts(context, io.get_executor());
  context.mounts = &mounts;
  // The emulator, and the agent between the two.
  EmulatorClient emulator(io.get_executor(), clock, options.endpoint_file, identity.token);
  AgentSurroundings surroundings;
  surroundings.post = [&emulator](std::string path, std::string body) {
    return emulator.post(std::move(path), std::move(body));
  };
  surroundings.last_heard = [&emulator] { return emulator.last_heard(); };
  surroundings.actions = actions_on(context);
  surroundings.upload_logs = [&context](wire::node::UploadLogs order) {
    return upload_logs(context, std::move(order));
  };
  surroundings.settle = [&context](const wire::node::NodeSettings& settings) { return settle(context, settings); };
  Agent agent(io.get_executor(), clock, std::move(identity), std::move(surroundings));

  boost::asio::signal_set signals(io, SIGTERM, SIGINT, SIGHUP);
  end_on_signal(signals, agent);
  const auto on_end = [](std::exception_ptr thrown) {
    if (thrown) std::rethrow_exception(thrown);
  };
  boost::asio::co_spawn(io, live(agent, children, io), on_end);
  io.run();
  return {};
}

}  // namespace nodeagent
