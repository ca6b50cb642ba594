#include "tests/simulation/agents.h"

#include "tests/simulation/users.h"

#include <iterator>

namespace simulation {
namespace {

std::string text_of(const core::TaskKey& key) {
  return key.job.text() + "/" + key.task.text();
}

}  // namespace

void Agents::notice(const core::Notice& notice) {
  std::visit([&](const auto& body) { carry_out(body); }, notice);
}

void Agents::carry_out(const core::StartAgent& notice) {
  agents_[notice.node] = {.incarnation = notice.incarnation};
}

void Agents::carry_out(const core::HaltNode& notice) {
  auto& agent = agents_[notice.node];
  agent.incarnation = notice.incarnation;
  agent.halting = true;
}

void Agents::carry_out(const core::StopAgent& notice) {
  auto& agent = agents_[notice.node];
  agent.incarnation = notice.incarnation;
  agent.leaving = true;
}

void Agents::carry_out(const core::PrepareNode& notice) {
  agents_[notice.node].preparing = true;
}

void Agents::carry_out(const core::RunStartTask& notice) {
  agents_[notice.node].start_task = true;
}

void Agents::carry_out(const core::StartPrimary& notice) {
  if (look_(notice.task)->node != notice.node) find_("a subtask of " + text_of(notice.task) + " is to run the command");
  agents_[notice.node].primaries.insert({notice.task, notice.attempt});
}

void Agents::carry_out(const core::RunTask& notice) {
  const auto& id = notice.task.task.text();
  const bool is_special = id == kPreparation || id == kRelease;
  for (const auto& [node, agent] : agents_) {
    if (is_special && node != notice.node) continue;
    for (const auto& [task, attempt] : agent.running) {
      // Instances of one attempt run side by side, each on a node of its own. A special task may follow one of an
      // earlier job of the same name: an agent begins it when that has ended; and an order that is repeated is not
      // begun again.
      const bool instance = attempt == notice.attempt && node != notice.node;
      const bool follows = is_special && attempt <= notice.attempt;
      if (task == notice.task && !instance && !follows)
        find_("task " + text_of(task) + " runs twice at once: attempts " + std::to_string(attempt) + " and " +
              std::to_string(notice.attempt));
    }
  }
  agents_[notice.node].running.insert({notice.task, notice.attempt});
}

void Agents::carry_out(const core::StopTask& notice) {
  auto& agent = agents_[notice.node];
  if (agent.running.contains({notice.task, notice.attempt})) agent.stopping.insert({notice.task, notice.attempt});
}

void Agents::carry_out(const core::RemoveTaskFiles& notice) {
  // A run that is being ended is no harm: an agent removes the files behind it.
  const Agent& agent = agents_[notice.node];
  if (agent.leaving || agent.halting) return;
  for (const auto& run : agent.running) {
    if (run.first != notice.task || agent.stopping.contains(run)) continue;
    find_("the files of " + text_of(run.first) + " are removed while it runs");
  }
}

void Agents::one_acts(base::Timestamp now, bool calm) {
  if (agents_.empty()) return;
  auto at = agents_.begin();
  std::advance(at, dice_.pick(static_cast<int>(agents_.size())));
  act(core::NodeKey{at->first}, now, calm);
}

void Agents::all_act(base::Timestamp now) {
  std::vector<core::NodeKey> nodes;
  for (const auto& [node, agent] : agents_) nodes.push_back(node);
  for (const auto& node : nodes) {
    if (agents_.contains(node)) act(node, now, true);
  }
}

void Agents::act(const core::NodeKey& node, base::Timestamp now, bool calm) {
  Agent& agent = agents_.at(node);
  if (agent.leaving) return leave_or_report(node, now);
  if (agent.halting) return halt_or_report(node, now);
  if (agent.halted) return;
  if (!agent.joined) return join(node);
  if (agent.silent && (calm || dice_.chance(30))) return speak(node);
  if (!calm && dice_.chance(5)) return die(node);
  if (!calm && dice_.chance(5)) return have_trouble(node);
  if (agent.preparing) return report_prepared(node, calm);
  if (agent.start_task && dice_.chance(50)) return report_start_task(node, now);
  if (!agent.running.empty()) report_one(node, now, false, calm);
}

void Agents::report_prepared(const core::NodeKey& node, bool calm) {
  Agent& agent = agents_.at(node);
  agent.preparing = false;
  core::NodePrepared report{.node = node, .incarnation = agent.incarnation, .error = std::nullopt};
  if (!calm && dice_.chance(5)) report.error = core::ResourceError{.code = "ApplicationPackageError", .message = "m"};
  apply_("node is prepared", std::move(report));
}

void Agents::leave_or_report(const core::NodeKey& node, base::Timestamp now) {
  Agent& agent = agents_.at(node);
  if (!agent.running.empty() && dice_.chance(50)) return report_one(node, now, true, false);
  const auto incarnation = agent.incarnation;
  agents_.erase(node);
  apply_("node is gone", core::NodeGone{node, incarnation});
}

void Agents::halt_or_report(const core::NodeKey& node, base::Timestamp now) {
  Agent& agent = agents_.at(node);
  if (!agent.running.empty() && dice_.chance(50)) return report_one(node, now, true, false);
  const auto incarnation = agent.incarnation;
  agent = {.incarnation = incarnation, .halted = true};
  apply_("node is halted", core::NodeHalted{node, incarnation});
}

void Agents::have_trouble(const core::NodeKey& node) {
  Agent& agent = agents_.at(node);
  if (dice_.chance(10)) {
    const core::ResourceError error{.code = "DiskFull", .message = {}, .values = {}};
    apply_("disk is full", core::NodeUnusable{node, agent.incarnation, error});
    return;
  }
  agent.silent = true;
  apply_("node is silent", core::NodeSilent{node, agent.incarnation});
}

void Agents::speak(const core::NodeKey& node) {
  Agent& agent = agents_.at(node);
  agent.silent = false;
  apply_("node is heard", core::NodeHeard{node, agent.incarnation});
}

void Agents::join(const core::NodeKey& node) {
  Agent& agent = agents_.at(node);
  agent.joined = true;
  agent.running.clear();
  agent.stopping.clear();
  apply_("node joins",
         core::NodeJoined{.node = node, .incarnation = agent.incarnation, .agent_version = "1", .running = {}});
}

void Agents::die(const core::NodeKey& node) {
  Agent& agent = agents_.at(node);
  const auto incarnation = agent.incarnation;
  agent = {.incarnation = incarnation};
  apply_("node dies", core::NodeLost{node, incarnation, "killed"});
}

/// An instance of a multi-instance task coordinates first; then it waits, a subtask until it is stopped.
bool Agents::coordinates(const core::NodeKey& node, const Run& run) {
  Agent& agent = agents_.at(node);
  const auto* task = look_(run.first);
  if (task == nullptr || task->rules.instances == 0 || task->attempt != run.second) return false;
  if (agent.stopping.contains(run) || dice_.chance(10)) return false;
  if (!agent.coordinated.insert(run).second) return !agent.primaries.contains(run);
  apply_("an instance has coordinated",
         core::CoordinationFinished{.task = run.first, .attempt = run.second, .node = node});
  return true;
}

void Agents::report_start_task(const core::NodeKey& node, base::Timestamp now) {
  Agent& agent = agents_.at(node);
  agent.start_task = false;
  core::StartTaskFinished finished{.node = node, .incarnation = agent.incarnation, .started = now, .ended = now};
  finished.exit_code = dice_.chance(80) ? 0 : 1;
  apply_("start task ends", finished);
}

void Agents::report_one(const core::NodeKey& node, base::Timestamp now, bool stop, bool calm) {
  Agent& agent = agents_.at(node);
  auto at = agent.running.begin();
  std::advance(at, dice_.pick(static_cast<int>(agent.running.size())));
  const Run run = *at;
  if (!stop && coordinates(node, run)) return;
  agent.running.erase(run);
  const bool stopping = agent.stopping.erase(run) > 0 || stop;
  core::TaskFinished finished{.task = run.first, .attempt = run.second, .end = core::RunEnd::exited, .ended = now};
  finished.exit_code = dice_.chance(70) ? 0 : 1;
  finished.node = node;
  if (stopping) finished.end = core::RunEnd::stopped;
  if (!stopping && !calm && dice_.chance(10)) {
    finished.end = core::RunEnd::pre_processing_error;
    finished.exit_code.reset();
  }
  const auto again = finished;
  apply_("task ends", finished);
  if (dice_.chance(20)) apply_("the same report again", again);  // repeated until acknowledged: must be harmless
}

void Agents::rejoin(const core::Batch& batch) {
  for (auto& [node, agent] : agents_) agent.leaving = agent.halting = agent.silent = false;
  for (const auto& notice : batch.notices_after_restart()) {
    if (const auto* stop = std::get_if<core::StopAgent>(&notice)) carry_out(*stop);
    if (const auto* halt = std::get_if<core::HaltNode>(&notice)) carry_out(*halt);
  }
  std::vector<core::NodeKey> nodes;
  for (const auto& [node, agent] : agents_) nodes.push_back(node);
  for (const auto& node : nodes) {
    const Agent& agent = agents_.at(node);
    if (!agent.joined || agent.leaving || agent.halting || batch.find_node(node) == nullptr) continue;
    core::NodeJoined command{.node = node, .incarnation = agent.incarnation, .agent_version = "1", .adopted = true};
    command.running.assign(agent.running.begin(), agent.running.end());
    command.start_task_running = agent.start_task;
    apply_("node is adopted", command);
  }
}

bool Agents::quiet() const {
  for (const auto& [node, agent] : agents_) {
    if (agent.leaving || agent.halting || !agent.running.empty()) return false;
  }
  return true;
}

}  // namespace simulation
