#include "emulator/autoscale/evaluate.h"

#include "emulator/autoscale/operators.h"

#include <array>
#include <cmath>
#include <limits>

namespace emulator::autoscale {
namespace {

using base::Result;

constexpr std::string_view kDedicated = "$TargetDedicatedNodes";
constexpr std::string_view kDedicatedAlias = "$TargetDedicated";
constexpr std::string_view kLowPriority = "$TargetLowPriorityNodes";
constexpr std::string_view kLowPriorityAlias = "$TargetLowPriority";
constexpr std::string_view kDeallocation = "$NodeDeallocationOption";

struct NamedInterval {
  std::string_view name;
  Interval interval;
};
constexpr auto kIntervals = std::to_array<NamedInterval>({{"TimeInterval_Zero", Interval{0}},
                                                          {"TimeInterval_100ns", Interval{1}},
                                                          {"TimeInterval_Microsecond", std::chrono::microseconds{1}},
                                                          {"TimeInterval_Millisecond", std::chrono::milliseconds{1}},
                                                          {"TimeInterval_Second", std::chrono::seconds{1}},
                                                          {"TimeInterval_Minute", std::chrono::minutes{1}},
                                                          {"TimeInterval_Hour", std::chrono::hours{1}},
                                                          {"TimeInterval_Day", std::chrono::days{1}},
                                                          {"TimeInterval_Week", std::chrono::weeks{1}},
                                                          {"TimeInterval_Year", std::chrono::days{365}}});

/// Fractions are cut off, negative numbers are 0 (contract 8.5).
std::int32_t nodes_of(double target) {
  constexpr double kMost = std::numeric_limits<std::int32_t>::max();
  return static_cast<std::int32_t>(std::trunc(std::clamp(target, 0.0, kMost)));
}

EvaluationError error_of(const base::Error& error) {
  // The first text is the service's; that of the second is ours, since the contract does not have it.
  if (error.code == base::Errc::unavailable) {
    return {.code = "InsufficientSampleData",
            .message = "Autoscale evaluation failed due to insufficient sample data",
            .detail = error.message};
  }
  return {.code = "AutoScalingFormulaEvaluationError",
          .message = "Autoscale evaluation failed due to an error in the formula",
          .detail = error.message};
}

}  // namespace

Evaluator::Evaluator(const Situation& situation)
    : situation_(situation),
      workspace_(situation),
      dedicated_{.present = situation.target_dedicated},
      low_priority_{.present = situation.target_low_priority} {}

Evaluation Evaluator::run(const std::vector<Statement>& statements) {
  Result<void> outcome{};
  for (const Statement& statement : statements) {
    outcome = execute(statement);
    if (outcome.has_error()) break;
  }
  Evaluation evaluation;
  if (outcome.has_error() && outcome.error().code != base::Errc::cancelled) {
    evaluation.error = error_of(outcome.error());
    evaluation.target_dedicated = situation_.target_dedicated;
    evaluation.target_low_priority = situation_.target_low_priority;
  } else {
    evaluation.target_dedicated = nodes_of(dedicated_.value());
    evaluation.target_low_priority = nodes_of(low_priority_.value());
    evaluation.deallocation = deallocation_;
  }
  evaluation.results = results(evaluation);
  return evaluation;
}

Result<void> Evaluator::execute(const Statement& statement) {
  if (statement.joined) return evaluation_error(statement.at, "a ';' is missing before " + statement.target);
  ASSIGN_OR_RETURN(Value value, value_of(*statement.value));
  if (statement.target.empty()) return {};
  return assign(statement, std::move(value));
}

Result<void> Evaluator::assign(const Statement& statement, Value value) {
  const std::string& name = statement.target;
  for (auto* target : {&dedicated_, &low_priority_}) {
    const bool full = name == (target == &dedicated_ ? kDedicated : kLowPriority);
    if (!full && name != (target == &dedicated_ ? kDedicatedAlias : kLowPriorityAlias)) continue;
    ASSIGN_OR_RETURN(const double number, number_of(workspace_, statement.at, value));
    (full ? target->assigned : target->assigned_by_alias) = number;
    return {};
  }
  if (name == kDeallocation) {
    const auto* option = std::get_if<DeallocationOption>(&value);
    if (option == nullptr) {
      return evaluation_error(statement.at, "expected a deallocation option, found a " + std::string(type_name(value)));
    }
    deallocation_ = *option;
    return {};
  }
  if (metric_named(name)) return evaluation_error(statement.at, name + " cannot be assigned");
  variables_.insert_or_assign(name, std::move(value));
  return {};
}

Result<Value> Evaluator::value_of(const Expression& expression) {
  RETURN_IF_ERROR(workspace_.spend(expression.at, 1));
  return std::visit([&](const auto& what) { return eval(expression.at, what); }, expression.what);
}

Result<bool> Evaluator::truth_of(const Expression& expression) {
  ASSIGN_OR_RETURN(const Value value, value_of(expression));
  ASSIGN_OR_RETURN(const double number, number_of(workspace_, expression.at, value));
  return number != 0;
}

Result<Arguments> Evaluator::values_of(const std::vector<ExpressionPtr>& expressions) {
  Arguments arguments;
  for (const auto& expression : expressions) {
    ASSIGN_OR_RETURN(Value value, value_of(*expression));
    arguments.push_back({.at = expression->at, .value = std::move(value)});
  }
  return arguments;
}

Result<Value> Evaluator::eval(Position, const NumberLiteral& literal) {
  return Value{literal.value};
}

Result<Value> Evaluator::eval(Position, const TextLiteral& literal) {
  return Value{literal.value};
}

Result<Value> Evaluator::eval(Position at, const Name& name) {
  const std::string_view text = name.name;
  if (text == kDedicated) return Value{dedicated_.value()};
  if (text == kLowPriority) return Value{low_priority_.value()};
  if (text == kDedicatedAlias) return Value{dedicated_.assigned_by_alias.value_or(dedicated_.value())};
  if (text == kLowPriorityAlias) return Value{low_priority_.assigned_by_alias.value_or(low_priority_.value())};
  if (text == kDeallocation) return Value{deallocation_};
  if (const auto metric = metric_named(text)) return Value{*metric};
  if (const auto found = variables_.find(text); found != variables_.end()) return found->second;
  for (const auto& [known, interval] : kIntervals) {
    if (known == text) return Value{interval};
  }
  for (std::size_t i = 0; i < wire::batch::kCount<DeallocationOption>; ++i) {
    const auto option = static_cast<DeallocationOption>(i);
    if (wire::batch::name_of(option) == text) return Value{option};
  }
  return evaluation_error(at, "the variable " + std::string(text) + " is not defined");
}

Result<Value> Evaluator::eval(Position at, const Unary& unary) {
  ASSIGN_OR_RETURN(const Value operand, value_of(*unary.operand));
  return apply_unary(workspace_, at, unary.operation, operand);
}

Result<Value> Evaluator::eval(Position, const Chain& chain) {
  ASSIGN_OR_RETURN(Value result, value_of(*chain.first));
  for (const auto& link : chain.links) {
    ASSIGN_OR_RETURN(const Value operand, value_of(*link.operand));
    ASSIGN_OR_RETURN(result, apply_binary(workspace_, link.at, link.operation, result, operand));
  }
  return result;
}

Result<Value> Evaluator::eval(Position, const Logical& logical) {
  for (const auto& operand : logical.operands) {
    ASSIGN_OR_RETURN(const bool truth, truth_of(*operand));
    if (truth != logical.all) return Value{logical.all ? 0.0 : 1.0};
  }
  return Value{logical.all ? 1.0 : 0.0};
}

Result<Value> Evaluator::eval(Position, const Conditional& conditional) {
  ASSIGN_OR_RETURN(const bool truth, truth_of(*conditional.condition));
  return value_of(truth ? *conditional.yes : *conditional.no);
}

Result<Value> Evaluator::eval(Position at, const Call& call) {
  ASSIGN_OR_RETURN(const Arguments arguments, values_of(call.arguments));
  return call_function(workspace_, at, call.function, arguments);
}

Result<Value> Evaluator::eval(Position at, const MethodCall& call) {
  ASSIGN_OR_RETURN(const Value object, value_of(*call.object));
  ASSIGN_OR_RETURN(const Arguments arguments, values_of(call.arguments));
  return call_method(workspace_, at, object, call.method, arguments);
}

Result<Value> Evaluator::eval(Position at, const Member& member) {
  ASSIGN_OR_RETURN(const Value object, value_of(*member.object));
  return member_of(at, object, member.name);
}

}  // namespace emulator::autoscale
