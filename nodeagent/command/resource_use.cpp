#include "nodeagent/command/resource_use.h"

#include <fstream>
#include <string>

namespace nodeagent::command {
namespace {

std::chrono::microseconds microseconds_of(const timeval& time) {
  return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_usec};
}

ResourceUse read_io(const std::string& path) {
  ResourceUse use;
  std::ifstream file(path);
  std::string name;
  std::int64_t value = 0;
  while (file >> name >> value) {
    if (name == "rchar:") use.read_bytes = value;
    if (name == "wchar:") use.written_bytes = value;
    if (name == "syscr:") use.read_operations = value;
    if (name == "syscw:") use.write_operations = value;
  }
  return use;
}

}  // namespace

ResourceUse& ResourceUse::operator+=(const ResourceUse& other) {
  user_cpu += other.user_cpu;
  kernel_cpu += other.kernel_cpu;
  read_operations += other.read_operations;
  write_operations += other.write_operations;
  read_bytes += other.read_bytes;
  written_bytes += other.written_bytes;
  return *this;
}

void set_cpu(ResourceUse& use, const rusage& times) {
  use.user_cpu = microseconds_of(times.ru_utime);
  use.kernel_cpu = microseconds_of(times.ru_stime);
}

ResourceUse reads_and_writes_of(pid_t ended) {
  return read_io("/proc/" + std::to_string(ended) + "/io");
}

ResourceUse use_of_this_thread() {
  ResourceUse use = read_io("/proc/thread-self/io");
  rusage times{};
  if (::getrusage(RUSAGE_THREAD, &times) == 0) set_cpu(use, times);
  return use;
}

}  // namespace nodeagent::command
