// simulation: runs many seeds; the exit code is 1 when one of them found something. A seed is replayed, step by step on
// the screen, with `simulation --seed N --trace`.
#include "tests/simulation/world.h"

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <iostream>

namespace {

/// The seed under way, for the last words of a failed CHECK.
volatile std::sig_atomic_t current_seed = 0;

void name_seed(int) {
  std::fprintf(stderr, "seed %d stopped the program\n", static_cast<int>(current_seed));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Random histories of the Batch service on virtual time; each is decided by its seed alone."};
  unsigned first = 0;
  unsigned count = 10'000;
  int steps = 150;
  std::optional<unsigned> seed;
  bool trace = false;
  app.add_option("--first", first, "First seed")->capture_default_str();
  app.add_option("--count", count, "How many seeds")->capture_default_str();
  app.add_option("--steps", steps, "Random steps of each, before everything has to come to rest")
      ->capture_default_str();
  app.add_option("--seed", seed, "This seed alone");
  app.add_flag("--trace", trace, "Print every step");
  CLI11_PARSE(app, argc, argv);
  if (seed) {
    first = *seed;
    count = 1;
  }
  std::signal(SIGABRT, name_seed);
  unsigned failed = 0;
  for (unsigned i = first; i < first + count; ++i) {
    current_seed = static_cast<std::sig_atomic_t>(i);
    const auto findings = simulation::World{i, trace ? &std::cout : nullptr}.run(steps);
    if (findings.empty()) continue;
    ++failed;
    std::cout << "seed " << i << ":\n";
    for (const auto& finding : findings) std::cout << "  " << finding << '\n';
  }
  std::cout << count - failed << " seeds held, " << failed << " did not" << std::endl;
  return failed == 0 ? 0 : 1;
}
