// What is asked to be done with nodes (contract 4.2, 5.3, 6.6): removal, reboot, reimage, deallocation, taking out of
// scheduling, preemption, users.
//
// Removal, reboot, reimage and deallocation are one mechanism: the node has a pending action with its option, gets no
// new tasks, and acts when the option lets it. An action ends the agent's processes (HaltNode, or StopAgent for a node
// that leaves); only when nothing of them is left does the node go on (NodeHalted, NodeGone).
#include "emulator/core/state.h"

#include "base/text.h"

#include <algorithm>

namespace emulator::core {
namespace {

using wire::batch::make_error;

/// Why a node in this state does not take what needs an idle or running one.
ErrorCode refusal_in(NodeState state) {
  switch (state) {
    case NodeState::creating: return ErrorCode::NodeBeingCreated;
    case NodeState::starting:
    case NodeState::waitingforstarttask: return ErrorCode::NodeBeingStarted;
    case NodeState::rebooting: return ErrorCode::NodeBeingRebooted;
    case NodeState::reimaging: return ErrorCode::NodeBeingReimaged;
    case NodeState::unusable: return ErrorCode::NodeStateUnusable;
    // No code of their own is published for the others (inferred).
    case NodeState::starttaskfailed:
    case NodeState::idle:
    case NodeState::running:
    case NodeState::offline:
    case NodeState::upgradingos:
    case NodeState::unknown:
    case NodeState::leavingpool:
    case NodeState::preempted:
    case NodeState::deallocating:
    case NodeState::deallocated: break;
  }
  return ErrorCode::OperationInvalidForCurrentState;
}

auto find_user(NodeRecord& node, const std::string& name) {
  return std::ranges::find_if(node.users,
                              [&](const NodeUser& user) { return base::equal_ignoring_case(user.name, name); });
}

}  // namespace

base::Error refused_in(NodeState state) {
  return make_error(refusal_in(state),
                    {{"Reason", "The node is in the state " + std::string(wire::batch::name_of(state))}});
}

bool has_agent(NodeState state) {
  switch (state) {
    case NodeState::starting:
    case NodeState::waitingforstarttask:
    case NodeState::starttaskfailed:
    case NodeState::idle:
    case NodeState::running:
    case NodeState::offline:
    case NodeState::unknown: return true;
    case NodeState::creating:
    case NodeState::rebooting:
    case NodeState::reimaging:
    case NodeState::upgradingos:
    case NodeState::unusable:
    case NodeState::leavingpool:
    case NodeState::preempted:
    case NodeState::deallocating:
    case NodeState::deallocated: break;
  }
  return false;
}

base::Result<Node*> Batch::State::existing_node(const NodeKey& key) {
  if (find_pool(key.pool) == nullptr) return make_error(ErrorCode::PoolNotFound);
  Node* node = find_node(key);
  if (node == nullptr) return make_error(ErrorCode::NodeNotFound);
  return node;
}

base::Result<Node*> Batch::State::serving_node(const NodeKey& key) {
  ASSIGN_OR_RETURN(Node * node, existing_node(key));
  if (!serves(node->record)) return refused_in(node->record.state);
  return node;
}

Batch::State::Replied Batch::State::on(ActOnNode& command) {
  ASSIGN_OR_RETURN(Node * node, serving_node(command.node));
  if (is_to_leave(*node)) return make_error(ErrorCode::OperationInvalidForCurrentState);
  ask(*node, command.action, command.option);
  return Reply{};
}

void Batch::State::ask(Node& node, NodeAction action, DeallocationOption option) {
  node.record.pending = option;
  node.record.pending_action = action;
  changed_nodes.add(node);
  refresh(node);
  // Who leaves does not wait for its tasks to be ended: it shows leavingpool, and they end with its agent.
  const bool leaves_now = action == NodeAction::remove && (!waits(option) || !is_in_service(node.record));
  if (leaves_now) return act(node);
  stop_tasks(node, option);
  act_when_free(node);
}

void Batch::State::stop_tasks(Node& node, DeallocationOption option) {
  if (waits(option)) return;
  const auto reason = option == DeallocationOption::requeue ? StopReason::requeue : StopReason::terminate;
  for (const auto& [key, run] : node.runs) {
    if (run.task != nullptr) stop(*run.task, reason);
  }
}

void Batch::State::act_when_free(Node& node) {
  const NodeRecord& record = node.record;
  if (!record.pending || is_leaving(node)) return;
  const bool keeps_files = record.pending == DeallocationOption::retaineddata;
  if (!node.runs.empty() || (keeps_files && !node.residents.empty())) return;
  if (waits(*record.pending) && !node.specials.empty()) return;  // the others run again when they are lost
  // What is not a removal waits for a node that is back in service: its agent may have been lost meanwhile.
  if (is_in_service(record) || is_to_leave(node)) act(node);
}

void Batch::State::act(Node& node) {
  NodeRecord& record = node.record;
  switch (record.pending_action) {
    case NodeAction::remove:
      transition(record, NodeEvent::removed, now);
      record.halted = false;
      changed_nodes.add(node);
      refresh(node);
      notices.emplace_back(StopAgent{.node = record.key, .incarnation = record.incarnation});
      return;
    case NodeAction::reboot: transition(record, NodeEvent::reboot_began, now); break;
    case NodeAction::reimage:
      transition(record, NodeEvent::reimage_began, now);
      record.wipe = true;
      break;
    case NodeAction::deallocate:
      transition(record, NodeEvent::deallocation_began, now);
      record.wipe = true;  // the tasks' directories are on the machine's temporary disk
      break;
  }
  record.pending.reset();
  halt(node, false);
}

void Batch::State::stay(Node& node) {
  if (!is_to_leave(node) || is_leaving(node)) return;
  node.record.pending.reset();
  changed_nodes.add(node);
  refresh(node);
}

void Batch::State::halt(Node& node, bool at_once) {
  node.joined = false;
  changed_nodes.add(node);
  refresh(node);
  notices.emplace_back(HaltNode{
      .node = node.record.key, .incarnation = node.record.incarnation, .wipe = node.record.wipe, .at_once = at_once});
}

Batch::State::Replied Batch::State::on(NodeHalted& command) {
  ASSIGN_OR_RETURN(Node * node, present_node(command.node, command.incarnation));
  NodeRecord& record = node->record;
  if (has_agent(record.state) || is_leaving(*node) || record.state == NodeState::creating) {
    return stale_report("node " + record.key.node.text() + " was not to be halted");
  }
  lose_all_runs(*node);
  if (is_leaving(*node)) return Reply{};
  if (record.wipe) lose_files(*node);
  changed_nodes.add(*node);
  switch (record.state) {
    case NodeState::rebooting:
    case NodeState::reimaging:
      if (options.node_boot_time <= Ticks::zero()) {
        boot(*node);
      } else {
        record.halted = true;
      }
      break;
    case NodeState::deallocating: transition(record, NodeEvent::deallocation_ended, now); break;
    case NodeState::preempted:
    case NodeState::unusable:
    case NodeState::creating:
    case NodeState::starting:
    case NodeState::waitingforstarttask:
    case NodeState::starttaskfailed:
    case NodeState::idle:
    case NodeState::running:
    case NodeState::offline:
    case NodeState::upgradingos:
    case NodeState::unknown:
    case NodeState::leavingpool:
    case NodeState::deallocated: break;
  }
  return Reply{};
}

/// The directories of tasks that are over went with the disk; those of tasks under way go when these are lost.
void Batch::State::lose_files(Node& node) {
  while (!node.residents.empty()) {
    Task& task = *node.residents.begin()->second;
    node.residents.erase(node.residents.begin());
    for (std::size_t i = 0; i < task.subtask_nodes.size(); ++i) {
      if (task.subtask_nodes[i] == &node) task.record.subtasks[i].files_removed = true;
    }
    if (task.node == &node) task.record.files_removed = true;
    forget_place(task, node);
    changed_tasks.add(task);
  }
}

/// The machine has been started again; its disk is what it was.
void Batch::State::node_was_rebooted(Node& node) {
  node.deaths.clear();
  prepare_after_reboot(node);
}

/// The machine starts with an empty disk: after a reimage, a deallocation or a preemption.
void Batch::State::node_was_reimaged(Node& node) {
  node.deaths.clear();
  node.record.users.clear();
  prepare_after_reimage(node);
}

Batch::State::Replied Batch::State::on(StartNode& command) {
  ASSIGN_OR_RETURN(Node * node, existing_node(command.node));
  if (node->record.state != NodeState::deallocated) return refused_in(node->record.state);
  transition(node->record, NodeEvent::start_asked, now);
  node_was_reimaged(*node);
  node->record.last_boot = now;
  start_agent(*node);
  return Reply{};
}

// In every state (inferred: the description asks only for enabled scheduling). A node that is not ready yet goes
// offline as soon as it is.
Batch::State::Replied Batch::State::on(DisableNodeScheduling& command) {
  ASSIGN_OR_RETURN(Node * node, existing_node(command.node));
  NodeRecord& record = node->record;
  if (!record.scheduling_enabled) return make_error(ErrorCode::NodeAlreadyInTargetSchedulingState);
  record.scheduling_enabled = false;
  if (record.state == NodeState::idle) transition(record, NodeEvent::scheduling_disabled, now);
  changed_nodes.add(*node);
  refresh(*node);
  stop_tasks(*node, command.option);
  return Reply{};
}

Batch::State::Replied Batch::State::on(EnableNodeScheduling& command) {
  ASSIGN_OR_RETURN(Node * node, existing_node(command.node));
  NodeRecord& record = node->record;
  if (record.scheduling_enabled) return make_error(ErrorCode::NodeAlreadyInTargetSchedulingState);
  record.scheduling_enabled = true;
  if (record.state == NodeState::offline) transition(record, NodeEvent::scheduling_enabled, now);
  changed_nodes.add(*node);
  refresh(*node);
  return Reply{};
}

Batch::State::Replied Batch::State::on(PreemptNode& command) {
  ASSIGN_OR_RETURN(Node * node, existing_node(command.node));
  NodeRecord& record = node->record;
  if (record.dedicated) return make_error(ErrorCode::OperationNotValidOnNode, {{"Reason", "The node is dedicated"}});
  if (!next_state(kNodeTransitions, record.state, NodeEvent::taken_away)) return refused_in(record.state);
  transition(record, NodeEvent::taken_away, now);
  record.wipe = true;
  if (is_to_leave(*node)) {
    // There is nothing left to wait for.
    act(*node);
    return Reply{};
  }
  record.pending.reset();
  halt(*node, true);
  return Reply{};
}

Batch::State::Replied Batch::State::on(RestoreNode& command) {
  ASSIGN_OR_RETURN(Node * node, existing_node(command.node));
  if (node->record.state != NodeState::preempted) return refused_in(node->record.state);
  transition(node->record, NodeEvent::restored, now);
  changed_nodes.add(*node);
  if (options.node_boot_time <= Ticks::zero()) boot(*node);
  return Reply{};
}

Batch::State::Replied Batch::State::on(AddNodeUser& command) {
  ASSIGN_OR_RETURN(Node * node, serving_node(command.node));
  auto& users = node->record.users;
  if (find_user(node->record, command.user.name) != users.end()) return make_error(ErrorCode::NodeUserExists);
  users.push_back(std::move(command.user));
  changed_nodes.add(*node);
  return Reply{.written = Written{Version{now}}, .each = {}};
}

Batch::State::Replied Batch::State::on(UpdateNodeUser& command) {
  ASSIGN_OR_RETURN(Node * node, serving_node(command.node));
  const auto user = find_user(node->record, command.user.name);
  if (user == node->record.users.end()) return make_error(ErrorCode::NodeUserNotFound);
  user->expires = command.user.expires;
  user->has_password = command.user.has_password;
  user->ssh_public_key = std::move(command.user.ssh_public_key);
  changed_nodes.add(*node);
  return Reply{.written = Written{Version{now}}, .each = {}};
}

Batch::State::Replied Batch::State::on(DeleteNodeUser& command) {
  ASSIGN_OR_RETURN(Node * node, serving_node(command.node));
  const auto user = find_user(node->record, command.name);
  if (user == node->record.users.end()) return make_error(ErrorCode::NodeUserNotFound);
  node->record.users.erase(user);
  changed_nodes.add(*node);
  return Reply{};
}

}  // namespace emulator::core
