// Nodes: from allocation over their agents' lives to their leaving (contract 5.3, 6.6).
#include "base/text.h"
#include "emulator/core/failures.h"
#include "emulator/core/state.h"

#include <algorithm>

namespace emulator::core {
namespace {

constexpr std::uint64_t kFirstHost = 4;  ///< 10.0.0.4 is the first address of a pool (contract 4.2)

/// `tvmps_` and 64 hexadecimal digits, as the live service makes them; the creation time keeps ids of a pool that was
/// deleted and made again apart.
NodeId node_id(const std::string& seed, const PoolRecord& pool, std::uint64_t number, bool dedicated) {
  const std::string text = seed + '/' + base::lower_case(pool.id.text()) + '/' +
                           std::to_string(pool.created.time_since_epoch().count()) + '/' + std::to_string(number);
  return NodeId{"tvmps_" + base::hex_encode(base::sha256(text)) + (dedicated ? "_d" : "_p")};
}

std::string address(std::uint64_t number) {
  const std::uint64_t host = number + kFirstHost;
  return "10." + std::to_string(host >> 16U & 0xFFU) + '.' + std::to_string(host >> 8U & 0xFFU) + '.' +
         std::to_string(host & 0xFFU);
}

/// Something has to be brought to the node before it takes part in anything.
bool has_to_prepare(const Node& node) {
  const NodeRecord& record = node.record;
  return !record.packages.empty() || !record.certificates.empty() || node.pool->record.sets_up_nodes;
}

/// The agent has been told to end it. A task that is being stopped has its primary told, and the subtasks later.
bool is_being_stopped(const Run& run) {
  return run.task == nullptr || (run.instance == 0 && run.task->record.stopping);
}

/// The start task has to be run, or run to its end.
bool start_task_due(const NodeRecord& node) {
  if (!node.start_task) return false;
  if (node.state == NodeState::waitingforstarttask) return true;
  return serves(node) && !node.start_task_waits && (!node.start_task_info || node.start_task_info->running);
}

}  // namespace

base::Result<Node*> Batch::State::present_node(const NodeKey& key, Incarnation incarnation) {
  Node* node = find_node(key);
  if (node == nullptr || node->record.incarnation != incarnation) {
    return stale_report("node " + key.node.text() + " of pool " + key.pool.text() + ", incarnation " +
                        std::to_string(incarnation));
  }
  return node;
}

void Batch::State::create_node(Pool& pool, bool dedicated) {
  const std::uint64_t number = pool.record.next_node_number++;
  const NodeId id = node_id(options.node_id_seed, pool.record, number, dedicated);
  Node& node = pool.nodes[id];
  node.pool = &pool;
  node.alarm.serial = ++last_serial;
  NodeRecord& record = node.record;
  record.key = {pool.record.id, id};
  record.dedicated = dedicated;
  record.allocated = now;
  record.ip_address = address(number);
  record.number = number;
  begin(record, now);
  node.offer.node = &node;
  node.offer.number = number;
  node.offer.affinity = "tvm:" + base::lower_case(id.text());
  node.offer.dedicated = dedicated;
  node.offer.total = pool.record.task_slots_per_node;
  ++(dedicated ? pool.current_dedicated : pool.current_low_priority);
  changed_nodes.add(node);
  changed_pools.add(pool);
  if (options.node_boot_time <= Ticks::zero()) boot(node);
}

void Batch::State::boot(Node& node) {
  NodeRecord& record = node.record;
  const bool again = record.state == NodeState::rebooting;
  transition(record, NodeEvent::booted, now);
  if (record.wipe) {
    node_was_reimaged(node);
  } else if (again) {
    node_was_rebooted(node);
  }
  record.last_boot = now;
  start_agent(node);
}

/// A new life of the node's agent, with the pool's present settings.
void Batch::State::start_agent(Node& node) {
  NodeRecord& record = node.record;
  ++record.incarnation;
  record.halted = false;
  take_settings_of_pool(node);
  record.start_task_info.reset();
  changed_nodes.add(node);
  refresh(node);
  notices.emplace_back(StartAgent{.node = record.key, .incarnation = record.incarnation, .wipe = record.wipe});
}

// Changes of start task, packages and certificates reach a node when it starts (contract 4.1).
void Batch::State::take_settings_of_pool(Node& node) {
  const PoolRecord& pool = node.pool->record;
  node.record.start_task = pool.start_task;
  node.record.start_task_waits = pool.start_task_waits;
  node.record.packages = pool.packages;
  node.record.certificate_references = pool.certificate_references;
  node.record.certificates = pool.certificates;
}

Batch::State::Replied Batch::State::on(NodeJoined& command) {
  ASSIGN_OR_RETURN(Node * node, present_node(command.node, command.incarnation));
  NodeRecord& record = node->record;
  if (!has_agent(record.state)) {
    return stale_report("node " + record.key.node.text() + " is " + std::string(wire::batch::name_of(record.state)));
  }
  if (!command.adopted) {
    lose_all_runs(*node);
    if (!has_agent(record.state)) return Reply{};
    if (record.state != NodeState::starting) transition(record, NodeEvent::agent_lost, now);
    record.start_task_info.reset();
    record.wipe = false;
  }
  node->joined = true;
  record.agent_version = command.agent_version;
  record.agent_updated = now;
  changed_nodes.add(*node);
  // A node with something to fetch stays in starting until NodePrepared (orders_for sends it PrepareNode).
  if (record.state != NodeState::starting || !has_to_prepare(*node)) settle_in(*node);
  meet_runs(*node, command);
  refresh(*node);
  act_when_free(*node);
  return Reply{};
}

/// From starting and unknown to what the start task, the tasks and the scheduling say.
void Batch::State::settle_in(Node& node) {
  NodeRecord& record = node.record;
  if (record.state != NodeState::starting && record.state != NodeState::unknown) return;
  const auto& info = record.start_task_info;
  if (record.start_task && record.start_task_waits) {
    const bool over = info && !info->running;
    if (!over || info->failure) transition(record, NodeEvent::joined_with_start_task, now);
    if (over && info->failure) transition(record, NodeEvent::start_task_failed, now);
    if (!over || info->failure) return;
  }
  transition(record, NodeEvent::joined, now);
  if (!node.runs.empty()) {
    transition(record, NodeEvent::first_task_started, now);
  } else if (!record.scheduling_enabled) {
    transition(record, NodeEvent::scheduling_disabled, now);
  }
}

Batch::State::Replied Batch::State::on(NodePrepared& command) {
  ASSIGN_OR_RETURN(Node * node, present_node(command.node, command.incarnation));
  if (node->record.state != NodeState::starting || !node->joined) {
    return stale_report("node " + command.node.node.text() + " does not prepare itself");
  }
  if (command.error) {
    give_up(*node, *std::move(command.error));
    return Reply{};
  }
  settle_in(*node);
  changed_nodes.add(*node);
  if (start_task_due(node->record)) {
    notices.emplace_back(RunStartTask{.node = node->record.key, .incarnation = node->record.incarnation});
  }
  refresh(*node);
  act_when_free(*node);
  return Reply{};
}

void Batch::State::meet_runs(Node& node, const NodeJoined& command) {
  const auto is_listed = [&](const TaskKey& key, Attempt attempt) {
    return std::ranges::find(command.running, std::pair(key, attempt)) != command.running.end();
  };
  // What was told to end and is not there any more has ended, whether its report was lost or it never began.
  std::vector<TaskKey> over;
  for (const auto& [key, run] : node.runs) {
    if (is_being_stopped(run) && !is_listed(key, run.attempt)) over.push_back(key);
  }
  for (const TaskKey& key : over) lose_run(node, key, false);
  std::vector<JobNode*> ended;
  for (const auto& [key, at] : node.specials) {
    const SpecialTaskInfo& info = info_of(at->record, *under_way(at->record));
    if (info.stopping && !is_listed(key, info.attempt)) ended.push_back(at);
  }
  for (JobNode* at : ended) lose(*at);

  for (const auto& [key, attempt] : command.running) {
    const auto known = node.runs.find(key);
    if (const auto special = node.specials.find(key); special != node.specials.end()) {
      const JobNodeRecord& record = special->second->record;
      if (info_of(record, *under_way(record)).attempt != attempt) {
        notices.emplace_back(StopTask{.node = node.record.key, .task = key, .attempt = attempt});
      }
    } else if (known == node.runs.end()) {
      // A run of a deleted task; it takes all the room there is, since nothing is known of its size.
      const auto room = std::max(node.pool->record.task_slots_per_node - node.used_slots, 0);
      node.runs.emplace(key, Run{.attempt = attempt, .slots = room, .task = nullptr});
      node.used_slots += room;
      ending.emplace(key, node.record.key);
      occupy(node);
    } else if (known->second.attempt != attempt) {
      notices.emplace_back(StopTask{.node = node.record.key, .task = key, .attempt = attempt});
    }
  }
  for (Notice& notice : orders_for(node)) {
    if (std::holds_alternative<RunStartTask>(notice) && command.start_task_running) continue;
    const auto* run = std::get_if<RunTask>(&notice);
    if (run != nullptr && is_listed(run->task, run->attempt)) continue;
    notices.push_back(std::move(notice));
  }
}

std::vector<Notice> Batch::State::orders_for(const Node& node) {
  std::vector<Notice> orders;
  const NodeRecord& record = node.record;
  if (record.state == NodeState::starting && has_to_prepare(node)) {
    orders.emplace_back(PrepareNode{.node = record.key, .incarnation = record.incarnation});
  }
  if (start_task_due(record)) {
    orders.emplace_back(RunStartTask{.node = record.key, .incarnation = record.incarnation});
  }
  for (const auto& [key, at] : node.specials) {
    if (at->retry_at) continue;
    const SpecialTaskInfo& info = info_of(at->record, *under_way(at->record));
    if (info.stopping) {
      orders.emplace_back(StopTask{.node = record.key, .task = key, .attempt = info.attempt});
    } else {
      orders.emplace_back(RunTask{.node = record.key, .task = key, .attempt = info.attempt});
    }
  }
  for (const auto& [key, run] : node.runs) {
    if (run.task != nullptr && run.task->record.state == TaskState::preparing) continue;
    if (is_being_stopped(run)) {
      orders.emplace_back(StopTask{.node = record.key, .task = key, .attempt = run.attempt});
      continue;
    }
    orders.emplace_back(RunTask{.node = record.key, .task = key, .attempt = run.attempt});
    if (run.instance == 0 && run.task->record.rules.instances > 0 && all_coordinated(run.task->record)) {
      orders.emplace_back(StartPrimary{.node = record.key, .task = key, .attempt = run.attempt});
    }
  }
  return orders;
}

Batch::State::Replied Batch::State::on(SetNodeSecret& command) {
  ASSIGN_OR_RETURN(Node * node, present_node(command.node, command.incarnation));
  node->record.secret_hash = std::move(command.secret_hash);
  changed_nodes.add(*node);
  return Reply{};
}

Batch::State::Replied Batch::State::on(NodeLost& command) {
  ASSIGN_OR_RETURN(Node * node, present_node(command.node, command.incarnation));
  NodeRecord& record = node->record;
  if (record.state == NodeState::unusable || record.state == NodeState::creating) {
    return stale_report("node " + record.key.node.text() + " has no agent");
  }
  lose_all_runs(*node);
  if (!has_agent(record.state)) return Reply{};  // it goes on when NodeGone or NodeHalted says so
  changed_nodes.add(*node);
  node->deaths.push_back(now);
  while (node->deaths.front() + kDeathsCountedFor <= now) node->deaths.pop_front();
  if (node->deaths.size() >= kDeathsTolerated) {
    give_up(*node, agent_keeps_dying(command.reason));
    return Reply{};
  }
  transition(record, NodeEvent::agent_lost, now);
  start_agent(*node);
  return Reply{};
}

Batch::State::Replied Batch::State::on(NodeSilent& command) {
  ASSIGN_OR_RETURN(Node * node, present_node(command.node, command.incarnation));
  if (!next_state(kNodeTransitions, node->record.state, NodeEvent::agent_silent)) {
    return stale_report("node " + command.node.node.text() + " is not expected to be heard");
  }
  transition(node->record, NodeEvent::agent_silent, now);
  changed_nodes.add(*node);
  refresh(*node);
  return Reply{};
}

Batch::State::Replied Batch::State::on(NodeHeard& command) {
  ASSIGN_OR_RETURN(Node * node, present_node(command.node, command.incarnation));
  if (node->record.state != NodeState::unknown) return stale_report("node " + command.node.node.text() + " is known");
  settle_in(*node);
  changed_nodes.add(*node);
  refresh(*node);
  act_when_free(*node);
  return Reply{};
}

Batch::State::Replied Batch::State::on(NodeUnusable& command) {
  ASSIGN_OR_RETURN(Node * node, present_node(command.node, command.incarnation));
  if (is_leaving(*node)) return Reply{};
  if (!has_agent(node->record.state)) return stale_report("node " + command.node.node.text() + " has no agent");
  give_up(*node, std::move(command.error));
  return Reply{};
}

/// Its tasks return to active when nothing of them is left.
void Batch::State::give_up(Node& node, ResourceError error) {
  transition(node.record, NodeEvent::gave_up, now);
  node.record.errors = {std::move(error)};
  if (is_to_leave(node)) return act(node);
  node.record.pending.reset();
  halt(node, true);
}

Batch::State::Replied Batch::State::on(NodeGone& command) {
  ASSIGN_OR_RETURN(Node * node, present_node(command.node, command.incarnation));
  if (!is_leaving(*node)) return stale_report("node " + command.node.node.text() + " has not been told to leave");
  lose_all_runs(*node);
  forget_job_nodes(*node);
  for (auto& [sequence, task] : node->residents) {
    // Derived from the node's absence when the state is loaded, so these rows need not be written.
    if (task->node == node) task->record.node_gone = true;
    forget_place(*task, *node);
  }
  Pool& pool = *node->pool;
  keep_statistics(*node);
  --(node->record.dedicated ? pool.current_dedicated : pool.current_low_priority);
  timers.set(node->alarm, node, kNever);
  changed_nodes.forget(*node);
  removals.emplace_back(NodeRemoved{node->record.key});
  pool.nodes.erase(NodeId{node->record.key.node});
  rearm(pool);
  return Reply{};
}

Batch::State::Replied Batch::State::on(StartTaskStarted& command) {
  ASSIGN_OR_RETURN(Node * node, present_node(command.node, command.incarnation));
  StartTaskInfo info{.running = true, .started = std::min(command.at, now), .retry_count = command.retry_count};
  if (command.retry_count > 0) info.last_retry = info.started;
  node->record.start_task_info = std::move(info);
  changed_nodes.add(*node);
  return Reply{};
}

Batch::State::Replied Batch::State::on(StartTaskFinished& command) {
  ASSIGN_OR_RETURN(Node * node, present_node(command.node, command.incarnation));
  NodeRecord& record = node->record;
  StartTaskInfo info;
  info.started = std::min(command.started, now);
  info.ended = std::clamp(command.ended, info.started, now);
  info.exit_code = command.exit_code;
  info.failure = std::move(command.failure);
  if (!info.failure && command.exit_code != 0) info.failure = failure_exit_code();
  info.container = std::move(command.container);
  info.retry_count = command.retry_count;
  info.last_retry = command.last_retry;
  const bool success = !info.failure;
  record.start_task_info = std::move(info);
  changed_nodes.add(*node);
  if (record.state == NodeState::waitingforstarttask) {
    transition(record, success ? NodeEvent::start_task_succeeded : NodeEvent::start_task_failed, now);
    if (success && !node->runs.empty()) {
      // Runs that an adopted agent brought along.
      transition(record, NodeEvent::first_task_started, now);
    } else if (success && !record.scheduling_enabled) {
      transition(record, NodeEvent::scheduling_disabled, now);
    }
    refresh(*node);
    act_when_free(*node);
  }
  return Reply{};
}

void Batch::State::refresh(Node& node) {
  if (node.clearing) {
    node.clearing = std::ranges::any_of(
        node.runs, [](const auto& run) { return run.second.task != nullptr && run.second.task->record.stopping; });
  }
  const std::int32_t free =
      takes_tasks(node) && !node.clearing ? node.pool->record.task_slots_per_node - node.used_slots : 0;
  node.pool->free.offer(node.offer, std::max(free, 0));
  // A node that is lost to a manager may set the other tasks of its job free.
  if (free > 0 || managers_waiting_again > 0) unscheduled.add(*node.pool->queue);
}

void Batch::State::rearm(Node& node) {
  const NodeRecord& record = node.record;
  const bool booting = record.state == NodeState::creating || record.halted;
  timers.set(node.alarm, &node, booting ? after(record.state_since, options.node_boot_time) : kNever);
}

}  // namespace emulator::core
