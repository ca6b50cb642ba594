// What users do to job schedules.
#include "tests/simulation/users.h"

namespace simulation {

using namespace emulator::core;
using namespace std::chrono_literals;

void Users::add_schedule() {
  JobScheduleRecord schedule;
  schedule.id = schedule_id();
  schedule.document = std::make_shared<const std::string>("{}");
  if (dice_.chance(70)) schedule.times.recurrence = Ticks{std::chrono::minutes{1 + dice_.pick(4)}};
  if (dice_.chance(30)) schedule.times.start_window = Ticks{std::chrono::minutes{1 + dice_.pick(2)}};
  if (dice_.chance(20)) schedule.times.do_not_run_until = world_.now_ + std::chrono::minutes{dice_.pick(5)};
  if (dice_.chance(20)) schedule.times.do_not_run_after = world_.now_ + std::chrono::minutes{dice_.pick(20)};
  auto specification = random_job();
  if (specification.job.auto_pool && dice_.chance(50)) {
    auto pool = *specification.job.auto_pool;
    pool.lifetime = wire::batch::PoolLifetimeOption::jobschedule;
    specification.job.auto_pool = std::make_shared<const AutoPool>(std::move(pool));
  }
  schedule.specification = std::make_shared<const AddJob>(std::move(specification));
  world_.apply("add schedule", AddJobSchedule{std::move(schedule)});
}

void Users::change_schedule() {
  const auto id = schedule_id();
  const bool force = dice_.chance(20);
  switch (dice_.pick(6)) {
    case 0:
    case 1: world_.apply("disable schedule", DisableJobSchedule{id, {}}); break;
    case 2:
    case 3: world_.apply("enable schedule", EnableJobSchedule{id, {}}); break;
    case 4: world_.apply("terminate schedule", TerminateJobSchedule{.id = id, .conditions = {}, .force = force}); break;
    default: world_.apply("delete schedule", DeleteJobSchedule{.id = id, .conditions = {}, .force = force}); break;
  }
}

}  // namespace simulation
