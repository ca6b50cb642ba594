#include "client/tutorial/terminal.h"

#include "wire/time_text.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace client::tutorial {
namespace {

constexpr std::size_t kBarWidth = 40;
constexpr std::size_t kColumns = 6;
using Row = std::array<std::string, kColumns>;

std::string duration_of(const client::api::TaskStatus& task) {
  if (!task.started || !task.ended) return "-";
  const auto span = std::chrono::duration<double>(*task.ended - *task.started);
  char text[32];
  std::snprintf(text, sizeof text, "%.2f s", span.count());
  return text;
}

/// Node ids are 70 characters; the end tells nodes apart.
std::string short_node(const std::string& id) {
  constexpr std::size_t kShown = 12;
  return id.size() <= kShown ? (id.empty() ? "-" : id) : "…" + id.substr(id.size() - kShown);
}

/// Characters, not bytes: every character but the ellipsis is ASCII.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

void Progress::show(std::size_t done) {
  if (!terminal_) {
    out_ << '.' << std::flush;
    begun_ = true;
    return;
  }
  const std::size_t filled = total_ == 0 ? kBarWidth : done * kBarWidth / total_;
  out_ << "\r[" << std::string(filled, '#') << std::string(kBarWidth - filled, ' ') << "] " << done << "/" << total_
       << " tasks completed" << std::flush;
  begun_ = true;
}

void Progress::finish() {
  if (begun_) out_ << "\n";
  begun_ = false;
}

std::string task_table(const std::vector<client::api::TaskStatus>& tasks) {
  std::vector<Row> rows{{"Task", "Result", "Exit code", "Started", "Took", "Node"}};
  for (const auto& task : tasks) {
    rows.push_back({task.id, task.result.empty() ? task.state : task.result,
                    task.exit_code ? std::to_string(*task.exit_code) : "-",
                    task.started ? wire::print_timestamp(std::chrono::floor<std::chrono::seconds>(*task.started)) : "-",
                    duration_of(task), short_node(task.node_id)});
  }
  std::array<std::size_t, kColumns> widths{};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string text;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    text += "  ";
    for (std::size_t i = 0; i < kColumns; ++i) {
      text += rows[r][i];
      if (i + 1 < kColumns) text += std::string(widths[i] - width_of(rows[r][i]) + 2, ' ');
    }
    text += "\n";
    if (r > 0 && !tasks[r - 1].failure_code.empty()) {
      text += "    " + tasks[r - 1].failure_code + ": " + tasks[r - 1].failure_message + "\n";
    }
  }
  return text;
}

std::string clock_text(std::chrono::seconds span) {
  const std::chrono::hh_mm_ss parts(span);
  char text[32];
  std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", static_cast<long long>(parts.hours().count()),
                static_cast<long long>(parts.minutes().count()), static_cast<long long>(parts.seconds().count()));
  return text;
}

}  // namespace client::tutorial
