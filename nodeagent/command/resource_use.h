// What processes have used, as far as the system tells: CPU time from their rusage, reads and writes from /proc.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>
#include <chrono>
#include <cstdint>

namespace nodeagent::command {

/// CPU time, and what was asked of the system to read and write, whether or not a disk had to move.
struct ResourceUse {
  std::chrono::microseconds user_cpu{0};
  std::chrono::microseconds kernel_cpu{0};
  std::int64_t read_operations = 0;
  std::int64_t write_operations = 0;
  std::int64_t read_bytes = 0;
  std::int64_t written_bytes = 0;
  ResourceUse& operator+=(const ResourceUse& other);
};

/// Takes over the CPU times.
void set_cpu(ResourceUse& use, const rusage& times);
/// What a process has read and written that has ended but is not collected yet, with the children it has waited for;
/// nothing where the kernel does not count.
ResourceUse reads_and_writes_of(pid_t ended);
/// What the calling thread has used so far.
ResourceUse use_of_this_thread();

}  // namespace nodeagent::command
