// The frame of a command: time first, then the command, then what follows from it, then the marked records as changes.
#include "emulator/core/batch.h"

#include "emulator/core/state.h"

#include <algorithm>

namespace emulator::core {

Batch::Batch(BatchOptions options, Snapshot snapshot) : state_(std::make_unique<State>(std::move(options))) {
  state_->load(std::move(snapshot));
}
Batch::~Batch() = default;
Batch::Batch(Batch&&) noexcept = default;

Outcome Batch::apply(Command command, Timestamp now) {
  State& state = *state_;
  state.now = std::max(state.now, now);
  state.take_samples();
  state.fire_due_alarms();
  Outcome outcome;
  outcome.reply = std::visit(
      [&]<class C>(C& body) -> base::Result<Reply> {
        if constexpr (std::is_same_v<C, Tick>) {
          return Reply{};
        } else {
          return state.on(body);
        }
      },
      command);
  state.draw_conclusions();
  state.collect(outcome);
  return outcome;
}

std::optional<Timestamp> Batch::next_deadline() const {
  return state_->timers.next();
}

void Batch::State::fire_due_alarms() {
  while (const auto owner = timers.due(now)) {
    std::visit(
        [&](auto* thing) {
          timers.set(thing->alarm, thing, kNever);
          alarm(*thing);
        },
        *owner);
  }
}

void Batch::State::draw_conclusions() {
  while (!halted_tasks.empty() || !unsettled_jobs.empty() || !unsettled_schedules.empty() || !unscheduled.empty()) {
    halted_tasks.drain([&](Task& task) { finish_stopped(task, task.record.stopping, std::nullopt); });
    unsettled_jobs.drain([&](Job& job) { settle(job); });
    unsettled_schedules.drain([&](JobSchedule& schedule) { settle(schedule); });
    unscheduled.drain([&](PoolQueue& queue) { schedule(queue); });
  }
}

void Batch::State::collect(Outcome& outcome) {
  outcome.changes = std::exchange(removals, {});
  const auto take = [&](auto& thing) {
    outcome.changes.emplace_back(thing.record);
    rearm(thing);
  };
  changed_pools.drain(take);
  changed_nodes.drain(take);
  changed_jobs.drain(take);
  changed_tasks.drain(take);
  changed_applications.drain(take);
  changed_certificates.drain(take);
  changed_schedules.drain(take);
  if (std::exchange(totals_changed, false)) outcome.changes.emplace_back(totals);
  changed_job_nodes.drain(take);
  outcome.notices = std::exchange(notices, {});
  outcome.events = std::exchange(events, {});
}

std::uint64_t Batch::State::next_sequence() {
  // Time as the number keeps it growing over restarts, when the newest task of all may have been deleted.
  const auto ticks = static_cast<std::uint64_t>(std::max<std::int64_t>(now.time_since_epoch().count(), 0));
  last_sequence = std::max(last_sequence + 1, ticks);
  return last_sequence;
}

Written Batch::State::touch(Version& version) const {
  version.last_modified = std::max(now, version.last_modified + kOneTick);
  return Written{version};
}

base::Error stale_report(std::string what) {
  return {base::Errc::not_found, "stale report: " + std::move(what)};
}

base::Result<void> check_conditions(const Conditions& conditions, const Version& version) {
  const Timestamp modified = version.last_modified;
  const auto matches = [&](const Conditions::Match& match) {
    return match.any || std::ranges::find(match.etags, modified) != match.etags.end();
  };
  const auto second = [](Timestamp time) { return std::chrono::floor<std::chrono::seconds>(time); };
  const bool holds = (!conditions.if_match || matches(*conditions.if_match)) &&
                     (!conditions.if_none_match || !matches(*conditions.if_none_match)) &&
                     (!conditions.if_modified_since || second(modified) > second(*conditions.if_modified_since)) &&
                     (!conditions.if_unmodified_since || second(modified) <= second(*conditions.if_unmodified_since));
  if (holds) return {};
  return wire::batch::make_error(ErrorCode::ConditionNotMet);
}

}  // namespace emulator::core
