// An emulator of its own for a benchmark: started on free ports and a temporary directory, ended by pid.
#pragma once

#include "client/api/batch_client.h"
#include "client/api/credentials.h"

#include <sys/types.h>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace bench {

class RunningEmulator {
 public:
  /// Returns when the emulator has printed its ready line; stops the process with a message when it does not.
  explicit RunningEmulator(std::vector<std::string> options = {});
  ~RunningEmulator();
  RunningEmulator(const RunningEmulator&) = delete;
  RunningEmulator& operator=(const RunningEmulator&) = delete;

  [[nodiscard]] std::chrono::duration<double, std::milli> time_to_ready() const { return time_to_ready_; }
  /// Resident memory now, in KiB (VmRSS).
  [[nodiscard]] long resident_kib() const;
  [[nodiscard]] client::api::BatchAccount batch() const { return batch_; }
  [[nodiscard]] client::api::StorageAccount storage() const { return storage_; }

 private:
  std::filesystem::path home_;
  pid_t pid_ = -1;
  std::chrono::duration<double, std::milli> time_to_ready_{};
  client::api::BatchAccount batch_;
  client::api::StorageAccount storage_;
};

/// The middle value.
double median(std::vector<double> values);
/// Ends the program with a message.
[[noreturn]] void give_up(const std::string& message);

}  // namespace bench
