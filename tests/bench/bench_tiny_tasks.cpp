// Tiny tasks a second: from the first submit to the last task completed on a pool of five nodes, beside a bare
// posix_spawn-and-wait loop over the same command in the same run.
#include "running_emulator.h"

#include "base/run_to_end.h"

#include <spawn.h>
#include <sys/wait.h>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

extern char** environ;

namespace {

using base::Async;
using base::Result;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr int kNodes = 5;
constexpr int kSlots = 4;
constexpr std::size_t kTasks = 2000;
constexpr std::chrono::milliseconds kPoll{20};
constexpr std::size_t kMostAnswerBytes = 1 << 20;

double seconds_since(Clock::time_point began) {
  return std::chrono::duration<double>(Clock::now() - began).count();
}

double spawn_loop() {
  const auto began = Clock::now();
  for (std::size_t i = 0; i < kTasks; ++i) {
    char program[] = "/bin/true";
    char* arguments[] = {program, nullptr};
    pid_t pid = -1;
    if (posix_spawn(&pid, program, nullptr, nullptr, arguments, environ) != 0) bench::give_up("cannot start /bin/true");
    ::waitpid(pid, nullptr, 0);
  }
  return seconds_since(began);
}

json pool_body() {
  return {{"id", "bench"},
          {"vmSize", "standard_d4s_v3"},
          {"targetDedicatedNodes", kNodes},
          {"taskSlotsPerNode", kSlots},
          {"virtualMachineConfiguration",
           {{"imageReference",
             {{"publisher", "canonical"}, {"offer", "0001-com-ubuntu-server-jammy"}, {"sku", "22_04-lts"}}},
            {"nodeAgentSKUId", "batch.node.ubuntu 22.04"}}}};
}

Async<Result<void>> wait_for_nodes(client::api::BatchClient& batch) {
  while (true) {
    CO_ASSIGN_OR_RETURN(const json pool, co_await batch.get_pool("bench"));
    if (pool.value("currentDedicatedNodes", 0) == kNodes && pool.value("allocationState", "") == "steady")
      co_return Result<void>();
    CO_RETURN_IF_ERROR(co_await base::wait_for(kPoll));
  }
}

Async<Result<double>> run(client::api::BatchClient& batch) {
  auto pool = pool_body();
  CO_RETURN_IF_ERROR(co_await batch.add_pool(std::move(pool)));
  CO_RETURN_IF_ERROR(co_await wait_for_nodes(batch));
  json job{{"id", "bench"}, {"poolInfo", {{"poolId", "bench"}}}};
  CO_RETURN_IF_ERROR(co_await batch.add_job(std::move(job)));
  std::vector<json> tasks;
  for (std::size_t i = 0; i < kTasks; ++i)
    tasks.push_back({{"id", "t" + std::to_string(i)}, {"commandLine", "/bin/true"}});
  const auto began = Clock::now();
  CO_ASSIGN_OR_RETURN(const auto refused, co_await batch.add_tasks("bench", std::move(tasks)));
  if (!refused.empty()) co_return base::Error(base::Errc::io, refused.front().message);
  while (true) {
    CO_ASSIGN_OR_RETURN(const auto counts, co_await batch.task_counts("bench"));
    if (counts.completed == static_cast<std::int64_t>(kTasks)) co_return seconds_since(began);
    CO_RETURN_IF_ERROR(co_await base::wait_for(kPoll));
  }
}

}  // namespace

int main() {
  const bench::RunningEmulator emulator;
  boost::asio::io_context context(1);
  const base::SystemClock clock;
  http::Client http(context.get_executor());
  client::api::BatchClient batch(http, clock, emulator.batch());
  const auto took = base::run_to_end(context, run(batch));
  if (took.has_error()) bench::give_up(took.error().message);
  const double bare = spawn_loop();
  const auto count = static_cast<double>(kTasks);
  std::printf("%zu tasks of /bin/true on %d nodes of %d slots\n", kTasks, kNodes, kSlots);
  std::printf("  submit to all completed  %7.2f s  %8.0f tasks/s\n", *took, count / *took);
  std::printf("  bare posix_spawn loop    %7.2f s  %8.0f runs/s\n", bare, count / bare);
  std::printf("  ratio                    %7.2f\n", *took / bare);
}
