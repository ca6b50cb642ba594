// Agents: scripted nodes. They carry out the core's notices as real agents do, in their own time: join, run, report,
// repeat reports, die, leave. What they hold is the truth about what runs where.
#pragma once

#include "emulator/core/batch.h"
#include "tests/simulation/dice.h"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace simulation {

namespace core = emulator::core;

class Agents {
 public:
  using Apply = std::function<core::Outcome(std::string_view what, core::Command command)>;
  using Find = std::function<void(std::string what)>;
  using Look = std::function<const core::TaskRecord*(const core::TaskKey& key)>;

  Agents(Dice& dice, Apply apply, Find find, Look look)
      : dice_(dice), apply_(std::move(apply)), find_(std::move(find)), look_(std::move(look)) {}

  /// The core wants something done.
  void notice(const core::Notice& notice);
  void node_removed(const core::NodeKey& node) { agents_.erase(node); }

  /// One node does something that it may do; `calm`: nothing bad happens.
  void one_acts(base::Timestamp now, bool calm);
  /// Every node does the next thing it has to do.
  void all_act(base::Timestamp now);
  /// The emulator has started again: living agents register with what they run.
  void rejoin(const core::Batch& batch);
  /// Nothing runs, nobody is leaving.
  [[nodiscard]] bool quiet() const;

 private:
  using Run = std::pair<core::TaskKey, core::Attempt>;
  struct Agent {
    core::Incarnation incarnation = 0;
    bool joined = false;
    bool leaving = false;
    bool halting = false;
    bool halted = false;  ///< no process until another one is started
    bool silent = false;
    bool preparing = false;   ///< has to bring what the pool wants on it
    bool start_task = false;  ///< has to be run
    std::set<Run> running;
    std::set<Run> stopping;
    std::set<Run> coordinated;  ///< runs of multi-instance tasks that have coordinated
    std::set<Run> primaries;    ///< that may run their command
  };
  using Entry = std::map<core::NodeKey, Agent>::iterator;

  void carry_out(const core::StartAgent& notice);
  void carry_out(const core::HaltNode& notice);
  void carry_out(const core::StopAgent& notice);
  void carry_out(const core::PrepareNode& notice);
  void carry_out(const core::StartPrimary& notice);
  void carry_out(const core::RunStartTask& notice);
  void carry_out(const core::RunTask& notice);
  void carry_out(const core::StopTask& notice);
  void carry_out(const core::RemoveTaskFiles& notice);

  void act(const core::NodeKey& node, base::Timestamp now, bool calm);
  void leave_or_report(const core::NodeKey& node, base::Timestamp now);
  void halt_or_report(const core::NodeKey& node, base::Timestamp now);
  void have_trouble(const core::NodeKey& node);
  void speak(const core::NodeKey& node);
  void join(const core::NodeKey& node);
  void die(const core::NodeKey& node);
  void report_prepared(const core::NodeKey& node, bool calm);
  bool coordinates(const core::NodeKey& node, const Run& run);
  void report_start_task(const core::NodeKey& node, base::Timestamp now);
  void report_one(const core::NodeKey& node, base::Timestamp now, bool stop, bool calm);

  Dice& dice_;
  Apply apply_;
  Find find_;
  Look look_;
  std::map<core::NodeKey, Agent> agents_;
};

}  // namespace simulation
