#include "emulator/autoscale/functions.h"

#include "wire/time_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

namespace emulator::autoscale {
namespace {

using base::Result;
using Numbers = std::vector<double>;

/// Of a doubleVecList, which has at least one element; all but len and sum need at least one number.
using ListFunction = double (*)(const Numbers& numbers);
using NumberFunction = double (*)(double number);

double average(const Numbers& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), 0.0) / static_cast<double>(numbers.size());
}
double total(const Numbers& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), 0.0);
}
double length(const Numbers& numbers) {
  return static_cast<double>(numbers.size());
}
double greatest(const Numbers& numbers) {
  return *std::ranges::max_element(numbers);
}
double least(const Numbers& numbers) {
  return *std::ranges::min_element(numbers);
}
double range(const Numbers& numbers) {
  return greatest(numbers) - least(numbers);
}
double two_norm(const Numbers& numbers) {
  double squares = 0;
  for (const double number : numbers) squares += number * number;
  return std::sqrt(squares);
}
/// Of a sample; of one number 0 (inferred).
double deviation(const Numbers& numbers) {
  if (numbers.size() < 2) return 0;
  const double middle = average(numbers);
  double squares = 0;
  for (const double number : numbers) squares += (number - middle) * (number - middle);
  return std::sqrt(squares / static_cast<double>(numbers.size() - 1));
}

struct NamedListFunction {
  std::string_view name;
  ListFunction function;
  bool takes_none;
};
constexpr auto kListFunctions = std::to_array<NamedListFunction>({{"avg", average, false},
                                                                  {"len", length, true},
                                                                  {"max", greatest, false},
                                                                  {"min", least, false},
                                                                  {"norm", two_norm, false},
                                                                  {"range", range, false},
                                                                  {"std", deviation, false},
                                                                  {"sum", total, true}});

double ceiling(double number) {
  return std::ceil(number);
}
double floored(double number) {
  return std::floor(number);
}
double rounded(double number) {
  return std::round(number);
}
double binary_logarithm(double number) {
  return std::log2(number);
}
double natural_logarithm(double number) {
  return std::log(number);
}
double decimal_logarithm(double number) {
  return std::log10(number);
}

struct NamedNumberFunction {
  std::string_view name;
  NumberFunction function;
};
constexpr auto kNumberFunctions = std::to_array<NamedNumberFunction>({{"ceil", ceiling},
                                                                      {"floor", floored},
                                                                      {"lg", binary_logarithm},
                                                                      {"ln", natural_logarithm},
                                                                      {"log", decimal_logarithm},
                                                                      {"round", rounded}});

struct Arity {
  std::string_view name;
  std::size_t least;
  std::size_t most;
};
constexpr auto kOtherFunctions =
    std::to_array<Arity>({{"percentile", 2, 2}, {"rand", 0, 0}, {"stop", 0, 0}, {"time", 0, 1}, {"val", 2, 2}});
constexpr auto kMethods = std::to_array<Arity>({{"Count", 0, 0},
                                                {"GetSample", 1, 3},
                                                {"GetSamplePercent", 1, 2},
                                                {"GetSamplePeriod", 0, 0},
                                                {"HistoryBeginTime", 0, 0}});

template <class Table>
const auto* find_in(const Table& table, std::string_view name) {
  const auto found = std::ranges::find_if(table, [&](const auto& entry) { return entry.name == name; });
  return found == table.end() ? nullptr : &*found;
}

Result<void> check_call(Position at, std::string_view kind, std::string_view name, std::optional<Arity> arity,
                        std::size_t arguments) {
  const std::string who = std::string(kind) + " " + std::string(name);
  if (!arity) return syntax_error(at, "there is no " + who);
  if (arguments >= arity->least && arguments <= arity->most) return {};
  return syntax_error(at, "the " + who + " does not take " + std::to_string(arguments) + " arguments");
}

/// All numbers of the arguments, vectors flattened (contract 8.2, doubleVecList).
Result<Numbers> flattened(Workspace& workspace, const Arguments& arguments) {
  Numbers numbers;
  for (const auto& [at, value] : arguments) {
    if (const auto* vector = std::get_if<Vector>(&value)) {
      RETURN_IF_ERROR(workspace.spend(at, (*vector)->size()));
      numbers.insert(numbers.end(), (*vector)->begin(), (*vector)->end());
    } else {
      ASSIGN_OR_RETURN(const double number, number_of(workspace, at, value));
      numbers.push_back(number);
    }
  }
  return numbers;
}

