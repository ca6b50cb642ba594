// Tests of autoscaling (contract 8.5 to 8.9): a pool that follows a formula, and the value of an expression on it.
#pragma once

#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {

class AutoscalingTest : public BatchFixture {
 protected:
  PoolRecord scaling_pool(const std::string& formula, Ticks interval = 15min) {
    auto pool = new_pool("pool", 0);
    pool.auto_scale = AutoScale{.formula = formula, .interval = interval, .next_evaluation = {}, .run = {}};
    return pool;
  }
  /// A pool that follows the formula, evaluated once and steady.
  void add_scaling_pool(const std::string& formula, Ticks interval = 15min) {
    ok(AddPool{scaling_pool(formula, interval)});
    tick();
    advance(1s);
  }
  EnableAutoScale enabling(const std::string& formula) {
    return {.id = PoolId{"pool"}, .conditions = {}, .formula = formula, .interval = {}};
  }
  void enable(const std::string& formula) {
    ok(enabling(formula));
    tick();
  }
  /// The value of `x` after `x = expression`, without effect on the pool.
  std::string value_of(const std::string& expression) {
    const auto reply = ok(EvaluateAutoScale{PoolId{"pool"}, "x = " + expression + ";"});
    if (!reply.evaluated) return "no run";
    if (reply.evaluated->error) return reply.evaluated->error->code;
    return reply.evaluated->results.substr(reply.evaluated->results.find(";$x=") + 4);
  }
  std::int32_t target() { return pool_record().target_dedicated; }
  const AutoScaleRun& run() { return *pool_record().auto_scale->run; }
};

}  // namespace emulator::core
