#include "emulator/autoscale/operators.h"

namespace emulator::autoscale {
namespace {

using base::Result;
using base::Timestamp;

std::string_view symbol_of(Operation operation) {
  switch (operation) {
    case Operation::add: return "+";
    case Operation::subtract: return "-";
    case Operation::multiply: return "*";
    case Operation::divide: return "/";
    case Operation::less: return "<";
    case Operation::less_equal: return "<=";
    case Operation::greater: return ">";
    case Operation::greater_equal: return ">=";
    case Operation::equal: return "==";
    case Operation::not_equal: return "!=";
  }
  return {};
}

bool is_comparison(Operation operation) {
  return operation >= Operation::less;
}

base::Error no_such_operator(Position at, Operation operation, const Value& left, const Value& right) {
  return evaluation_error(at, "there is no operator " + std::string(symbol_of(operation)) + " for a " +
                                  std::string(type_name(left)) + " and a " + std::string(type_name(right)));
}

/// Division by zero is an error (the contract leaves it open): an infinite number of nodes helps nobody.
Result<double> arithmetic(Position at, Operation operation, double left, double right) {
  switch (operation) {
    case Operation::add: return finite(at, left + right);
    case Operation::subtract: return finite(at, left - right);
    case Operation::multiply: return finite(at, left * right);
    case Operation::divide:
      if (right == 0) return evaluation_error(at, "division by zero");
      return finite(at, left / right);
    case Operation::less:
    case Operation::less_equal:
    case Operation::greater:
    case Operation::greater_equal:
    case Operation::equal:
    case Operation::not_equal: break;
  }
  return evaluation_error(at, "not an arithmetic operator");
}

template <class T>
double compare(Operation operation, const T& left, const T& right) {
  switch (operation) {
    case Operation::less: return left < right ? 1 : 0;
    case Operation::less_equal: return left <= right ? 1 : 0;
    case Operation::greater: return left > right ? 1 : 0;
    case Operation::greater_equal: return left >= right ? 1 : 0;
    case Operation::equal: return left == right ? 1 : 0;
    case Operation::not_equal: return left != right ? 1 : 0;
    case Operation::add:
    case Operation::subtract:
    case Operation::multiply:
    case Operation::divide: break;
  }
  return 0;
}

Result<Value> combine_vector(Workspace& workspace, Position at, Operation operation, const std::vector<double>& left,
                             const Value& right) {
  const auto* vector = std::get_if<Vector>(&right);
  if (vector != nullptr && (*vector)->size() != left.size()) {
    return evaluation_error(at, "the two doubleVecs have " + std::to_string(left.size()) + " and " +
                                    std::to_string((*vector)->size()) + " elements");
  }
  RETURN_IF_ERROR(workspace.spend(at, left.size()));
  std::vector<double> result;
  result.reserve(left.size());
  for (std::size_t i = 0; i < left.size(); ++i) {
    const double operand = vector != nullptr ? (**vector)[i] : std::get<double>(right);
    ASSIGN_OR_RETURN(const double element, arithmetic(at, operation, left[i], operand));
    result.push_back(element);
  }
  return Value{std::make_shared<const std::vector<double>>(std::move(result))};
}

Result<Value> scaled(Position at, Operation operation, Interval interval, double factor) {
  ASSIGN_OR_RETURN(const double ticks, arithmetic(at, operation, static_cast<double>(interval.count()), factor));
  ASSIGN_OR_RETURN(const Interval result, interval_of(at, ticks));
  return Value{result};
}

Result<Value> added(Position at, Interval left, Interval right, bool subtract) {
  std::int64_t sum = 0;
  const bool overflow = subtract ? __builtin_sub_overflow(left.count(), right.count(), &sum)
                                 : __builtin_add_overflow(left.count(), right.count(), &sum);
  if (overflow) return evaluation_error(at, "the timeinterval is out of range");
  return Value{Interval{sum}};
}

/// Times and intervals; nothing when the pair is not in the table.
Result<std::optional<Value>> combine_times(Position at, Operation operation, const Value& left, const Value& right) {
  const auto* interval = std::get_if<Interval>(&left);
  const auto* other_interval = std::get_if<Interval>(&right);
  const auto* time = std::get_if<Timestamp>(&left);
  const auto* other_time = std::get_if<Timestamp>(&right);
  const auto* number = std::get_if<double>(&left);
  const auto* other_number = std::get_if<double>(&right);
  Result<Value> result = Value{};
  if (number != nullptr && other_interval != nullptr && operation == Operation::multiply) {
    result = scaled(at, operation, *other_interval, *number);
  } else if (interval != nullptr && other_number != nullptr &&
             (operation == Operation::multiply || operation == Operation::divide)) {
    result = scaled(at, operation, *interval, *other_number);
  } else if (interval != nullptr && other_interval != nullptr &&
             (operation == Operation::add || operation == Operation::subtract)) {
    result = added(at, *interval, *other_interval, operation == Operation::subtract);
  } else if (time != nullptr && other_time != nullptr && operation == Operation::subtract) {
    return std::optional<Value>{*time - *other_time};
  } else if (operation == Operation::add &&
             ((interval != nullptr && other_time != nullptr) || (time != nullptr && other_interval != nullptr))) {
    ASSIGN_OR_RETURN(const Timestamp sum, shifted(at, time != nullptr ? *time : *other_time,
                                                  interval != nullptr ? *interval : *other_interval));
    return std::optional<Value>{sum};
  } else {
    return std::optional<Value>{};
  }
  if (result.has_error()) return std::move(result).error();
  return std::optional<Value>{std::move(*result)};
}

Result<Value> compare_values(Position at, Operation operation, const Value& left, const Value& right) {
  if (left.index() != right.index()) return no_such_operator(at, operation, left, right);
  if (const auto* number = std::get_if<double>(&left)) {
    return Value{compare(operation, *number, std::get<double>(right))};
  }
  if (const auto* text = std::get_if<std::string>(&left)) {
    return Value{compare(operation, *text, std::get<std::string>(right))};
  }
  if (const auto* time = std::get_if<Timestamp>(&left)) {
    return Value{compare(operation, *time, std::get<Timestamp>(right))};
  }
  if (const auto* interval = std::get_if<Interval>(&left)) {
    return Value{compare(operation, *interval, std::get<Interval>(right))};
  }
  return no_such_operator(at, operation, left, right);
}

/// A samples object in arithmetic stands for its latest value (contract 8.3).
Result<Value> without_metric(Workspace& workspace, Position at, const Value& value) {
  if (!std::holds_alternative<Metric>(value)) return value;
  ASSIGN_OR_RETURN(const double number, number_of(workspace, at, value));
  return Value{number};
}

}  // namespace

Result<Value> apply_unary(Workspace& workspace, Position at, char operation, const Value& operand) {
  if (const auto* interval = std::get_if<Interval>(&operand); interval != nullptr && operation == '-') {
    return added(at, Interval::zero(), *interval, true);
  }
  ASSIGN_OR_RETURN(const double number, number_of(workspace, at, operand));
  if (operation == '!') return Value{number == 0 ? 1.0 : 0.0};
  return Value{-number};
}

Result<Value> apply_binary(Workspace& workspace, Position at, Operation operation, const Value& left_value,
                           const Value& right_value) {
  ASSIGN_OR_RETURN(const Value left, without_metric(workspace, at, left_value));
  ASSIGN_OR_RETURN(const Value right, without_metric(workspace, at, right_value));
  if (is_comparison(operation)) return compare_values(at, operation, left, right);
  const bool right_counts = std::holds_alternative<double>(right) || std::holds_alternative<Vector>(right);
  if (const auto* vector = std::get_if<Vector>(&left); vector != nullptr && right_counts) {
    return combine_vector(workspace, at, operation, **vector, right);
  }
  if (std::holds_alternative<double>(left) && std::holds_alternative<double>(right)) {
    ASSIGN_OR_RETURN(const double number, arithmetic(at, operation, std::get<double>(left), std::get<double>(right)));
    return Value{number};
  }
  ASSIGN_OR_RETURN(auto combined, combine_times(at, operation, left, right));
  if (combined) return std::move(*combined);
  return no_such_operator(at, operation, left, right);
}

}  // namespace emulator::autoscale
