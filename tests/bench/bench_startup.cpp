// How long from exec to the ready line on an empty data directory, and how much memory is resident then. The peer is a
// program that does nothing (/bin/true), started the same way.
#include "running_emulator.h"

#include <spawn.h>
#include <sys/wait.h>
#include <cstdio>

extern char** environ;

namespace {

constexpr int kRuns = 21;

double start_of_true() {
  const auto began = std::chrono::steady_clock::now();
  char program[] = "/bin/true";
  char* arguments[] = {program, nullptr};
  pid_t pid = -1;
  if (posix_spawn(&pid, program, nullptr, nullptr, arguments, environ) != 0) bench::give_up("cannot start /bin/true");
  ::waitpid(pid, nullptr, 0);
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
}

}  // namespace

int main() {
  std::vector<double> ready, resident, peer;
  for (int i = 0; i < kRuns; ++i) {
    peer.push_back(start_of_true());
    const bench::RunningEmulator emulator;
    ready.push_back(emulator.time_to_ready().count());
    resident.push_back(static_cast<double>(emulator.resident_kib()) / 1024);
  }
  std::printf("start-up, median of %d runs\n", kRuns);
  std::printf("  exec to ready      %8.2f ms   (goal: 50)\n", bench::median(ready));
  std::printf("  resident memory    %8.2f MiB  (goal: 20)\n", bench::median(resident));
  std::printf("  /bin/true, to end  %8.2f ms\n", bench::median(peer));
}
