// Evaluator: walks a formula's statements once. Not for use outside this folder.
#pragma once

#include "emulator/autoscale/functions.h"
#include "emulator/autoscale/syntax.h"
#include "emulator/autoscale/values.h"

#include <map>

namespace emulator::autoscale {

/// A target and its older name. If both are assigned, the full name wins.
struct TargetVariable {
  std::int32_t present = 0;
  std::optional<double> assigned;
  std::optional<double> assigned_by_alias;
  [[nodiscard]] double value() const { return assigned.value_or(assigned_by_alias.value_or(present)); }
};

class Evaluator {
 public:
  explicit Evaluator(const Situation& situation);
  Evaluation run(const std::vector<Statement>& statements);

 private:
  base::Result<void> execute(const Statement& statement);
  base::Result<void> assign(const Statement& statement, Value value);
  base::Result<Value> value_of(const Expression& expression);
  base::Result<bool> truth_of(const Expression& expression);
  base::Result<Arguments> values_of(const std::vector<ExpressionPtr>& expressions);

  base::Result<Value> eval(Position at, const NumberLiteral& literal);
  base::Result<Value> eval(Position at, const TextLiteral& literal);
  base::Result<Value> eval(Position at, const Name& name);
  base::Result<Value> eval(Position at, const Unary& unary);
  base::Result<Value> eval(Position at, const Chain& chain);
  base::Result<Value> eval(Position at, const Logical& logical);
  base::Result<Value> eval(Position at, const Conditional& conditional);
  base::Result<Value> eval(Position at, const Call& call);
  base::Result<Value> eval(Position at, const MethodCall& call);
  base::Result<Value> eval(Position at, const Member& member);

  [[nodiscard]] std::string results(const Evaluation& evaluation);

  const Situation& situation_;
  Workspace workspace_;
  TargetVariable dedicated_;
  TargetVariable low_priority_;
  DeallocationOption deallocation_ = DeallocationOption::requeue;
  std::map<std::string, Value, std::less<>> variables_;
};

}  // namespace emulator::autoscale
