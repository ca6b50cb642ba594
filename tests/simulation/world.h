// World: one seed of the simulation. The core with its scheduler, a store, scripted nodes and careless users live on
// one thread with virtual time; what happens next is decided by the seed alone, so a seed that fails fails again the
// same way.
//
// After every step the core's invariants are checked and the observer compares what it saw before with what is there
// now (observer.h). At the end users keep still and nodes answer: then everything must come to rest.
#pragma once

#include "emulator/core/batch.h"
#include "emulator/store/state_store.h"
#include "tests/simulation/agents.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/observer.h"

#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

namespace simulation {

using emulator::core::Command;
using emulator::core::Outcome;

class World {
 public:
  /// `trace`: where every step is written; null for nowhere.
  World(unsigned seed, std::ostream* trace);

  /// Random steps, then the way to rest. What did not hold, with the step at which it did not; empty when all did.
  std::vector<std::string> run(int steps);

 private:
  friend class Users;
  void random_step();
  void come_to_rest();
  /// What is still moving; empty: nothing.
  [[nodiscard]] std::string unrest() const;
  void restart();
  Outcome apply(std::string_view what, Command command);
  void find(std::string what);

  Dice dice_;
  std::ostream* trace_;
  base::Timestamp now_;
  emulator::core::BatchOptions options_;
  std::unique_ptr<emulator::store::StateStore> store_;
  std::unique_ptr<emulator::core::Batch> batch_;
  Agents agents_;
  Observer observer_;
  std::vector<std::string> findings_;
  int step_ = 0;
};

}  // namespace simulation
