// What becomes of an agent's processes is decided in this order: they are dead (awaited, and swept by their mark), then
// the core is told, then anything new is started. So no task ever runs twice at the same time.
#include "emulator/nodes/node_life.h"

#include "base/random.h"
#include "base/text.h"
#include "emulator/nodes/agent_process.h"

#include <signal.h>
#include <spdlog/spdlog.h>
#include <algorithm>

namespace emulator::nodes {
namespace {

constexpr std::size_t kTokenBytes = 32;

Belonging belonging_to(const NodeOptions& options, const core::NodeKey& key) {
  return {.marker_name = kNodeMarker, .marker = node_marker(options.data_dir, key), .orphans_too = true};
}

}  // namespace

NodeLife::NodeLife(Shared& shared, core::NodeKey key, std::function<void()> on_gone)
    : shared_(shared),
      key_(std::move(key)),
      on_gone_(std::move(on_gone)),
      wakeup_(shared.strand),
      orders_(shared.strand),
      liveness_({.join = shared.options.join_limit,
                 .adoption = shared.options.adoption_limit,
                 .silence = shared.options.silence_limit,
                 .unknown = shared.options.unknown_limit}) {}

void NodeLife::start_agent(const core::StartAgent& notice) {
  start_wanted_ = notice;
  wakeup_.notify();
}

void NodeLife::halt(const core::HaltNode& notice) {
  halt_wanted_ = notice;
  wakeup_.notify();
}

void NodeLife::leave(core::Incarnation incarnation) {
  leave_wanted_ = incarnation;
  wakeup_.notify();
}

void NodeLife::shut_down(base::SteadyTime kill_at) {
  shut_down_by_ = kill_at;
  wakeup_.notify();
}

base::Async<void> NodeLife::run() {
  const auto self = shared_from_this();
  while (!shut_down_by_) {
    if (leave_wanted_) {
      co_await be_gone();
      co_return;
    }
    if (halt_wanted_) {
      auto notice = *halt_wanted_;
      co_await be_halted(std::move(notice));
    } else if (process_ && process_->ended) {
      co_await lost("the node agent ended: " + shared_.exits.how_ended(process_->pid));
    } else if (process_ && liveness_.falls_silent(now())) {
      spdlog::warn("node {}: {}", key_.node.text(), liveness_.reason());
      core::Command silent = core::NodeSilent{key_, incarnation_};
      co_await tell(shared_, key_.node.text(), std::move(silent));
    } else if (process_ && liveness_.overdue(now())) {
      co_await lost(liveness_.reason());
    } else if (!process_ && start_wanted_ && may_restart()) {
      auto notice = *std::exchange(start_wanted_, std::nullopt);
      co_await start(std::move(notice));
    } else {
      const auto until = process_ ? liveness_.deadline() : restart_at();
      co_await wakeup_.wait(until);
    }
  }
  co_await end_for_shut_down();
}

std::optional<base::SteadyTime> NodeLife::restart_at() const {
  if (!start_wanted_ || failures_ < 2) return std::nullopt;
  constexpr int kMostDoublings = 6;
  const auto wait = kFirstRestartWait * (1 << std::min(failures_ - 2, kMostDoublings));
  return last_failure_ + std::min<std::chrono::milliseconds>(wait, kLongestRestartWait);
}

bool NodeLife::may_restart() const {
  const auto at = restart_at();
  return !at || *at <= now();
}

base::Async<void> NodeLife::start(core::StartAgent notice) {
  while (shared_.starts >= shared_.options.most_starts_at_once) {
    co_await shared_.start_ended.wait(std::nullopt);
    if (shut_down_by_ || leave_wanted_ || halt_wanted_) co_return;
  }
  ++shared_.starts;
  const bool needed = co_await take_over_previous(notice.incarnation);
  if (needed) {
    co_await start_process(std::move(notice));
  }
  --shared_.starts;
  shared_.start_ended.notify();
}

// Once per emulator process: an agent of an earlier emulator may be alive. True when a new one has to be started.
base::Async<bool> NodeLife::take_over_previous(core::Incarnation incarnation) {
  if (std::exchange(looked_for_previous_, true)) co_return true;
  std::error_code ignored;
  const auto data_dir = shared_.options.data_dir;
  if (!std::filesystem::exists(node_directory(data_dir, key_), ignored)) co_return true;
  const auto record = read_agent_record(data_dir, key_);
  const bool same = record && record->incarnation == incarnation;
  if (same) {
    incarnation_ = incarnation;
    if (watch(record->pid, record->start_time, false).has_value()) {
      liveness_.found(now());
      co_return false;
    }
    // It had begun under this incarnation, so tasks may have run: the core must give them a new attempt.
    co_await lost("the node agent ended while the emulator was away");
    co_return false;
  }
  co_await sweep();
  co_return true;
}

base::Async<void> NodeLife::start_process(core::StartAgent notice) {
  const auto incarnation = notice.incarnation;
  incarnation_ = incarnation;
  if (notice.wipe) {
    co_await remove_tree();
  }
  auto make_tree = [data_dir = shared_.options.data_dir, key = key_] { return create_node_tree(data_dir, key); };
  auto made = co_await base::on_worker(shared_.workers, std::move(make_tree));
  if (made.has_error()) co_return unusable(made.error().message);

  wire::node::Handover handover;
  handover.pool_id = key_.pool.text();
  handover.node_id = key_.node.text();
  handover.incarnation = incarnation;
  handover.token = base::hex_encode(base::random_bytes(kTokenBytes));
  // Committed before the process exists: whoever shows this token later is known, also to the next emulator.
  core::Command secret = core::SetNodeSecret{key_, incarnation, base::hex_encode(base::sha256(handover.token))};
  auto kept = co_await shared_.service.execute(std::move(secret));
  if (kept.has_error()) {
    spdlog::info("node {}: no agent is started: {}", key_.node.text(), kept.error().message);
    co_return;
  }
  if (shut_down_by_ || leave_wanted_ || halt_wanted_) co_return;

  AgentStart agent;
  agent.program = shared_.options.agent_program;
  agent.node_directory = node_directory(shared_.options.data_dir, key_);
  agent.endpoint_file = endpoint_file(shared_.options.data_dir);
  agent.marker = std::string(kNodeMarker) + "=" + node_marker(shared_.options.data_dir, key_);
  agent.handover = wire::node::encode(handover);
  auto pid = nodes::start_agent(agent);
  if (pid.has_error()) co_return unusable(pid.error().message);
  shared_.exits.remember(pid.value());
  const auto start_time = start_time_of(pid.value()).value_or(0);
  auto recorded = write_agent_record(shared_.options.data_dir, key_, {pid.value(), start_time, incarnation});
  if (recorded.has_error()) spdlog::warn("node {}: {}", key_.node.text(), recorded.error().message);
  liveness_.started(now());
  if (watch(pid.value(), start_time, true).has_error()) {
    // It ended before it could be looked at.
    process_ = std::make_shared<Process>(Process{.pid = pid.value(), .handle = {}, .since = now(), .ended = true});
  }
}

base::Result<void> NodeLife::watch(pid_t pid, std::uint64_t start_time, bool child) {
  ASSIGN_OR_RETURN(auto handle, open_process(pid, start_time));
  auto watched = base::FileDescriptor(::dup(handle.get()));
  if (!watched.is_open()) return base::errno_error("watching process " + std::to_string(pid), errno);
  process_ = std::make_shared<Process>(Process{.pid = pid, .handle = std::move(handle), .since = now()});
  spdlog::debug("node {}: agent {} is process {}", key_.node.text(), child ? "started" : "found", pid);
  if (!shared_.group.spawn(watch_end(shared_from_this(), process_, std::move(watched)))) {
    return base::Error(base::Errc::unavailable, "watching process: the service is stopping");
  }
  return {};
}

base::Async<void> NodeLife::watch_end(std::shared_ptr<NodeLife> self, std::shared_ptr<Process> process,
                                      base::FileDescriptor handle) {
  co_await self->shared_.exits.wait_end(std::move(handle));
  process->ended = true;
  self->wakeup_.notify();
}

// The agent is dead or shall be; afterwards nothing of it is left, and the core has been told.
base::Async<void> NodeLife::lost(std::string reason) {
  spdlog::warn("node {}: {}", key_.node.text(), reason);
  const bool registered = liveness_.has_joined();
  // Of an agent that ended while no emulator looked nobody knows how long it lived.
  const bool was_stable = !process_ || now() - process_->since >= kStableAfter;
  forget_agent();
  const auto at_once = now();
  co_await end_process(at_once, at_once);
  co_await sweep();
  process_.reset();
  failures_ = was_stable ? 0 : failures_ + 1;
  failed_starts_ = registered ? 0 : failed_starts_ + 1;
  last_failure_ = now();
  if (failed_starts_ >= kMostFailedStarts) {
    failed_starts_ = 0;
    co_return unusable("its agent failed " + std::to_string(kMostFailedStarts) +
                       " times in a row; the last time: " + reason);
  }
  core::Command command = core::NodeLost{key_, incarnation_, std::move(reason)};
  co_await tell(shared_, key_.node.text(), std::move(command));
}

void NodeLife::unusable(std::string message) {
  core::ResourceError error;
  error.code = "NodeAgentStartFailed";
  error.message = "The node's agent could not be started";
  error.values.emplace_back("Message", std::move(message));
  spdlog::error("node {}: {}: {}", key_.node.text(), error.message, error.values.front().second);
  core::Command command = core::NodeUnusable{key_, incarnation_, std::move(error)};
  shared_.group.spawn(tell(shared_, key_.node.text(), std::move(command)));
}

// The machine stops and keeps its place: afterwards nothing of the agent is left, and the core has been told.
base::Async<void> NodeLife::be_halted(core::HaltNode notice) {
  spdlog::info("node {}: halted{}", key_.node.text(), notice.wipe ? ", its disk is wiped" : "");
  co_await end_agent(notice.at_once);
  if (notice.wipe) {
    co_await remove_tree();
  }
  failures_ = 0;
  failed_starts_ = 0;
  // What was to be started before is over; what is to be started after it, the core asks for later.
  if (start_wanted_ && start_wanted_->incarnation <= notice.incarnation) start_wanted_.reset();
  halt_wanted_.reset();
  core::Command command = core::NodeHalted{key_, notice.incarnation};
  co_await tell(shared_, key_.node.text(), std::move(command));
}

base::Async<void> NodeLife::be_gone() {
  const auto incarnation = *leave_wanted_;
  co_await end_agent(false);
  co_await remove_tree();
  on_gone_();
  core::Command command = core::NodeGone{key_, incarnation};
  co_await tell(shared_, key_.node.text(), std::move(command));
}

// Asks the agent to end its tasks and itself, or kills it `at_once`; afterwards nothing of it is left.
base::Async<void> NodeLife::end_agent(bool at_once) {
  if (!looked_for_previous_) {
    // Told to end by the state that an earlier emulator left: its agent may be alive.
    looked_for_previous_ = true;
    const auto record = read_agent_record(shared_.options.data_dir, key_);
    if (record && watch(record->pid, record->start_time, false).has_error()) process_.reset();
  }
  // TERM asks for the same as the order, for an agent that cannot be reached or does not listen.
  const auto patience = shared_.options.task_kill_grace + kShutDownMargin;
  auto term_at = now();
  auto kill_at = at_once ? term_at : term_at + patience;
  if (process_ && liveness_.has_joined() && !at_once) {
    mailbox_.post(wire::node::ShutDown{});
    orders_.notify();
    term_at += patience;
    kill_at = term_at + kAgentTermGrace;
  }
  co_await end_process(term_at, kill_at);
  forget_agent();
  co_await sweep();
  process_.reset();
}

base::Async<void> NodeLife::remove_tree() {
  auto remove = [data_dir = shared_.options.data_dir, key = key_] { return remove_node_tree(data_dir, key); };
  auto removed = co_await base::on_worker(shared_.workers, std::move(remove));
  if (removed.has_error()) spdlog::warn("node {}: {}", key_.node.text(), removed.error().message);
}

base::Async<void> NodeLife::end_for_shut_down() {
  forget_agent();
  const bool had_process = process_ != nullptr;
  const auto term_at = now();
  co_await end_process(term_at, *shut_down_by_);
  if (had_process) {
    co_await sweep();
  }
  process_.reset();
}

void NodeLife::forget_agent() {
  liveness_.ended();
  token_hash_.clear();
  ++fetches_;
  orders_.notify();
}

base::Async<void> NodeLife::end_process(base::SteadyTime term_at, base::SteadyTime kill_at) {
  if (!process_) co_return;
  bool ended = co_await wait_end(term_at);
  if (ended) co_return;
  if (term_at < kill_at) {
    if (auto sent = signal_process(process_->handle, SIGTERM); sent.has_error()) {
      spdlog::warn("node {}: {}", key_.node.text(), sent.error().message);
    }
    ended = co_await wait_end(kill_at);
    if (ended) co_return;
  }
  if (auto sent = signal_process(process_->handle, SIGKILL); sent.has_error()) {
    spdlog::error("node {}: {}", key_.node.text(), sent.error().message);
  }
  ended = co_await wait_end(now() + kSweepLimit);
  if (!ended) spdlog::error("node {}: process {} does not end", key_.node.text(), process_->pid);
}

base::Async<bool> NodeLife::wait_end(base::SteadyTime until) {
  while (!process_->ended && now() < until) co_await wakeup_.wait(until);
  co_return process_->ended;
}

base::Async<void> NodeLife::sweep() {
  auto end_all = [belonging = belonging_to(shared_.options, key_)] { return end_belonging(belonging, kSweepLimit); };
  auto swept = co_await base::on_worker(shared_.workers, std::move(end_all));
  if (swept.has_error()) spdlog::error("node {}: {}", key_.node.text(), swept.error().message);
}

base::Async<void> NodeLife::tell(Shared& shared, std::string node, core::Command command) {
  auto told = co_await shared.service.execute(std::move(command));
  // A refusal is normal: the node, or this incarnation of it, may be gone meanwhile.
  if (told.has_error()) spdlog::debug("node {}: {}", node, told.error().message);
}

bool NodeLife::expects(core::Incarnation incarnation) const {
  return has_process() && incarnation == incarnation_ && !leave_wanted_ && !halt_wanted_ && !shut_down_by_;
}

void NodeLife::joined(const wire::node::Registration& registration, const std::string& token_hash,
                      std::vector<NoticedWork> work) {
  token_hash_ = token_hash;
  last_report = 0;
  failed_starts_ = 0;
  liveness_.joined(now());
  mailbox_.reset(registration.last_order, registration.running);
  start_task_ordered_ = registration.start_task_running;
  for (const auto& item : work) deliver(item);
}

bool NodeLife::knows(const std::string& token_hash) const {
  return !token_hash_.empty() && base::equal_in_constant_time(token_hash_, token_hash);
}

void NodeLife::heard() {
  if (!liveness_.has_joined()) return;
  if (liveness_.heard(now())) return;
  spdlog::info("node {}: the node agent is heard again", key_.node.text());
  core::Command command = core::NodeHeard{key_, incarnation_};
  shared_.group.spawn(tell(shared_, key_.node.text(), std::move(command)));
}

void NodeLife::order(wire::node::OrderBody body) {
  if (mailbox_.post(std::move(body))) orders_.notify();
}

void NodeLife::deliver(const NoticedWork& work) {
  // Whatever else concerns an agent that has not registered is told to it when it does.
  const bool removal = std::holds_alternative<core::RemoveTaskFiles>(work.notice);
  if (!removal && !liveness_.has_joined()) return;
  // What was due when the agent registered is also noticed as a consequence of its registration.
  const bool start_task = std::holds_alternative<core::RunStartTask>(work.notice);
  if (start_task && std::exchange(start_task_ordered_, true)) return;
  auto made = make_order(work, shared_.assignments, shared_.clock.now());
  if (made.order && mailbox_.post(std::move(*made.order))) orders_.notify();
  if (made.failure) shared_.group.spawn(tell(shared_, key_.node.text(), std::move(*made.failure)));
}

base::Async<std::string> NodeLife::fetch(std::uint64_t last_order, std::chrono::milliseconds wait) {
  const auto self = shared_from_this();
  const auto mine = ++fetches_;
  orders_.notify();
  mailbox_.acknowledge(last_order);
  const auto until = now() + std::min(wait, wire::node::kLongestFetch);
  while (mailbox_.empty() && fetches_ == mine && now() < until) co_await orders_.wait(until);
  heard();
  co_return fetches_ == mine ? mailbox_.message() : wire::node::join_orders({});
}

}  // namespace emulator::nodes
