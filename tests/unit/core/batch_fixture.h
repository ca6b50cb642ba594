// A Batch with a clock in the test's hand, and words short enough for tests that read as sentences. After every step
// the invariants are checked, and the changes are applied to a second copy of the rows, so that restart() continues
// from exactly what was committed.
#pragma once

#include "emulator/core/batch.h"
#include "emulator/store/state_store.h"
#include "wire/batch/errors.h"

#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

namespace emulator::core {

using namespace std::chrono_literals;
using wire::batch::AllocationState;
using wire::batch::DeallocationOption;
using wire::batch::DisableTasksOption;
using wire::batch::ErrorCode;
using wire::batch::JobState;
using wire::batch::NodeState;
using wire::batch::PoolState;
using wire::batch::TaskResult;
using wire::batch::TaskState;

class BatchFixture : public ::testing::Test {
 protected:
  // ---- steps ----
  Outcome apply(Command command) {
    Outcome outcome = batch_->apply(std::move(command), now_);
    EXPECT_TRUE(store_->commit(outcome.changes).has_value());
    notices_.insert(notices_.end(), outcome.notices.begin(), outcome.notices.end());
    last_ = outcome.notices;
    events_.insert(events_.end(), outcome.events.begin(), outcome.events.end());
    for (const auto& broken : batch_->broken_invariants()) ADD_FAILURE() << broken;
    return outcome;
  }
  /// Applies and expects success.
  Reply ok(Command command) {
    auto outcome = apply(std::move(command));
    EXPECT_TRUE(outcome.reply.has_value()) << outcome.reply.error().message;
    return outcome.reply.has_value() ? *outcome.reply : Reply{};
  }
  std::error_code error_of(Command command) {
    auto outcome = apply(std::move(command));
    EXPECT_TRUE(outcome.reply.has_error());
    return outcome.reply.has_error() ? outcome.reply.error().code : std::error_code{};
  }
  void tick() { ok(Tick{}); }
  void advance(Ticks by) {
    now_ += by;
    tick();
  }
  /// The process dies and starts again on what was committed.
  void restart() {
    auto snapshot = store_->load();
    ASSERT_TRUE(snapshot.has_value());
    batch_.emplace(options_, std::move(*snapshot));
    for (const auto& broken : batch_->broken_invariants()) ADD_FAILURE() << broken;
  }

  // ---- pools and nodes ----
  PoolRecord new_pool(const std::string& id, int dedicated, int low_priority = 0, int slots = 1) {
    PoolRecord pool;
    pool.id = PoolId{id};
    pool.document = std::make_shared<const std::string>("{}");
    pool.resize.timeout = 15min;
    pool.target_dedicated = dedicated;
    pool.target_low_priority = low_priority;
    pool.task_slots_per_node = slots;
    return pool;
  }
  void add_pool(const std::string& id, int dedicated, int low_priority = 0, int slots = 1) {
    ok(AddPool{new_pool(id, dedicated, low_priority, slots)});
  }
  /// A pool whose nodes have joined and which is steady.
  void ready_pool(const std::string& id, int dedicated, int slots = 1) {
    add_pool(id, dedicated, 0, slots);
    advance(1s);
    join_all(id);
  }
  std::vector<NodeKey> nodes_of(const std::string& pool) {
    std::vector<std::pair<std::uint64_t, NodeKey>> found;
    batch_->visit_nodes(PoolId{pool}, std::nullopt, [&](const NodeRecord& node) {
      found.emplace_back(node.number, node.key);
      return true;
    });
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<NodeKey> keys;
    for (auto& [number, key] : found) keys.push_back(key);
    return keys;
  }
  NodeKey node(int index = 0, const std::string& pool = "pool") {
    return nodes_of(pool).at(static_cast<std::size_t>(index));
  }
  void join(const NodeKey& key) { ok(joined(key)); }
  NodeJoined joined(const NodeKey& key) {
    return {.node = key, .incarnation = node_record(key).incarnation, .agent_version = "1.0", .running = {}};
  }
  void join_all(const std::string& pool) {
    for (const auto& key : nodes_of(pool)) {
      if (node_record(key).state == NodeState::starting) join(key);
    }
  }
  void lose(const NodeKey& key) { ok(NodeLost{key, node_record(key).incarnation, "killed by signal 9"}); }
  void gone(const NodeKey& key) { ok(NodeGone{key, node_record(key).incarnation}); }
  /// Every node that has been told to leave reports that it is gone.
  void all_leaving_gone(const std::string& pool) {
    for (const auto& key : nodes_of(pool)) {
      if (node_state(key) == NodeState::leavingpool) gone(key);
    }
  }
  const PoolRecord& pool_record(const std::string& id = "pool") { return *batch_->find_pool(PoolId{id}); }
  const NodeRecord& node_record(const NodeKey& key) { return *batch_->find_node(key); }
  NodeState node_state(const NodeKey& key) { return node_record(key).state; }
  AllocationState allocation(const std::string& id = "pool") { return pool_record(id).allocation_state; }
  std::error_code resize(const std::string& id, int dedicated,
                         DeallocationOption option = DeallocationOption::requeue) {
    ResizePool command{.id = PoolId{id}, .conditions = {}, .target_dedicated = dedicated, .deallocation = option};
    auto outcome = apply(std::move(command));
    return outcome.reply.has_error() ? outcome.reply.error().code : std::error_code{};
  }

