#include "emulator/events/event_log.h"

#include "base/durable_file.h"
#include "emulator/events/event_json.h"
#include "wire/time_text.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <charconv>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

namespace emulator::events {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

std::filesystem::path older_file(const std::filesystem::path& directory) {
  return directory / "events.1.jsonl";
}

/// Every file, whatever it was allowed to grow to when it was written.
constexpr std::size_t kMostRead = 4 * kLargestFile;

base::Result<std::string> read_if_there(const std::filesystem::path& file) {
  std::error_code failure;
  if (!std::filesystem::exists(file, failure)) return std::string{};
  return base::read_file(file, kMostRead);
}

/// Every line of ours begins so; the number follows.
constexpr std::string_view kLineBegin = R"({"number":)";

/// A line's number; 0 when it is none of ours.
std::uint64_t number_of(std::string_view line) {
  std::uint64_t number = 0;
  if (!line.starts_with(kLineBegin)) return number;
  line.remove_prefix(kLineBegin.size());
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  return error == std::errc{} ? number : 0;
}

/// Calls f with each whole line, without its end.
template <class F>
void for_each_line(std::string_view text, F f) {
  while (true) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return;
    f(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
}

std::uint64_t last_number(std::string_view text) {
  std::uint64_t last = 0;
  for_each_line(text, [&](std::string_view line) { last = std::max(last, number_of(line)); });
  return last;
}

/// An event that waits for the disk. It is made text there, not on the thread that serves requests.
struct Numbered {
  std::uint64_t number = 0;
  core::DiagnosticEvent event;
};

std::string line_of(const Numbered& numbered, const std::string& account) {
  ordered_json line;
  line["number"] = numbered.number;
  line["time"] = wire::print_timestamp(numbered.event.time);
  line["account"] = account;
  line["category"] = "ServiceLog";
  line["operationName"] = name_of(numbered.event.body);
  line["properties"] = properties_of(numbered.event.body);
  return line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace

struct EventLog::State : std::enable_shared_from_this<EventLog::State> {
  State(std::filesystem::path directory_, std::string account_, base::Workers& workers_, std::size_t largest)
      : directory(std::move(directory_)), account(std::move(account_)), workers(workers_), largest_file(largest) {}

  const std::filesystem::path directory;
  const std::string account;
  base::Workers& workers;
  const std::size_t largest_file;

  std::mutex gate;  ///< guards what waits
  std::vector<Numbered> waiting;
  bool writing = false;
  std::uint64_t next_number = 1;

  std::mutex disk;  ///< guards the files; taken before `gate`, by workers only
  base::FileDescriptor file;
  std::size_t size = 0;
  bool failed = false;

  base::Result<void> open_file();
  void write_waiting();
  base::Result<void> write(const std::vector<Numbered>& events);
  base::Result<void> rotate();
};

base::Result<void> EventLog::State::open_file() {
  ASSIGN_OR_RETURN(const auto older, read_if_there(older_file(directory)));
  ASSIGN_OR_RETURN(const auto newer, read_if_there(events_file(directory)));
  next_number = std::max(last_number(older), last_number(newer)) + 1;
  ASSIGN_OR_RETURN(file, base::open_file(events_file(directory), O_WRONLY | O_CREAT | O_APPEND, 0600));
  // What a crash tore off in the middle of a line is no event.
  size = newer.rfind('\n') == std::string::npos ? 0 : newer.rfind('\n') + 1;
  if (size != newer.size() && ::ftruncate(file.get(), static_cast<off_t>(size)) != 0) {
    return base::errno_error("cutting off a torn line of " + events_file(directory).string(), errno);
  }
  return {};
}

void EventLog::State::write_waiting() {
  const std::lock_guard on_disk(disk);
  std::vector<Numbered> events;
  {
    const std::lock_guard lock(gate);
    events.swap(waiting);
    writing = false;
  }
  if (events.empty()) return;
  const auto written = write(events);
  // Nothing depends on events: the service goes on without them, and says so once.
  if (written.has_error() && !std::exchange(failed, true)) {
    spdlog::warn("diagnostic events are lost: {}", written.error().message);
  }
  if (written.has_value()) failed = false;
}

base::Result<void> EventLog::State::write(const std::vector<Numbered>& events) {
  std::string text;
  const auto flush = [&]() -> base::Result<void> {
    if (text.empty()) return {};
    RETURN_IF_ERROR(base::write_all(file.get(), text, events_file(directory)));
    size += text.size();
    text.clear();
    return {};
  };
  for (const auto& event : events) {
    const auto line = line_of(event, account);
    if (size + text.size() + line.size() > largest_file && size + text.size() > 0) {
      RETURN_IF_ERROR(flush());
      RETURN_IF_ERROR(rotate());
    }
    text += line;
  }
  return flush();
}

base::Result<void> EventLog::State::rotate() {
  std::error_code failure;
  std::filesystem::rename(events_file(directory), older_file(directory), failure);
  if (failure) return base::errno_error("renaming " + events_file(directory).string(), failure.value());
  ASSIGN_OR_RETURN(file, base::open_file(events_file(directory), O_WRONLY | O_CREAT | O_APPEND, 0600));
  size = 0;
  return {};
}

EventLog::EventLog(std::shared_ptr<State> state) : state_(std::move(state)) {}
EventLog::~EventLog() {
  state_->write_waiting();
}

base::Result<std::unique_ptr<EventLog>> EventLog::open(std::filesystem::path directory, std::string account,
                                                       base::Workers& workers, std::size_t largest_file) {
  auto state = std::make_shared<State>(std::move(directory), std::move(account), workers, largest_file);
  RETURN_IF_ERROR(state->open_file());
  return std::unique_ptr<EventLog>(new EventLog(std::move(state)));
}

void EventLog::append(const core::DiagnosticEvent& event) {
  const std::lock_guard lock(state_->gate);
  const auto number = state_->next_number++;
  if (state_->waiting.size() >= kMostWaitingEvents) return;
  state_->waiting.push_back({number, event});
  if (std::exchange(state_->writing, true)) return;
  boost::asio::post(state_->workers.pool(), [state = state_] { state->write_waiting(); });
}

base::Result<std::string> EventLog::read(std::uint64_t since, std::size_t limit) const {
  state_->write_waiting();
  const std::lock_guard on_disk(state_->disk);
  ASSIGN_OR_RETURN(const auto older, read_if_there(older_file(state_->directory)));
  ASSIGN_OR_RETURN(const auto newer, read_if_there(events_file(state_->directory)));
  std::string found;
  for (const std::string_view text : {std::string_view{older}, std::string_view{newer}}) {
    for_each_line(text, [&](std::string_view line) {
      if (found.size() >= limit || number_of(line) <= since) return;
      found.append(line);
      found += '\n';
    });
  }
  return found;
}

std::filesystem::path events_file(const std::filesystem::path& directory) {
  return directory / "events.jsonl";
}

}  // namespace emulator::events
