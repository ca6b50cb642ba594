// A few hundred random histories: users, agents, deaths, time and restarts in any order. After every step the
// invariants hold (the fixture checks), no task ever runs twice at once, no directory in use is removed; and once users
// are still and agents answer, everything comes to rest: nothing is left running, ending, leaving or being resized.
#include "tests/unit/core/batch_fixture.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace emulator::core {
namespace {

class World : public BatchFixture, public ::testing::WithParamInterface<int> {
 protected:
  using RunId = std::pair<TaskKey, Attempt>;

  /// What is true on the nodes: an agent each, with the runs it has under way.
  struct Agent {
    Incarnation incarnation = 0;
    bool joined = false;
    std::set<RunId> running;
    std::set<RunId> stopping;
  };

  int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  bool chance(int percent) { return pick(100) < percent; }
  PoolId pool_id() { return PoolId{"pool" + std::to_string(pick(2))}; }
  JobId job_id() { return JobId{"job" + std::to_string(pick(3))}; }
  TaskKey task_key() { return {job_id(), TaskId{std::to_string(pick(12))}}; }
  DeallocationOption deallocation() { return static_cast<DeallocationOption>(pick(4)); }

  /// Applies whatever the answer, and carries the notices out.
  void step(Command command) {
    const auto outcome = apply(std::move(command));
    for (const auto& notice : outcome.notices) {
      std::visit([&](const auto& body) { carry_out(body); }, notice);
    }
    for (const auto& change : outcome.changes) {
      if (const auto* gone_node = std::get_if<NodeRemoved>(&change)) agents_.erase(gone_node->key);
    }
  }
  void carry_out(const StartAgent& notice) { agents_[notice.node] = {.incarnation = notice.incarnation}; }
  void carry_out(const StopAgent& notice) { leaving_.insert({notice.node, notice.incarnation}); }
  void carry_out(const RunStartTask&) {}
  void carry_out(const RunTask& notice) {
    for (const auto& [node_key, agent] : agents_) {
      for (const auto& [task, attempt] : agent.running) {
        EXPECT_FALSE(task == notice.task) << "task " << task.task.text() << " runs twice at once";
      }
    }
    agents_[notice.node].running.insert({notice.task, notice.attempt});
  }
  void carry_out(const StopTask& notice) {
    auto& agent = agents_[notice.node];
    if (agent.running.contains({notice.task, notice.attempt})) agent.stopping.insert({notice.task, notice.attempt});
  }
  void carry_out(const RemoveTaskFiles& notice) {
    for (const auto& [task, attempt] : agents_[notice.node].running) {
      EXPECT_FALSE(task == notice.task) << "files of a task that runs are removed";
    }
  }

  void user_acts() {
    switch (pick(14)) {
      case 0: {
        auto pool = new_pool(pool_id().text(), pick(4), pick(3), 1 + pick(3));
        pool.fill = chance(50) ? wire::batch::NodeFillType::pack : wire::batch::NodeFillType::spread;
        return step(AddPool{pool});
      }
      case 1:
        return step(ResizePool{.id = pool_id(),
                               .conditions = {},
                               .target_dedicated = pick(5),
                               .target_low_priority = pick(3),
                               .timeout = Ticks{5min},
                               .deallocation = deallocation()});
      case 2: return chance(30) ? step(DeletePool{pool_id(), {}}) : step(StopPoolResize{pool_id(), {}});
      case 3: {
        auto job = new_job(job_id().text(), pool_id().text());
        job.priority = pick(3);
        job.max_parallel_tasks = chance(50) ? -1 : 1 + pick(3);
        job.max_task_retries = pick(2);
        job.uses_task_dependencies = chance(50);
        if (chance(20)) job.on_all_tasks_complete = wire::batch::OnAllTasksComplete::terminatejob;
        if (chance(20)) job.on_task_failure = wire::batch::OnTaskFailure::performexitoptionsjobaction;
        if (chance(20)) job.max_wall_clock = 10min;
        return step(AddJob{job});
      }
      case 4: return step(DisableJob{job_id(), {}, static_cast<DisableTasksOption>(pick(3))});
      case 5: return step(EnableJob{job_id(), {}});
      case 6: return chance(30) ? step(TerminateJob{job_id(), {}, ""}) : step(EnableJob{job_id(), {}});
      case 7: return chance(30) ? step(DeleteJob{job_id(), {}}) : step(EnableJob{job_id(), {}});
      case 8: return step(DeleteTask{task_key(), {}});
      case 9: return step(TerminateTask{task_key(), {}});
      case 10: return step(ReactivateTask{task_key(), {}});
      default: return step(AddTask{job_id(), random_task()});
    }
  }
  NewTask random_task() {
    auto task = new_task(std::to_string(pick(12)));
    task.rules.required_slots = 1 + pick(3);
    if (chance(20)) task.rules.depends_on = {std::to_string(pick(12))};
    if (chance(10)) task.rules.depends_on_ranges = {{0, pick(4)}};
    if (chance(20)) task.rules.constraints.max_wall_clock = Ticks{1min};
    if (chance(50)) task.rules.constraints.retention = Ticks{std::chrono::minutes{pick(5)}};
    return task;
  }