  // ---- jobs ----
  JobRecord new_job(const std::string& id, const std::string& pool = "pool") {
    JobRecord job;
    job.id = JobId{id};
    job.pool = PoolId{pool};
    job.document = std::make_shared<const std::string>("{}");
    return job;
  }
  void add_job(const std::string& id = "job", const std::string& pool = "pool") { ok(AddJob{new_job(id, pool)}); }
  const JobRecord& job_record(const std::string& id = "job") { return *batch_->find_job(JobId{id}); }
  JobState job_state(const std::string& id = "job") { return job_record(id).state; }
  bool has_job(const std::string& id) { return batch_->find_job(JobId{id}) != nullptr; }
  void disable(DisableTasksOption option, const std::string& id = "job") {
    ok(DisableJob{.id = JobId{id}, .conditions = {}, .option = option});
  }
  void enable(const std::string& id = "job") { ok(EnableJob{JobId{id}, {}}); }
  void terminate_job(const std::string& reason = "", const std::string& id = "job") {
    ok(TerminateJob{JobId{id}, {}, reason});
  }
  void delete_job(const std::string& id = "job") { ok(DeleteJob{JobId{id}, {}}); }
  /// An UpdateJob that changes nothing; to be edited.
  UpdateJob update_of(const std::string& id = "job") {
    return {.job = job_record(id), .conditions = {}, .seen = job_record(id).version};
  }

  // ---- special tasks ----
  /// A job with a preparation task "prep" and a release task "rel".
  JobRecord prepared_job(const std::string& id = "job", const std::string& pool = "pool") {
    JobRecord job = new_job(id, pool);
    job.preparation = PreparationRules{.id = TaskId{"prep"}};
    job.release = ReleaseRules{.id = TaskId{"rel"}};
    return job;
  }
  const JobNodeRecord& job_node(const NodeKey& at, const std::string& job = "job") {
    return *batch_->find_job_node({JobId{job}, at});
  }
  /// What the agent says of the run of a special task that is under way there.
  TaskFinished special_report(SpecialTask kind, const NodeKey& at, RunEnd end, std::optional<int> exit_code,
                              const std::string& job = "job") {
    const auto& record = job_node(at, job);
    const auto& info = kind == SpecialTask::preparation ? record.preparation : record.release;
    return {.task = key(kind == SpecialTask::preparation ? "prep" : "rel", job),
            .attempt = info ? info->attempt : record.attempt,
            .end = end,
            .ended = now_,
            .exit_code = exit_code,
            .node = at};
  }
  void prep_exits(int code, const NodeKey& at, const std::string& job = "job") {
    ok(special_report(SpecialTask::preparation, at, RunEnd::exited, code, job));
  }
  void release_exits(int code, const NodeKey& at, const std::string& job = "job") {
    ok(special_report(SpecialTask::release, at, RunEnd::exited, code, job));
  }
  /// Ids of the tasks that the last step ordered, special ones included.
  std::vector<std::string> ordered() const {
    std::vector<std::string> ids;
    for (const auto& run : noticed<RunTask>()) ids.push_back(run.task.task.text());
    return ids;
  }
  std::vector<std::string> told_to_stop() const {
    std::vector<std::string> ids;
    for (const auto& run : noticed<StopTask>()) ids.push_back(run.task.task.text());
    return ids;
  }

  // ---- tasks ----
  static TaskKey key(const std::string& task, const std::string& job = "job") { return {JobId{job}, TaskId{task}}; }
  static NewTask new_task(const std::string& id) {
    return {.id = TaskId{id}, .document = std::make_shared<const std::string>("{}"), .rules = {}};
  }
  void add_task(const std::string& id, const std::string& job = "job") { ok(AddTask{JobId{job}, new_task(id)}); }
  void add_task(NewTask task, const std::string& job = "job") { ok(AddTask{JobId{job}, std::move(task)}); }
  const TaskRecord& task_record(const std::string& id = "task", const std::string& job = "job") {
    return *batch_->find_task(key(id, job));
  }
  bool has_task(const std::string& id, const std::string& job = "job") {
    return batch_->find_task(key(id, job)) != nullptr;
  }
  TaskState task_state(const std::string& id = "task", const std::string& job = "job") {
    return task_record(id, job).state;
  }
  /// What the agent says of the current attempt.
  TaskFinished report(const std::string& id, RunEnd end, std::optional<int> exit_code = std::nullopt,
                      const std::string& job = "job") {
    const auto& record = task_record(id, job);
    return {.task = record.key, .attempt = record.attempt, .end = end, .ended = now_, .exit_code = exit_code};
  }
  void exits(const std::string& id, int code = 0, const std::string& job = "job") {
    ok(report(id, RunEnd::exited, code, job));
  }
  void stopped(const std::string& id, const std::string& job = "job") { ok(report(id, RunEnd::stopped, 137, job)); }
  /// A pool with one idle node, a job, and "task" running on the node.
  void running_task() {
    ready_pool("pool", 1);
    add_job();
    add_task("task");
    ASSERT_EQ(task_state(), TaskState::running);
  }

  // ---- notices ----
  template <class N>
  std::vector<N> noticed() const {
    std::vector<N> found;
    for (const auto& notice : last_) {
      if (const auto* match = std::get_if<N>(&notice)) found.push_back(*match);
    }
    return found;
  }

  // ---- diagnostic events ----
  template <class E>
  std::vector<E> told() const {
    std::vector<E> found;
    for (const auto& event : events_) {
      if (const auto* match = std::get_if<E>(&event.body)) found.push_back(*match);
    }
    return found;
  }

  BatchOptions options_{.node_boot_time = {}, .node_id_seed = "seed"};
  Timestamp now_ = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
  std::unique_ptr<store::StateStore> store_ = store::make_memory_state_store();
  std::optional<Batch> batch_{std::in_place, options_};
  std::vector<Notice> notices_;          ///< all so far
  std::vector<Notice> last_;             ///< of the last step
  std::vector<DiagnosticEvent> events_;  ///< all so far
};

}  // namespace emulator::core
