// Values: what expressions are worth (contract 8.2). Not for use outside this folder.
#pragma once

#include "base/clock.h"
#include "emulator/autoscale/formula.h"
#include "emulator/autoscale/lexer.h"
#include "wire/batch/vocabulary.h"

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace emulator::autoscale {

using wire::batch::DeallocationOption;
/// Shared, so that handing one on costs nothing.
using Vector = std::shared_ptr<const std::vector<double>>;
using Interval = base::Ticks;
/// A Metric is a samples object.
using Value = std::variant<double, Vector, std::string, base::Timestamp, Interval, DeallocationOption, Metric>;

/// As the contract names the type: "doubleVec".
std::string_view type_name(const Value& value);

/// What one evaluation works with, and what it may still use up.
class Workspace {
 public:
  explicit Workspace(const Situation& situation) : situation_(situation), random_(situation.random_seed) {}
  [[nodiscard]] const Situation& situation() const { return situation_; }
  /// Takes steps from the budget; an evaluation error when none are left.
  base::Result<void> spend(Position at, std::size_t steps);
  /// Visible samples in (after, until].
  base::Result<std::vector<Sample>> samples(Position at, Metric metric, base::Timestamp after, base::Timestamp until);
  /// What the metric is worth without a method: its latest sample, or what it is now while there is none.
  base::Result<double> latest(Position at, Metric metric);
  /// In [0, 1).
  double random();

 private:
  const Situation& situation_;
  std::int64_t left_ = kMaxSteps;
  std::uint64_t random_;
};

/// AutoScalingFormulaEvaluationError, InsufficientSampleData, and the end that stop() brings, as errors inside an
/// evaluation. The message is the detail.
base::Error evaluation_error(Position at, std::string_view what);
base::Error insufficient_samples(Position at, Metric metric, double wanted_percent, double received_percent);
base::Error stopped();

/// The value as a number: a double, or a metric's latest sample. Anything else is not what was expected.
base::Result<double> number_of(Workspace& workspace, Position at, const Value& value);
/// `number` itself unless it is infinite or not a number.
base::Result<double> finite(Position at, double number);
/// Ticks, if they fit; times between the years 1 and 9999.
base::Result<Interval> interval_of(Position at, double ticks);
base::Result<base::Timestamp> shifted(Position at, base::Timestamp time, Interval by);

/// "$PendingTasks".
std::string_view name_of(Metric metric);
std::optional<Metric> metric_named(std::string_view name);

/// As `results` shows them (contract 8.8).
std::string print_number(double number);
base::Result<std::string> print(Workspace& workspace, const Value& value);

}  // namespace emulator::autoscale
