#include "tests/simulation/world.h"

#include "tests/simulation/users.h"
#include "wire/time_text.h"

#include <ostream>

namespace simulation {

using namespace emulator::core;
using namespace std::chrono_literals;

namespace {

constexpr int kMostRoundsToRest = 3'000;
constexpr std::size_t kMostFindings = 5;

}  // namespace

World::World(unsigned seed, std::ostream* trace)
    : dice_(seed),
      trace_(trace),
      now_(std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}),
      options_{.node_boot_time = {}, .node_id_seed = "seed"},
      store_(emulator::store::make_memory_state_store()),
      batch_(std::make_unique<Batch>(options_)),
      agents_(
          dice_, [this](std::string_view what, Command command) { return apply(what, std::move(command)); },
          [this](std::string what) { find(std::move(what)); },
          [this](const TaskKey& key) { return batch_->find_task(key); }),
      observer_([this](std::string what) { find(std::move(what)); }) {}

std::vector<std::string> World::run(int steps) {
  for (step_ = 1; step_ <= steps && findings_.empty(); ++step_) random_step();
  if (findings_.empty()) come_to_rest();
  return findings_;
}

void World::random_step() {
  now_ += std::chrono::milliseconds{dice_.pick(20'000)};
  const int kind = dice_.pick(20);
  if (kind < 9) {
    Users{*this}.act();
  } else if (kind < 18) {
    agents_.one_acts(now_, false);
  } else if (kind < 19) {
    apply("time passes", Tick{});
  } else {
    restart();
  }
}

Outcome World::apply(std::string_view what, Command command) {
  observer_.before(command);
  auto outcome = batch_->apply(std::move(command), now_);
  if (trace_ != nullptr) {
    *trace_ << step_ << ' ' << wire::print_timestamp(now_) << ' ' << what;
    if (!outcome.reply.has_value()) *trace_ << ": " << outcome.reply.error().message;
    *trace_ << '\n';
  }
  if (!store_->commit(outcome.changes).has_value()) find("the store refused a commit");
  for (auto& broken : batch_->broken_invariants()) find(std::move(broken));
  observer_.after(*batch_);
  for (const auto& change : outcome.changes) {
    if (const auto* removed = std::get_if<NodeRemoved>(&change)) agents_.node_removed(removed->key);
  }
  for (const auto& notice : outcome.notices) agents_.notice(notice);
  return outcome;
}

void World::restart() {
  if (trace_ != nullptr) *trace_ << step_ << " the emulator is killed and starts again\n";
  auto snapshot = store_->load();
  if (!snapshot.has_value()) return find("the store cannot be read");
  batch_ = std::make_unique<Batch>(options_, std::move(*snapshot));
  for (auto& broken : batch_->broken_invariants()) find("after a restart: " + broken);
  agents_.rejoin(*batch_);
}

void World::come_to_rest() {
  // A formula that throws dice never rests by itself, nor does a schedule that recurs.
  std::vector<PoolId> pools;
  batch_->visit_pools(std::nullopt, [&](const PoolRecord& pool) {
    pools.push_back(pool.id);
    return true;
  });
  for (const auto& id : pools) apply("disable autoscale", DisableAutoScale{.id = id});
  for (const auto* id : {"schedule0", "schedule1"}) {
    apply("terminate schedule", TerminateJobSchedule{.id = JobScheduleId{id}, .conditions = {}, .force = false});
  }
  for (int round = 0; round < kMostRoundsToRest && findings_.empty(); ++round) {
    now_ += 1s;
    apply("time passes", Tick{});
    for (int i = 0; i < 4; ++i) agents_.all_act(now_);
    if (unrest().empty()) return;
  }
  if (findings_.empty()) find("it does not come to rest:" + unrest());
}

std::string World::unrest() const {
  std::string who;
  const auto note = [&](bool rests, const std::string& text) {
    if (!rests) who += ' ' + text;
  };
  note(agents_.quiet(), "agents");
  batch_->visit_jobs(std::nullopt, [&](const JobRecord& job) {
    using State = wire::batch::JobState;
    const bool rests = job.state != State::terminating && job.state != State::deleting &&
                       job.state != State::disabling && job.state != State::enabling &&
                       batch_->task_counts(job.id).running == 0;
    note(rests, "job " + job.id.text());
    return true;
  });
  batch_->visit_pools(std::nullopt, [&](const PoolRecord& pool) {
    note(pool.state == wire::batch::PoolState::active && pool.allocation_state == wire::batch::AllocationState::steady,
         "pool " + pool.id.text());
    return true;
  });
  batch_->visit_job_schedules(std::nullopt, [&](const JobScheduleRecord& schedule) {
    using State = wire::batch::JobScheduleState;
    note(schedule.state != State::terminating && schedule.state != State::deleting, "schedule " + schedule.id.text());
    return true;
  });
  return who;
}

void World::find(std::string what) {
  if (findings_.size() < kMostFindings) findings_.push_back("step " + std::to_string(step_) + ": " + std::move(what));
}

}  // namespace simulation
