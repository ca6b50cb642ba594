// State: what Batch keeps in memory, private to this folder. Records as they are stored, and around them the indexes
// that make every step cheap: counts, slots in use, who waits for what, the next alarm of each thing.
//
// A command works in three strokes: it changes records (every changed thing is marked), then settle() draws the
// conclusions (jobs that may end, pools whose targets are reached, tasks to place), then the marked records become
// changes. Pointers between things hold because maps keep their elements in place.
#pragma once

#include "emulator/core/things.h"

#include <map>
#include <string>
#include <vector>

namespace emulator::core {

struct Batch::State {
  explicit State(BatchOptions batch_options) : options(std::move(batch_options)) {}

  BatchOptions options;
  Timestamp now{};
  std::map<PoolId, Pool> pools;
  std::map<JobId, Job> jobs;
  std::map<PoolId, PoolQueue> queues;
  std::map<ApplicationId, Application> applications;
  std::map<CertificateId, Certificate> certificates;
  std::map<JobScheduleId, JobSchedule> schedules;
  std::map<UsageKey, UsageRecord> usage;  ///< of nodes that are gone
  TotalsRecord totals;
  bool totals_changed = false;
  std::int32_t active_jobs = 0;  ///< not completed
  std::int32_t active_schedules = 0;
  std::int32_t managers_waiting_again = 0;
  std::uint64_t last_sequence = 0;
  std::uint64_t last_serial = 0;
  /// Runs without a task (Run::task): a task of that name does not run again before they have ended.
  std::multimap<TaskKey, NodeKey> ending;
  Timestamp sampled_until{};  ///< samples of this time and before are in the pools
  Timers timers;

  Marks<Pool, &Pool::changed> changed_pools;
  Marks<Node, &Node::changed> changed_nodes;
  Marks<Job, &Job::changed> changed_jobs;
  Marks<Task, &Task::changed> changed_tasks;
  Marks<Application, &Application::changed> changed_applications;
  Marks<Certificate, &Certificate::changed> changed_certificates;
  Marks<JobSchedule, &JobSchedule::changed> changed_schedules;
  Marks<JobNode, &JobNode::changed> changed_job_nodes;
  Marks<Task, &Task::halted> halted_tasks;
  Marks<Job, &Job::unsettled> unsettled_jobs;
  Marks<JobSchedule, &JobSchedule::unsettled> unsettled_schedules;
  Marks<PoolQueue, &PoolQueue::mark> unscheduled;
  std::vector<Change> removals;  ///< and new samples
  std::vector<Notice> notices;
  std::vector<DiagnosticEvent> events;

  using Replied = base::Result<Reply>;

  // batch.cpp: the frame of a command
  void draw_conclusions();
  void fire_due_alarms();
  void collect(Outcome& outcome);
  std::uint64_t next_sequence();
  Written touch(Version& version) const;

  // events.cpp: what is told of pools and tasks (contract 9.2)
  void raise(DiagnosticEventBody body) { events.push_back({.time = now, .body = std::move(body)}); }
  /// `shrinks`: whether nodes are asked to leave.
  void raise_resize_started(const Pool& pool, bool shrinks);
  void raise_resize_completed(const Pool& pool);
  [[nodiscard]] static TaskFigures figures_of(const Task& task);

  // load.cpp
  void load(Snapshot snapshot);
  void load_node(NodeRecord record);
  void load_task(TaskRecord record);
  void load_schedule(JobScheduleRecord record);
  void load_job_node(JobNodeRecord record);
  void load_ending_subtasks(const TaskRecord& task);

  // pools.cpp
  Replied on(AddPool& command);
  Replied on(UpdatePool& command);
  Replied on(DeletePool& command);
  Replied on(ResizePool& command);
  Replied on(StopPoolResize& command);
  Replied on(RemoveNodes& command);
  /// PoolExists, PoolBeingDeleted, PoolQuotaReached. What `prepared` must have: see AddPool.
  base::Result<Pool*> create_pool(PoolRecord prepared);
  /// The pool is not being deleted yet.
  void delete_pool(Pool& pool);
  base::Result<Pool*> writable_pool(const PoolId& id, const Conditions& conditions);
  base::Result<Pool*> resizable_pool(const PoolId& id, const Conditions& conditions);
  void begin_resize(Pool& pool, Ticks timeout, DeallocationOption deallocation);
  void remove(Pool& pool);

