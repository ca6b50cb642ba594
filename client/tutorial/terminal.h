// What a person sees of a run: lines, a progress bar where there is a terminal, and the table of tasks.
#pragma once

#include "client/api/batch_client.h"

#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

namespace client::tutorial {

/// A bar that is redrawn in place on a terminal and prints one dot per poll elsewhere, as the article does.
class Progress {
 public:
  Progress(std::ostream& out, bool terminal, std::size_t total) : out_(out), terminal_(terminal), total_(total) {}
  void show(std::size_t done);
  /// Ends the line.
  void finish();

 private:
  std::ostream& out_;
  bool terminal_;
  std::size_t total_;
  bool begun_ = false;
};

/// "Task, state, exit code, started, took, node", a row per task, in columns as wide as needed. A failed task's row
/// is followed by its failure.
std::string task_table(const std::vector<client::api::TaskStatus>& tasks);

/// Seconds as H:MM:SS, the article's way of printing time spans.
std::string clock_text(std::chrono::seconds span);

}  // namespace client::tutorial