Result<Value> call_list_function(Workspace& workspace, Position at, const NamedListFunction& named,
                                 const Arguments& arguments) {
  ASSIGN_OR_RETURN(const Numbers numbers, flattened(workspace, arguments));
  // The contract leaves open what the average of nothing is.
  if (numbers.empty() && !named.takes_none) {
    return evaluation_error(at, std::string(named.name) + " of no values");
  }
  ASSIGN_OR_RETURN(const double number, finite(at, named.function(numbers)));
  return Value{number};
}

Result<Value> call_number_function(Workspace& workspace, Position at, NumberFunction function,
                                   const Argument& argument) {
  const auto* vector = std::get_if<Vector>(&argument.value);
  if (vector == nullptr) {
    ASSIGN_OR_RETURN(const double operand, number_of(workspace, argument.at, argument.value));
    ASSIGN_OR_RETURN(const double number, finite(at, function(operand)));
    return Value{number};
  }
  RETURN_IF_ERROR(workspace.spend(at, (*vector)->size()));
  Numbers results;
  results.reserve((*vector)->size());
  for (const double operand : **vector) {
    ASSIGN_OR_RETURN(const double number, finite(at, function(operand)));
    results.push_back(number);
  }
  return Value{std::make_shared<const Numbers>(std::move(results))};
}

/// A doubleVec; a double is one of a single element.
Result<Vector> vector_of(Workspace& workspace, const Argument& argument) {
  if (const auto* vector = std::get_if<Vector>(&argument.value)) return *vector;
  ASSIGN_OR_RETURN(const double number, number_of(workspace, argument.at, argument.value));
  return std::make_shared<const Numbers>(Numbers{number});
}

/// Between two elements on the straight line (the contract leaves the method open).
Result<Value> percentile(Workspace& workspace, Position at, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const Vector vector, vector_of(workspace, arguments[0]));
  ASSIGN_OR_RETURN(const double percent, number_of(workspace, arguments[1].at, arguments[1].value));
  if (vector->empty()) return evaluation_error(at, "percentile of no values");
  if (percent < 0 || percent > 100) return evaluation_error(arguments[1].at, "the percentage is not within 0 to 100");
  RETURN_IF_ERROR(workspace.spend(at, vector->size()));
  Numbers sorted = *vector;
  std::ranges::sort(sorted);
  const double place = percent / 100 * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double share = place - static_cast<double>(below);
  return Value{sorted[below] + (sorted[above] - sorted[below]) * share};
}

Result<Value> element(Workspace& workspace, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const Vector vector, vector_of(workspace, arguments[0]));
  ASSIGN_OR_RETURN(const double index, number_of(workspace, arguments[1].at, arguments[1].value));
  if (index < 0 || index >= static_cast<double>(vector->size())) {
    return evaluation_error(arguments[1].at, "the doubleVec has no element " + print_number(index) + "; it has " +
                                                 std::to_string(vector->size()));
  }
  return Value{(*vector)[static_cast<std::size_t>(index)]};
}

Result<Value> time(Workspace& workspace, const Arguments& arguments) {
  if (arguments.empty()) return Value{workspace.situation().now};
  const auto& [at, value] = arguments.front();
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return evaluation_error(at, "expected a string, found a " + std::string(type_name(value)));
  if (const auto parsed = wire::parse_timestamp(*text)) return Value{*parsed};
  if (const auto parsed = wire::parse_http_date(*text)) return Value{*parsed};
  return evaluation_error(at, "the text is no time: " + *text);
}

}  // namespace

Result<void> check_function_call(Position at, std::string_view function, std::size_t arguments) {
  std::optional<Arity> arity;
  if (find_in(kListFunctions, function) != nullptr) {
    arity = Arity{function, 1, std::numeric_limits<std::size_t>::max()};
  } else if (find_in(kNumberFunctions, function) != nullptr) {
    arity = Arity{function, 1, 1};
  } else if (const auto* other = find_in(kOtherFunctions, function)) {
    arity = *other;
  }
  return check_call(at, "function", function, arity, arguments);
}

Result<void> check_method_call(Position at, std::string_view method, std::size_t arguments) {
  const auto* found = find_in(kMethods, method);
  return check_call(at, "method", method, found == nullptr ? std::nullopt : std::optional(*found), arguments);
}

Result<Value> call_function(Workspace& workspace, Position at, std::string_view function, const Arguments& arguments) {
  if (const auto* list = find_in(kListFunctions, function)) {
    return call_list_function(workspace, at, *list, arguments);
  }
  if (const auto* number = find_in(kNumberFunctions, function)) {
    return call_number_function(workspace, at, number->function, arguments.front());
  }
  if (function == "percentile") return percentile(workspace, at, arguments);
  if (function == "rand") return Value{workspace.random()};
  if (function == "stop") return stopped();
  if (function == "time") return time(workspace, arguments);
  return element(workspace, arguments);
}

}  // namespace emulator::autoscale
