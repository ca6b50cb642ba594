// Dice: the only source of chance of a simulation, the same on every machine (std::mt19937 is; distributions are not).
#pragma once

#include <random>
#include <string>

namespace simulation {

class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}
  /// 0 .. below - 1.
  int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  bool chance(int percent) { return pick(100) < percent; }
  /// One of a few names, so that commands meet each other: "pool0" ... for pick("pool", 2).
  std::string name(const char* stem, int below) { return stem + std::to_string(pick(below)); }

 private:
  std::mt19937 random_;
};

}  // namespace simulation
