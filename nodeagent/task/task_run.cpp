// A run is a straight line of steps; the first that fails ends it. The limit on wall clock time and the agent's wish to
// end the run are one signal for the steps, told apart only in the Ending.
#include "nodeagent/task/task_run.h"

#include "base/coroutine_group.h"
#include "base/durable_file.h"
#include "nodeagent/command/command_line.h"
#include "nodeagent/task/certificates.h"
#include "nodeagent/task/container.h"
#include "nodeagent/task/environment.h"
#include "nodeagent/task/failures.h"
#include "nodeagent/task/mounts.h"
#include "nodeagent/task/output_files.h"
#include "nodeagent/task/packages.h"
#include "nodeagent/task/resource_files.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <cstdlib>

namespace nodeagent::task {
namespace {

using wire::node::RunEnd;

/// What a task and a start task have in common.
struct RunPlan {
  std::string name;  ///< for logs
  TaskPaths paths;
  std::filesystem::path unfinished_mark;  ///< empty for the start task
  std::optional<wire::node::TaskRun> run;
  std::optional<TaskPaths> preparation;
  std::string command_line;
  wire::node::Environment settings_of_user;
  std::vector<wire::node::ResourceFile> resource_files;
  std::vector<wire::node::OutputFile> output_files;
  std::vector<wire::node::Package> packages;  ///< the task's own
  std::optional<std::chrono::milliseconds> max_wall_clock;
  bool elevated = false;
  bool isolate = false;
  std::optional<wire::node::Container> container;
  std::optional<wire::node::MultiInstance> multi_instance;
  std::filesystem::path shared_directory;  ///< of a multi-instance task
  std::shared_ptr<Coordination> coordination;
  std::shared_ptr<command::ResourceUse> used = std::make_shared<command::ResourceUse>();
};

/// The signal that the steps see: given by the agent's own, or when the time is up.
struct Limits {
  std::shared_ptr<StopSignal> stop = std::make_shared<StopSignal>();
  bool expired = false;
};

base::Async<void> pass_on(std::shared_ptr<StopSignal> asked, std::shared_ptr<Limits> limits) {
  co_await asked->wait();
  if (asked->stopped()) limits->stop->stop();
}

base::Async<void> expire(std::chrono::milliseconds after, std::shared_ptr<Limits> limits) {
  auto waited = co_await base::wait_for(after);
  if (waited.has_error() || limits->stop->stopped()) co_return;
  limits->expired = true;
  limits->stop->stop();
}

std::string node_marker() {
  // Read before any thread could change the environment, which nothing in the agent does.
  const char* value = std::getenv(kNodeMarker);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? "" : value;
}

/// A task may have closed its own directories to us. Links are not followed.
void open_up(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> waiting{directory};
  while (!waiting.empty()) {
    const auto next = std::move(waiting.back());
    waiting.pop_back();
    std::error_code ignored;  // what cannot be opened makes the removal fail, which is reported
    std::filesystem::permissions(next, std::filesystem::perms::owner_all, std::filesystem::perm_options::add, ignored);
    for (std::filesystem::directory_iterator entry(next, ignored), end; !ignored && entry != end;
         entry.increment(ignored)) {
      if (entry->symlink_status(ignored).type() == std::filesystem::file_type::directory) {
        waiting.push_back(entry->path());
      }
    }
  }
}

/// Removes the directory and all below it, whatever its permissions.
base::Result<void> remove_tree(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::remove_all(directory, error);
  if (error == std::errc::permission_denied) {
    open_up(directory);
    std::filesystem::remove_all(directory, error);
  }
  if (error) return base::errno_error("removing " + directory.string(), error.value());
  return {};
}

/// An attempt that was cut off (its agent died, or it was told to stop) leaves no half-written files to the next one:
/// ffmpeg, for one, would not overwrite them. What a run that ended by itself left stays for its retries.
base::Result<void> begin_afresh_if_cut_off(const TaskPaths& paths, const std::filesystem::path& mark) {
  if (mark.empty()) return {};
  std::error_code ignored;  // a mark that cannot be seen is taken for none
  if (std::filesystem::exists(mark, ignored)) RETURN_IF_ERROR(remove_tree(paths.working_directory()));
  const auto marked = base::open_file(mark, O_WRONLY | O_CREAT, 0600);
  if (marked.has_error()) return marked.error();
  return {};
}

/// DiskFull when less than the node's reserve is free.
base::Result<void> check_disk(const NodeContext& context) {
  struct statvfs disk {};
  // What cannot be asked is taken for enough: the run finds out.
  if (context.settings.disk_reserve <= 0 || ::statvfs(context.paths.directory().c_str(), &disk) != 0) return {};
  constexpr std::uint64_t kMib = std::uint64_t{1} << 20U;
  const auto free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize / kMib;
  if (free >= static_cast<std::uint64_t>(context.settings.disk_reserve)) return {};
  return failed(FailureCode::DiskFull,
                base::Error(base::Errc::no_space, std::to_string(free) + " MiB are free on the node's disk, " +
                                                      std::to_string(context.settings.disk_reserve) +
                                                      " MiB have to be for a task to begin"));
}

/// ENOSPC is the node's trouble, everything else the task's.
base::Error not_made(FailureCode code, const base::Error& cause) {
  return failed(cause.code == base::Errc::no_space ? FailureCode::DiskFull : code, cause);
}

/// Directories, and the two files that exist from the start (contract 7.3).
base::Result<void> prepare_directory(const TaskPaths& paths, const std::filesystem::path& mark) {
  auto made = begin_afresh_if_cut_off(paths, mark);
  if (made.has_value()) made = paths.create();
  if (made.has_error()) return not_made(FailureCode::ResourceDirectoryCreateFailed, made.error());
  for (const auto& file : {paths.stdout_file(), paths.stderr_file()}) {
    auto opened = base::open_file(file, O_WRONLY | O_CREAT | O_TRUNC, 0660);
    if (opened.has_error()) return not_made(FailureCode::ResourceFileCreateFailed, opened.error());
  }
  return {};
}

/// Directories and files: what there has to be before the first command.
base::Async<base::Result<void>> prepare_files(NodeContext& context, const RunPlan& plan,
                                              std::shared_ptr<StopSignal> stop) {
  auto prepare = [&plan, &context]() -> base::Result<void> {
    RETURN_IF_ERROR(check_disk(context));
    RETURN_IF_ERROR(prepare_directory(plan.paths, plan.unfinished_mark));
    auto placed = place_certificates(plan.paths, context.provisions->certificates(), !plan.run);
    if (placed.has_error()) return failed(FailureCode::ResourceFileCreateFailed, placed.error());
    return {};
  };
  auto prepared = co_await base::on_worker(*context.workers, std::move(prepare));
  if (prepared.has_error()) co_return std::move(prepared).error();
  CO_RETURN_IF_ERROR(co_await command::until_stopped(deploy_packages(context, plan.packages), stop));
  if (plan.multi_instance) {
    CO_RETURN_IF_ERROR(co_await command::until_stopped(
        fetch_resource_files(context, plan.multi_instance->common_resource_files, plan.shared_directory), stop));
  }
  co_return co_await command::until_stopped(
      fetch_resource_files(context, plan.resource_files, plan.paths.working_directory()), stop);
}

/// One of the run's command lines: its exit code, or why it has none.
base::Async<base::Result<std::int32_t>> run_line(NodeContext& context, const RunPlan& plan, std::string command_line,
                                                 wire::node::Environment environment, bool coordinates,
                                                 std::shared_ptr<StopSignal> stop,
                                                 std::optional<wire::node::ContainerInfo>& info) {
  const bool append = plan.multi_instance && !coordinates;
  if (plan.container) {
    ContainerRun run{.container = *plan.container,
                     .command_line = std::move(command_line),
                     .environment = std::move(environment),
                     .paths = plan.paths,
                     .job_preparation = plan.preparation ? plan.preparation->directory() : std::filesystem::path(),
                     .elevated = plan.elevated,
                     .append = append};
    co_return co_await run_in_container(context, std::move(run), stop, info);
  }
  auto arguments = command::split_command_line(command_line);
  if (arguments.has_error()) co_return failed(FailureCode::CommandLaunchFailed, arguments.error());
  command::Command command{.arguments = *std::move(arguments),
                           .environment = std::move(environment),
                           .working_directory = plan.paths.working_directory(),
                           .stdout_file = plan.paths.stdout_file(),
                           .stderr_file = plan.paths.stderr_file(),
                           .kill_grace = context.settings.task_kill_grace,
                           .isolate = plan.isolate,
                           .used = plan.used,
                           .append = append,
                           .keeps_background = coordinates};
  co_return co_await context.commands->run(std::move(command), stop);
}

/// The coordination command, and then the wait for the other instances. The exit code is 0 when the primary may go on;
/// a subtask never may. What the command has left running lives on.
base::Async<base::Result<std::int32_t>> coordinate(NodeContext& context, const RunPlan& plan,
                                                   wire::node::Environment environment,
                                                   std::shared_ptr<StopSignal> stop,
                                                   std::optional<wire::node::ContainerInfo>& info) {
  using namespace boost::asio::experimental::awaitable_operators;
  const auto& instances = *plan.multi_instance;
  auto exit_code =
      co_await run_line(context, plan, instances.coordination_command_line, std::move(environment), true, stop, info);
  if (exit_code.has_error() || *exit_code != 0) co_return exit_code;
  if (!stop->stopped()) plan.coordination->finished();
  if (instances.instance > 0) {
    co_await stop->wait();
  } else {
    co_await (plan.coordination->start.wait() || stop->wait());
  }
  if (stop->stopped()) co_return base::Error(base::Errc::cancelled, "the run was told to end");
  co_return 0;
}

/// Steps before and including the command: its exit code, or why it has none.
base::Async<base::Result<std::int32_t>> run_command(NodeContext& context, const RunPlan& plan,
                                                    wire::node::Environment environment,
                                                    std::shared_ptr<StopSignal> stop,
                                                    std::optional<wire::node::ContainerInfo>& info) {
  CO_RETURN_IF_ERROR(co_await prepare_files(context, plan, stop));
  if (plan.multi_instance) {
    auto coordinated = co_await coordinate(context, plan, environment, stop, info);
    if (coordinated.has_error() || *coordinated != 0) co_return coordinated;
  }
  co_return co_await run_line(context, plan, plan.command_line, std::move(environment), false, stop, info);
}

/// Nothing that a coordination command left running outlives the run.
base::Async<void> end_background(NodeContext& context, const RunPlan& plan,
                                 const wire::node::Environment& environment) {
  if (!plan.multi_instance) co_return;
  command::Background background{.marker = find_variable(environment, command::kTaskMarker).value_or(""),
                                 .task_directory = plan.paths.directory(),
                                 .kill_grace = context.settings.task_kill_grace};
  co_await context.commands->end_background(std::move(background));
}

RunEnd end_of(const Limits& limits, const StopSignal& asked, bool has_exit_code) {
  if (asked.stopped()) return RunEnd::stopped;
  if (limits.expired) return RunEnd::wall_clock_expired;
  return has_exit_code ? RunEnd::exited : RunEnd::pre_processing_error;
}

/// The steps, with nobody watching the clock.
base::Async<void> run_steps(NodeContext& context, RunPlan plan, std::shared_ptr<StopSignal> asked,
                            std::shared_ptr<Limits> limits, Ending& ending) {
  auto packages = plan.packages;  // where both name a package, the task means its own
  const auto& of_pool = context.provisions->pool_packages();
  packages.insert(packages.end(), of_pool.begin(), of_pool.end());
  const auto of_packages = package_variables(context.paths, packages);
  auto environment = command_environment({.node = context.paths,
                                          .settings = context.settings,
                                          .task = plan.paths,
                                          .run = plan.run,
                                          .preparation = plan.preparation,
                                          .node_marker = node_marker(),
                                          .has_mounts = context.mounts != nullptr && !context.mounts->empty(),
                                          .multi_instance = plan.multi_instance ? &*plan.multi_instance : nullptr,
                                          .shared_directory = plan.shared_directory,
                                          .of_packages = of_packages,
                                          .of_user = plan.settings_of_user});
  if (context.mounts != nullptr) co_await context.mounts->refresh();
  auto exit_code = co_await run_command(context, plan, environment, limits->stop, ending.container);
  co_await end_background(context, plan, environment);
  if (context.mounts != nullptr) co_await context.mounts->save();
  ending.used = *plan.used;
  ending.end = end_of(*limits, *asked, exit_code.has_value());
  if (exit_code.has_error()) {
    if (ending.end == RunEnd::pre_processing_error) ending.failure = failure_of(exit_code.error());
    co_return;
  }
  ending.exit_code = *exit_code;
  if (ending.end == RunEnd::stopped) co_return;  // whoever ended the task does not wait for its files
  auto uploaded = co_await command::until_stopped(
      upload_output_files(context, std::move(plan.output_files), plan.paths, std::move(environment), *exit_code),
      asked);
  if (asked->stopped()) {
    ending.end = RunEnd::stopped;
  } else if (uploaded.has_error()) {
    ending.failure = failure_of(uploaded.error());
  }
}

base::Async<Ending> run(NodeContext& context, RunPlan plan, std::shared_ptr<StopSignal> asked) {
  co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
  if (plan.elevated) {
    spdlog::info("{} asks for elevationLevel admin: it runs as the same user as every other task", plan.name);
  }
  spdlog::info("{} begins", plan.name);
  const auto name = plan.name;
  Ending ending{.started = context.clock->now()};
  auto limits = std::make_shared<Limits>();
  base::CoroutineGroup watchers(co_await boost::asio::this_coro::executor, 2);
  watchers.spawn(pass_on(asked, limits));
  if (plan.max_wall_clock) watchers.spawn(expire(*plan.max_wall_clock, limits));
  if (asked->stopped()) limits->stop->stop();
  const auto mark = plan.unfinished_mark;
  co_await run_steps(context, std::move(plan), asked, limits, ending);
  // A mark that stays by mistake costs the next run what this one left.
  if (ending.end != RunEnd::stopped && !mark.empty()) ::unlink(mark.c_str());
  watchers.cancel();
  co_await watchers.join();
  ending.ended = context.clock->now();
  spdlog::info("{} ended{}{}", name, ending.exit_code ? " with exit code " + std::to_string(*ending.exit_code) : "",
               ending.failure ? ": " + ending.failure->code : "");
  co_return ending;
}

}  // namespace

base::Async<Ending> run_task(NodeContext& context, wire::node::RunTask order, std::shared_ptr<StopSignal> stop,
                             std::shared_ptr<Coordination> coordination) {
  auto paths = context.paths.task(order.run.job_id, order.run.task_id);
  if (paths.has_error()) {
    Ending refused{.end = RunEnd::pre_processing_error, .started = context.clock->now(), .ended = context.clock->now()};
    refused.failure = failure_of(failed(FailureCode::ResourceDirectoryCreateFailed, paths.error()));
    co_return refused;
  }
  std::optional<TaskPaths> preparation;
  if (!order.preparation_task.empty()) {
    // The emulator checked the id when it took the job; what is no directory has no variable.
    if (auto known = context.paths.task(order.run.job_id, order.preparation_task)) preparation = *std::move(known);
  }
  const auto shared_directory = paths->directory();
  const bool is_subtask = order.multi_instance && order.multi_instance->instance > 0;
  RunPlan plan{.name = "task " + order.run.job_id + "/" + order.run.task_id,
               .paths = is_subtask ? TaskPaths(shared_directory / std::to_string(order.multi_instance->instance))
                                   : *std::move(paths),
               .unfinished_mark = context.paths.unfinished_mark(order.run.job_id, order.run.task_id),
               .run = std::move(order.run),
               .preparation = std::move(preparation),
               .command_line = std::move(order.command_line),
               .settings_of_user = std::move(order.environment),
               .resource_files = std::move(order.resource_files),
               .output_files = std::move(order.output_files),
               .packages = std::move(order.packages),
               .max_wall_clock = order.max_wall_clock,
               .elevated = order.elevated,
               .isolate = order.isolate,
               .container = std::move(order.container),
               .multi_instance = std::move(order.multi_instance),
               .shared_directory = shared_directory,
               .coordination = std::move(coordination)};
  co_return co_await run(context, std::move(plan), std::move(stop));
}

base::Async<Ending> run_start_task(NodeContext& context, wire::node::RunStartTask order,
                                   std::shared_ptr<StopSignal> stop) {
  RunPlan plan{.name = "the start task",
               .paths = context.paths.start_task(),
               .command_line = std::move(order.command_line),
               .settings_of_user = std::move(order.environment),
               .resource_files = std::move(order.resource_files),
               .elevated = order.elevated,
               .container = std::move(order.container)};
  co_return co_await run(context, std::move(plan), std::move(stop));
}

base::Result<void> remove_task_files(const NodeContext& context, const std::string& job_id,
                                     const std::string& task_id) {
  ASSIGN_OR_RETURN(const auto paths, context.paths.task(job_id, task_id));
  RETURN_IF_ERROR(remove_tree(paths.directory()));
  ::unlink(context.paths.unfinished_mark(job_id, task_id).c_str());
  std::error_code error;
  // The directories of instance and job go with their last task; while another is there, this fails and is meant to.
  const auto instance = paths.directory().parent_path();
  if (std::filesystem::remove(instance, error)) std::filesystem::remove(instance.parent_path(), error);
  return {};
}

}  // namespace nodeagent::task
