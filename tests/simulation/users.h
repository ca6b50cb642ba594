// Users: what people do to the service, in any order and with any values that a request could carry.
#pragma once

#include "tests/simulation/world.h"

namespace simulation {

/// The special tasks of every job that has them; they run on several nodes at once.
inline constexpr std::string_view kPreparation = "prep";
inline constexpr std::string_view kRelease = "rel";

class Users {
 public:
  explicit Users(World& world) : world_(world), dice_(world.dice_) {}
  /// One of the actions of the table, by its weight.
  void act();

 private:
  struct Action {
    int weight;
    void (Users::*act)();
  };
  static const std::vector<Action>& actions();

  void add_pool();
  void resize_pool();
  void stop_resize();
  void delete_pool();
  void add_job();
  void disable_job();
  void enable_job();
  void terminate_job();
  void delete_job();
  void add_task();
  void add_tasks();
  void delete_task();
  void terminate_task();
  void reactivate_task();
  void update_task();
  void act_on_node();
  void schedule_on_node();
  void preempt_node();
  void remove_nodes();
  void change_scaling();
  void add_schedule();
  void change_schedule();

  emulator::core::PoolId pool_id() { return emulator::core::PoolId{dice_.name("pool", 2)}; }
  /// Also, now and then, of a job that a schedule made.
  emulator::core::JobId job_id();
  emulator::core::TaskKey task_key() { return {job_id(), emulator::core::TaskId{dice_.name("", 12)}}; }
  emulator::core::JobScheduleId schedule_id() { return emulator::core::JobScheduleId{dice_.name("schedule", 2)}; }
  emulator::core::NodeKey node_key();
  emulator::core::AddJob random_job();
  emulator::core::PoolRecord random_pool();
  emulator::core::NewTask random_task();

  World& world_;
  Dice& dice_;
};

}  // namespace simulation