  // allocation.cpp: how nodes follow targets
  void adjust(Pool& pool);
  void shrink(Pool& pool, bool dedicated, std::int32_t by);
  /// Why the pool cannot have one more node of that kind, if it cannot.
  [[nodiscard]] std::optional<ResourceError> refusal_of_a_node(const Pool& pool, bool dedicated) const;
  [[nodiscard]] bool short_for_good(const Pool& pool) const;
  [[nodiscard]] Timestamp allocation_ends(const Pool& pool) const;
  void note_missed_targets(Pool& pool, ResourceError (*otherwise)(bool, std::int32_t, std::int32_t));
  void end_allocation(Pool& pool);
  void rearm(Pool& pool);
  void alarm(Pool& pool);

  // samples.cpp: what autoscale formulas may ask for
  void take_samples();
  void take_first_sample(Pool& pool);
  void load_samples(std::vector<SampleRecord> records);
  /// What a sample would be at this moment.
  [[nodiscard]] SampleRecord sample_of(const Pool& pool) const;
  using SampleVisitor = std::function<void(Timestamp at, const SampleRecord& sample)>;
  /// The samples later than `after_time` and not later than `until` that formulas may see, oldest first.
  void visit_samples(const Pool& pool, Timestamp after_time, Timestamp until, const SampleVisitor& visit) const;

  // autoscaling.cpp
  Replied on(EnableAutoScale& command);
  Replied on(DisableAutoScale& command);
  Replied on(EvaluateAutoScale& command);
  /// AutoScalingFormulaSyntaxError, AutoScalingFormulaTooLong.
  [[nodiscard]] base::Result<autoscale::Evaluation> evaluate(const Pool& pool, const std::string& text) const;
  [[nodiscard]] static Timestamp evaluation_due(const Pool& pool);
  void scale(Pool& pool);

  // applications.cpp
  Replied on(PutApplication& command);
  Replied on(UpdateApplication& command);
  Replied on(DeleteApplication& command);
  Replied on(PutPackage& command);
  Replied on(ActivatePackage& command);
  Replied on(DeletePackage& command);
  base::Result<Application*> existing_application(const ApplicationId& id);
  /// With what the reference can be satisfied; nothing when the application, the version or the default is missing, or
  /// the package is not active.
  [[nodiscard]] std::optional<DeployablePackage> deployable(const PackageReference& reference) const;
  /// InvalidApplicationPackageReferences, with the reference, unless every one of them can be satisfied. For whoever
  /// makes a pool, also out of a job's or a schedule's template.
  [[nodiscard]] base::Result<void> check_packages(const std::vector<PackageReference>& references) const;
  static void rearm(Application& /*application*/) {}

  // certificates.cpp
  Replied on(AddCertificate& command);
  Replied on(DeleteCertificate& command);
  Replied on(CancelCertificateDeletion& command);
  base::Result<Certificate*> existing_certificate(const CertificateId& thumbprint);
  /// InvalidCertificateReferences unless every one of them is there and is not on its way out.
  [[nodiscard]] base::Result<void> check_certificates(const std::vector<CertificateId>& references) const;
  [[nodiscard]] std::optional<ResourceError> who_uses(const CertificateId& thumbprint) const;
  void change_state(Certificate& certificate, CertificateEvent event);
  void rearm(Certificate& certificate);
  void alarm(Certificate& certificate);

  // nodes.cpp
  Replied on(NodePrepared& command);
  static void take_settings_of_pool(Node& node);
  Replied on(NodeJoined& command);
  Replied on(SetNodeSecret& command);
  Replied on(NodeLost& command);
  Replied on(NodeGone& command);
  Replied on(NodeUnusable& command);
  Replied on(NodeSilent& command);
  Replied on(NodeHeard& command);
  Replied on(StartTaskStarted& command);
  Replied on(StartTaskFinished& command);
  base::Result<Node*> present_node(const NodeKey& key, Incarnation incarnation);
  void create_node(Pool& pool, bool dedicated);
  void boot(Node& node);
  void start_agent(Node& node);
  void settle_in(Node& node);
  void meet_runs(Node& node, const NodeJoined& command);
  void give_up(Node& node, ResourceError error);
  void refresh(Node& node);
  void rearm(Node& node);
  void alarm(Node& node) { boot(node); }
  [[nodiscard]] static std::vector<Notice> orders_for(const Node& node);

