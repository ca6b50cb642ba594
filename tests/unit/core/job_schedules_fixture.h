// Tests of job schedules (contract 4.4, 5.5, 6.11): one schedule "s", and its jobs by their numbers.
#pragma once

#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {

class JobSchedulesTest : public BatchFixture {
 protected:
  using JobScheduleState = wire::batch::JobScheduleState;

  JobScheduleRecord new_schedule(ScheduleTimes times = {}, const std::string& id = "s") {
    JobScheduleRecord schedule;
    schedule.id = JobScheduleId{id};
    schedule.document = std::make_shared<const std::string>("{}");
    schedule.times = times;
    schedule.specification = std::make_shared<const AddJob>(AddJob{.job = new_job("")});
    return schedule;
  }
  void add_schedule(ScheduleTimes times = {}) { ok(AddJobSchedule{new_schedule(times)}); }
  static ScheduleTimes every(Ticks recurrence, Ticks window = kUnlimited) {
    return {.start_window = window, .recurrence = recurrence};
  }
  const JobScheduleRecord& schedule(const std::string& id = "s") {
    return *batch_->find_job_schedule(JobScheduleId{id});
  }
  bool has_schedule(const std::string& id = "s") { return batch_->find_job_schedule(JobScheduleId{id}) != nullptr; }
  JobScheduleState state() { return schedule().state; }
  bool has(int number) { return has_job("s:job-" + std::to_string(number)); }
  JobState state_of(int number) { return job_state("s:job-" + std::to_string(number)); }
  void end(int number) { terminate_job("", "s:job-" + std::to_string(number)); }
  void disable_schedule() { ok(DisableJobSchedule{JobScheduleId{"s"}, {}}); }
  void enable_schedule() { ok(EnableJobSchedule{JobScheduleId{"s"}, {}}); }
  void terminate() { ok(TerminateJobSchedule{JobScheduleId{"s"}, {}}); }
  void remove() { ok(DeleteJobSchedule{JobScheduleId{"s"}, {}}); }
  UpdateJobSchedule update() { return {.schedule = schedule(), .conditions = {}, .seen = schedule().version}; }
};

}  // namespace emulator::core