  /// One node does something it may do.
  void node_acts() {
    if (agents_.empty()) return;
    auto at = agents_.begin();
    std::advance(at, pick(static_cast<int>(agents_.size())));
    const NodeKey node_key = at->first;
    Agent& agent = at->second;
    if (leaving_.contains({node_key, agent.incarnation})) return leave_or_report(node_key, agent);
    if (!agent.joined) {
      agent.joined = true;
      agent.running.clear();
      agent.stopping.clear();
      return step(NodeJoined{.node = node_key, .incarnation = agent.incarnation, .agent_version = "1", .running = {}});
    }
    if (chance(5)) return die(node_key, agent);
    if (!agent.running.empty()) report_one(node_key, agent, false);
  }
  void leave_or_report(const NodeKey& node_key, Agent& agent) {
    if (!agent.running.empty() && chance(50)) return report_one(node_key, agent, true);
    agent.running.clear();
    leaving_.erase({node_key, agent.incarnation});
    step(NodeGone{node_key, agent.incarnation});
  }
  void die(const NodeKey& node_key, Agent& agent) {
    agent.running.clear();
    agent.stopping.clear();
    agent.joined = false;
    step(NodeLost{node_key, agent.incarnation, "killed"});
  }
  void report_one(const NodeKey& node_key, Agent& agent, bool stop) {
    const RunId run = *agent.running.begin();
    agent.running.erase(run);
    const bool stopping = agent.stopping.erase(run) > 0 || stop;
    TaskFinished finished{.task = run.first, .attempt = run.second, .end = RunEnd::exited, .ended = now_};
    finished.exit_code = chance(70) ? 0 : 1;
    finished.node = node_key;
    if (stopping) finished.end = RunEnd::stopped;
    if (!stopping && chance(10)) {
      finished.end = RunEnd::pre_processing_error;
      finished.exit_code.reset();
    }
    const auto again = finished;
    step(finished);
    if (chance(20)) step(again);  // repeated until acknowledged: must be harmless
  }

  /// The emulator dies; agents live on and register again, in full.
  void restart_world() {
    restart();
    leaving_.clear();
    for (const auto& notice : batch_->notices_after_restart()) {
      if (const auto* stop = std::get_if<StopAgent>(&notice)) {
        agents_.try_emplace(stop->node, Agent{.incarnation = stop->incarnation});
        leaving_.insert({stop->node, stop->incarnation});
      }
    }
    for (auto& [node_key, agent] : agents_) {
      if (!agent.joined || leaving_.contains({node_key, agent.incarnation})) continue;
      if (batch_->find_node(node_key) == nullptr) continue;
      NodeJoined command{.node = node_key, .incarnation = agent.incarnation, .agent_version = "1", .adopted = true};
      command.running.assign(agent.running.begin(), agent.running.end());
      step(command);
    }
  }

  /// Users stop, agents answer, time passes: nothing may be left hanging.
  void come_to_rest() {
    for (int round = 0; round < 3'000; ++round) {
      now_ += 1s;
      step(Tick{});
      for (int i = 0; i < 4; ++i) calm_node_acts();
      if (at_rest()) return;
    }
    ADD_FAILURE() << "seed " << GetParam() << " does not come to rest";
  }
  void calm_node_acts() {
    const auto agents = agents_;
    for (const auto& [node_key, copy] : agents) {
      const auto at = agents_.find(node_key);
      if (at == agents_.end()) continue;
      Agent& agent = at->second;
      if (leaving_.contains({node_key, agent.incarnation})) {
        leave_or_report(node_key, agent);
      } else if (!agent.joined) {
        node_acts_join(node_key, agent);
      } else if (!agent.running.empty()) {
        report_one(node_key, agent, false);
      }
    }
  }
  void node_acts_join(const NodeKey& node_key, Agent& agent) {
    agent.joined = true;
    agent.running.clear();
    step(NodeJoined{.node = node_key, .incarnation = agent.incarnation, .agent_version = "1", .running = {}});
  }
  bool at_rest() {
    bool rest = leaving_.empty();
    for (const auto& [node_key, agent] : agents_) rest = rest && agent.running.empty();
    batch_->visit_jobs(std::nullopt, [&](const JobRecord& job) {
      rest = rest && job.state != JobState::terminating && job.state != JobState::deleting &&
             job.state != JobState::disabling && batch_->task_counts(job.id).running == 0;
      return true;
    });
    batch_->visit_pools(std::nullopt, [&](const PoolRecord& pool) {
      rest = rest && pool.state == PoolState::active && pool.allocation_state == AllocationState::steady;
      return true;
    });
    return rest;
  }

  std::mt19937 random_{static_cast<unsigned>(GetParam())};
  std::map<NodeKey, Agent> agents_;
  std::set<std::pair<NodeKey, Incarnation>> leaving_;
};

class SimulationTest : public World {};

TEST_P(SimulationTest, InvariantsHoldAndEverythingComesToRest) {
  for (int i = 0; i < 150 && !HasFailure(); ++i) {
    now_ += std::chrono::milliseconds{pick(20'000)};
    const int kind = pick(20);
    if (kind < 9) {
      user_acts();
    } else if (kind < 18) {
      node_acts();
    } else if (kind < 19) {
      step(Tick{});
    } else {
      restart_world();
    }
  }
  if (!HasFailure()) come_to_rest();
  if (HasFailure()) std::cerr << "seed " << GetParam() << '\n';
}

INSTANTIATE_TEST_SUITE_P(Seeds, SimulationTest, ::testing::Range(0, 300));

}  // namespace
}  // namespace emulator::core