  // node_actions.cpp: what is asked to be done with nodes
  Replied on(ActOnNode& command);
  Replied on(StartNode& command);
  Replied on(DisableNodeScheduling& command);
  Replied on(EnableNodeScheduling& command);
  Replied on(PreemptNode& command);
  Replied on(RestoreNode& command);
  Replied on(NodeHalted& command);
  Replied on(AddNodeUser& command);
  Replied on(UpdateNodeUser& command);
  Replied on(DeleteNodeUser& command);
  base::Result<Node*> existing_node(const NodeKey& key);
  base::Result<Node*> serving_node(const NodeKey& key);
  void ask_to_leave(Node& node, DeallocationOption option) { ask(node, NodeAction::remove, option); }
  void ask(Node& node, NodeAction action, DeallocationOption option);
  void stop_tasks(Node& node, DeallocationOption option);
  void act_when_free(Node& node);
  void act(Node& node);
  void stay(Node& node);
  void halt(Node& node, bool at_once);
  void lose_files(Node& node);
  void node_was_rebooted(Node& node);
  void node_was_reimaged(Node& node);

  // jobs.cpp
  Replied on(AddJob& command);
  Replied on(UpdateJob& command);
  Replied on(DisableJob& command);
  Replied on(EnableJob& command);
  Replied on(TerminateJob& command);
  Replied on(DeleteJob& command);
  /// What `command` must have: see AddJob. The pool of an auto pool is made, or the job completed without it.
  base::Result<Job*> create_job(AddJob& command);
  base::Result<Job*> existing_job(const JobId& id, const Conditions& conditions);
  void bind(Job& job, const PoolId& pool);
  void unbind(Job& job);
  void change_state(Job& job, JobEvent event);
  void disable(Job& job, wire::batch::DisableTasksOption option);
  void end(Job& job, std::string reason);
  void force_end(Job& job);
  void stop_all(Job& job, StopReason reason);
  bool wind_up(Job& job);
  void settle(Job& job);
  void update_queue(Job& job);
  void rearm(Job& job);
  void alarm(Job& job);
  void remove(Job& job);

  // job_schedules.cpp
  Replied on(AddJobSchedule& command);
  Replied on(UpdateJobSchedule& command);
  Replied on(DisableJobSchedule& command);
  Replied on(EnableJobSchedule& command);
  Replied on(TerminateJobSchedule& command);
  Replied on(DeleteJobSchedule& command);
  base::Result<JobSchedule*> existing_schedule(const JobScheduleId& id, const Conditions& conditions);
  /// The job that was made last, unless it is completed or gone: at most one is active at a time.
  Job* active_job(const JobSchedule& schedule);
  [[nodiscard]] bool quota_reached() const;
  void change_state(JobSchedule& schedule, JobScheduleEvent event);
  void settle(JobSchedule& schedule);
  void start_job(JobSchedule& schedule);
  void rearm(JobSchedule& schedule);
  void alarm(JobSchedule& schedule);
  void remove(JobSchedule& schedule);

  // auto_pools.cpp
  /// Makes the auto pool of a new job that has none yet, or says why not in its schedulingError.
  void find_pool_for(JobRecord& job);
  base::Result<PoolId> make_auto_pool(const AutoPool& automatic, std::uint64_t sequence);
  /// The pool's id while it is there and stays; else empty.
  PoolId present_auto_pool(const PoolId& id);
  void drop_auto_pool(const PoolId& id);
  void drop_auto_pool(const Job& job);
  void drop_auto_pool(JobSchedule& schedule);

  // statistics.cpp
  void note_run(Task& task, Usage used);
  /// The share of what is about to go stays behind in what held it.
  void keep_statistics(const Task& task);
  void keep_statistics(const Job& job);
  void keep_statistics(const Node& node);
  void keep_statistics(const Pool& pool);
  /// A pool or job is made: lifetime statistics begin with the first.
  void count_lifetime();

  // tasks.cpp
  Replied on(AddTask& command);
  Replied on(AddTasks& command);
  Replied on(UpdateTask& command);
  Replied on(DeleteTask& command);
  Replied on(TerminateTask& command);
  Replied on(ReactivateTask& command);
  base::Result<Written> add(Job& job, NewTask& task);
  base::Result<Task*> existing_task(const TaskKey& key, const Conditions& conditions);
  void change_state(Task& task, TaskEvent event);
  void count(Task& task, int by);
  void wait_if_ready(Task& task);
  void stop_waiting(Task& task);
  void end_unstarted(Task& task);
  void end_abandoned(Task& task);
  void conclude(Task& task, TaskEnding ending);
  void remove(Task& task);

