#include "tests/simulation/users.h"

#include <numeric>

namespace simulation {

using namespace emulator::core;
using namespace std::chrono_literals;
using wire::batch::DeallocationOption;
using wire::batch::DisableTasksOption;

namespace {

Document empty_document() {
  static const Document kEmpty = std::make_shared<const std::string>("{}");
  return kEmpty;
}

}  // namespace

const std::vector<Users::Action>& Users::actions() {
  static const std::vector<Action> kActions = {
      {2, &Users::add_pool},        {2, &Users::resize_pool},      {1, &Users::stop_resize},
      {1, &Users::delete_pool},     {3, &Users::add_job},          {2, &Users::disable_job},
      {4, &Users::enable_job},      {1, &Users::terminate_job},    {1, &Users::delete_job},
      {8, &Users::add_task},        {2, &Users::add_tasks},        {2, &Users::delete_task},
      {2, &Users::terminate_task},  {2, &Users::reactivate_task},  {1, &Users::update_task},
      {1, &Users::act_on_node},     {2, &Users::schedule_on_node}, {1, &Users::preempt_node},
      {1, &Users::remove_nodes},    {2, &Users::change_scaling},   {1, &Users::add_schedule},
      {2, &Users::change_schedule},
  };
  return kActions;
}

void Users::act() {
  const auto& all = actions();
  const int sum =
      std::accumulate(all.begin(), all.end(), 0, [](int so_far, const Action& a) { return so_far + a.weight; });
  int drawn = dice_.pick(sum);
  for (const auto& action : all) {
    drawn -= action.weight;
    if (drawn < 0) return (this->*action.act)();
  }
}

JobId Users::job_id() {
  if (dice_.chance(10)) return JobId{schedule_id().text() + ":job-" + std::to_string(1 + dice_.pick(3))};
  return JobId{dice_.name("job", 3)};
}

PoolRecord Users::random_pool() {
  PoolRecord pool;
  pool.document = empty_document();
  pool.resize.timeout = 15min;
  pool.target_dedicated = dice_.pick(4);
  pool.target_low_priority = dice_.pick(3);
  pool.task_slots_per_node = 1 + dice_.pick(3);
  pool.inter_node_communication = dice_.chance(50);
  pool.sets_up_nodes = dice_.chance(20);
  pool.fill = dice_.chance(50) ? wire::batch::NodeFillType::pack : wire::batch::NodeFillType::spread;
  if (dice_.chance(20)) {
    pool.auto_scale = AutoScale{.formula = "$TargetDedicatedNodes = rand() * 4;", .interval = 5min};
  }
  if (dice_.chance(30)) {
    pool.start_task = empty_document();
    pool.start_task_waits = dice_.chance(70);
  }
  return pool;
}

void Users::add_pool() {
  auto pool = random_pool();
  pool.id = pool_id();
  world_.apply("add pool", AddPool{std::move(pool)});
}

void Users::resize_pool() {
  world_.apply("resize pool", ResizePool{.id = pool_id(),
                                         .conditions = {},
                                         .target_dedicated = dice_.pick(5),
                                         .target_low_priority = dice_.pick(3),
                                         .timeout = Ticks{5min},
                                         .deallocation = static_cast<DeallocationOption>(dice_.pick(4))});
}

void Users::stop_resize() {
  world_.apply("stop resize", StopPoolResize{pool_id(), {}});
}

void Users::delete_pool() {
  if (dice_.chance(40)) world_.apply("delete pool", DeletePool{pool_id(), {}});
}

AddJob Users::random_job() {
  JobRecord job;
  if (dice_.chance(15)) {
    job.auto_pool = std::make_shared<const AutoPool>(AutoPool{.pool = random_pool(),
                                                              .id_prefix = "auto",
                                                              .lifetime = wire::batch::PoolLifetimeOption::job,
                                                              .keep_alive = dice_.chance(20)});
  } else {
    job.pool = pool_id();
  }
  job.document = empty_document();
  job.priority = dice_.pick(3);
  job.max_parallel_tasks = dice_.chance(50) ? -1 : 1 + dice_.pick(3);
  job.max_task_retries = dice_.pick(2);
  job.uses_task_dependencies = dice_.chance(50);
  if (dice_.chance(20)) job.on_all_tasks_complete = wire::batch::OnAllTasksComplete::terminatejob;
  if (dice_.chance(20)) job.on_task_failure = wire::batch::OnTaskFailure::performexitoptionsjobaction;
  if (dice_.chance(20)) job.max_wall_clock = 10min;
  job.allow_task_preemption = dice_.chance(30);
  if (dice_.chance(40)) {
    job.preparation = PreparationRules{.id = TaskId{std::string{kPreparation}}, .max_retries = dice_.pick(2)};
    job.preparation->wait_for_success = dice_.chance(80);
    if (dice_.chance(80)) job.release = ReleaseRules{.id = TaskId{std::string{kRelease}}};
  }
  AddJob command{.job = std::move(job), .manager = std::nullopt};
  if (dice_.chance(20)) {
    command.manager = NewTask{.id = TaskId{"manager"}, .document = empty_document(), .rules = {}};
    command.manager->rules.manager = ManagerRules{
        .ends_job = dice_.chance(50), .exclusive = dice_.chance(70), .low_priority_nodes = dice_.chance(70)};
  }
  return command;
}

void Users::add_job() {
  auto command = random_job();
  command.job.id = JobId{dice_.name("job", 3)};
  world_.apply("add job", std::move(command));
}

void Users::disable_job() {
  world_.apply("disable job", DisableJob{job_id(), {}, static_cast<DisableTasksOption>(dice_.pick(3))});
}

void Users::enable_job() {
  world_.apply("enable job", EnableJob{job_id(), {}});
}

void Users::terminate_job() {
  world_.apply("terminate job",
               TerminateJob{.id = job_id(), .conditions = {}, .reason = "", .force = dice_.chance(20)});
}

void Users::delete_job() {
  if (dice_.chance(50))
    world_.apply("delete job", DeleteJob{.id = job_id(), .conditions = {}, .force = dice_.chance(20)});
}

NewTask Users::random_task() {
  NewTask task{.id = TaskId{dice_.name("", 12)}, .document = empty_document(), .rules = {}};
  task.rules.required_slots = 1 + dice_.pick(3);
  if (dice_.chance(20)) {
    task.rules.required_slots = 1;
    task.rules.instances = 1 + dice_.pick(3);
  }
  if (dice_.chance(20)) task.rules.depends_on = {dice_.name("", 12)};
  if (dice_.chance(10)) task.rules.depends_on_ranges = {{0, dice_.pick(4)}};
  if (dice_.chance(20)) task.rules.constraints.max_wall_clock = Ticks{1min};
  if (dice_.chance(20)) task.rules.constraints.max_retries = dice_.pick(3);
  if (dice_.chance(50)) task.rules.constraints.retention = Ticks{std::chrono::minutes{dice_.pick(5)}};
  if (dice_.chance(15)) {
    auto conditions = std::make_shared<ExitConditions>();
    conditions->codes.push_back({1, 1, {.dependency_action = wire::batch::DependencyAction::satisfy}});
    task.rules.exit_conditions = std::move(conditions);
  }
  return task;
}

void Users::add_task() {
  world_.apply("add task", AddTask{job_id(), random_task()});
}

void Users::add_tasks() {
  AddTasks command{.job = job_id(), .tasks = {}};
  for (int i = dice_.pick(6); i >= 0; --i) command.tasks.push_back(random_task());
  world_.apply("add tasks", std::move(command));
}

void Users::delete_task() {
  world_.apply("delete task", DeleteTask{task_key(), {}});
}

void Users::terminate_task() {
  world_.apply("terminate task", TerminateTask{task_key(), {}});
}

void Users::reactivate_task() {
  world_.apply("reactivate task", ReactivateTask{task_key(), {}});
}

void Users::update_task() {
  TaskConstraints constraints;
  if (dice_.chance(50)) constraints.max_retries = dice_.pick(3) - 1;
  if (dice_.chance(50)) constraints.max_wall_clock = Ticks{2min};
  world_.apply("update task", UpdateTask{task_key(), {}, constraints, empty_document()});
}

void Users::remove_nodes() {
  RemoveNodes command{.id = pool_id(), .conditions = {}};
  for (int i = dice_.pick(3); i >= 0; --i) command.nodes.push_back(node_key().node);
  command.deallocation = static_cast<DeallocationOption>(dice_.pick(4));
  world_.apply("remove nodes", std::move(command));
}

void Users::change_scaling() {
  if (dice_.chance(40)) {
    world_.apply("disable autoscale", DisableAutoScale{pool_id()});
    return;
  }
  const auto option = static_cast<DeallocationOption>(dice_.pick(4));
  EnableAutoScale command{.id = pool_id(), .conditions = {}, .formula = {}, .interval = {}};
  command.formula =
      "$TargetDedicatedNodes = min(4, max(rand() * 5, $PendingTasks.GetSample(1)));"
      "$TargetLowPriorityNodes = rand() * 3; x = $CPUPercent.GetSample(TimeInterval_Hour);"
      "$NodeDeallocationOption = " +
      std::string(wire::batch::name_of(option)) + ";";
  if (dice_.chance(50)) command.interval = Ticks{std::chrono::minutes{1 + dice_.pick(5)}};
  world_.apply("enable autoscale", std::move(command));
}

NodeKey Users::node_key() {
  std::vector<NodeKey> nodes;
  const auto pool = pool_id();
  world_.batch_->visit_nodes(pool, std::nullopt, [&](const NodeRecord& node) {
    nodes.push_back(node.key);
    return true;
  });
  if (nodes.empty()) return {pool, NodeId{"none"}};
  return nodes[static_cast<std::size_t>(dice_.pick(static_cast<int>(nodes.size())))];
}

void Users::act_on_node() {
  if (dice_.chance(40)) {
    world_.apply("start node", StartNode{node_key()});
    return;
  }
  world_.apply("reboot, reimage or deallocate node",
               ActOnNode{.node = node_key(),
                         .action = static_cast<NodeAction>(1 + dice_.pick(3)),
                         .option = static_cast<DeallocationOption>(dice_.pick(4))});
}

void Users::schedule_on_node() {
  if (dice_.chance(60)) {
    world_.apply("enable scheduling", EnableNodeScheduling{node_key()});
    return;
  }
  world_.apply("disable scheduling", DisableNodeScheduling{node_key(), static_cast<DeallocationOption>(dice_.pick(3))});
}

void Users::preempt_node() {
  if (dice_.chance(40)) {
    world_.apply("preempt node", PreemptNode{node_key()});
  } else {
    world_.apply("restore node", RestoreNode{node_key()});
  }
}

}  // namespace simulation