  // runs.cpp: a task on a node
  Replied on(TaskFinished& command);
  void schedule(PoolQueue& queue);
  void assign(const Placement& placement);
  void occupy(Task& task, Node& node, std::int32_t instance);
  void start(Task& task, TaskEvent event);
  void stop(Task& task, StopReason reason);
  void finish_exited(Task& task, TaskFinished& report);
  void finish_stopped(Task& task, std::optional<StopReason> reason, std::optional<std::int32_t> exit_code);
  base::Result<void> finish_deleted(const TaskFinished& report);
  void lose_run(Node& node, const TaskKey& key, bool crashed);
  void lose_all_runs(Node& node);
  void complete(Task& task, TaskEnding ending);
  void back_to_active(Task& task, TaskEvent event);
  void leave_node(Task& task);
  void release(Node& node, const TaskKey& key);
  void occupy(Node& node);
  void release_deleted(Node& node, TaskKey ended);
  bool keeps_files(const TaskKey& key, const Node& node);
  void discard_files(const Node& node, const TaskKey& key);
  [[nodiscard]] bool has_ending_run(const TaskKey& key, const Node& node) const;
  void note_recent(Task& task, bool started);
  void note_recent(Node& node, RecentTask entry, bool started);

  // instances.cpp: the subtasks of multi-instance tasks
  Replied on(CoordinationFinished& command);
  void start_primary_if_coordinated(Task& task);
  void assign_subtasks(Task& task, const std::vector<Node*>& nodes);
  void start_subtasks(Task& task);
  [[nodiscard]] std::vector<Node*> nodes_of(const Task& task);
  bool waits_for_preparation(const Task& task);
  void forget_preparations(Task& task);
  void finish_subtask(Task& task, std::int32_t instance, TaskFinished& report);
  void lose_subtask(Task& task, std::int32_t instance, Node& node, bool crashed);
  void fail_as_a_whole(Task& task);
  void end_subtasks(Task& task);
  void complete_subtask(Task& task, std::int32_t instance, std::optional<std::int32_t> exit_code,
                        std::optional<Failure> failure);
  void detach(Node& node, const TaskKey& key);

  // preemption.cpp: running tasks that make room
  void preempt(PoolQueue& queue);
  /// Which managers that have to run again keep the other tasks of their jobs waiting.
  void hold_back(PoolQueue& queue);

  // special_tasks.cpp: what a job does on each of its nodes before and after its tasks
  JobNode& job_node(Job& job, Node& node);
  bool must_prepare(Task& task, Node& node);
  void begin_special(JobNode& at, SpecialTask kind);
  void order(JobNode& at);
  void stop(JobNode& at, StopReason reason);
  base::Result<void> finish_special(Job& job, SpecialTask kind, TaskFinished& report);
  void retry(JobNode& at);
  void conclude(JobNode& at, SpecialTask kind);
  void lose(JobNode& at);
  void abandon(JobNode& at);
  void rearm(JobNode& at);
  void alarm(JobNode& at);
  void remove_files(JobNode& at, SpecialTask kind);
  void remove(JobNode& at);
  /// What becomes of preparations when a node was restarted, emptied or taken away; its runs have been lost before.
  void prepare_after_reboot(Node& node);
  void prepare_after_reimage(Node& node);
  void forget_job_nodes(Node& node);

  // retention.cpp: what time does to tasks and their directories
  void rearm(Task& task);
  void alarm(Task& task);
  void remove_directories(Task& task);
  void remove_directory(Task& task, Node*& place);
  void forget_resident(Task& task, Node*& place);
  static void forget_place(Task& task, const Node& node);

  // invariants.cpp
  [[nodiscard]] std::vector<std::string> broken_invariants() const;

  Pool* find_pool(const PoolId& id);
  Node* find_node(const NodeKey& key);
  Job* find_job(const JobId& id);
  Task* find_task(const TaskKey& key);
  JobSchedule* find_schedule(const JobScheduleId& id);
  JobNode* find_job_node(const JobNodeKey& key);
};

}  // namespace emulator::core
