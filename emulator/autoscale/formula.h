// Formula: an autoscale formula of the Batch service (contract 8). Text goes in; with a pool's samples and targets, new
// targets come out, or why there are none.
//
// Formulas come from strangers. Size, statements and nesting are bounded by the parser, time and memory by the steps
// that an evaluation may take: there are no loops, and every element of every vector costs one step.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "wire/batch/vocabulary.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace emulator::autoscale {

inline constexpr std::size_t kMaxStatements = 100;        ///< contract 8.1
inline constexpr int kMaxDepth = 200;                     ///< ours: levels of nesting
inline constexpr std::int64_t kMaxSteps = 1'000'000;      ///< ours
inline constexpr std::chrono::seconds kSamplePeriod{30};  ///< contract 8.6

/// What can be asked for its samples (contract 8.5).
enum class Metric {
  active_tasks,
  running_tasks,
  pending_tasks,
  succeeded_tasks,
  failed_tasks,
  task_slots_per_node,
  current_dedicated_nodes,
  current_low_priority_nodes,
  preempted_node_count,
  usable_node_count,
  cpu_percent,
  sample_node_count,
  wall_clock_seconds,
  memory_bytes,
  disk_bytes,
  disk_read_bytes,
  disk_write_bytes,
  disk_read_ops,
  disk_write_ops,
  network_in_bytes,
  network_out_bytes,
};

struct Sample {
  base::Timestamp at{};
  double value = 0;
};

/// The pool at the moment of an evaluation.
struct Situation {
  base::Timestamp now{};
  std::int32_t target_dedicated = 0;
  std::int32_t target_low_priority = 0;
  /// The visible samples later than `after` and not later than `until`, oldest first.
  std::function<std::vector<Sample>(Metric metric, base::Timestamp after, base::Timestamp until)> samples;
  /// What the metric is now: what it stands for without a method while no sample is there.
  std::function<double(Metric metric)> current;
  std::uint64_t random_seed = 0;  ///< of rand()
};

/// `autoScaleRun.error` (contract 8.9): AutoScalingFormulaEvaluationError or InsufficientSampleData. `detail` is the
/// value "Message": line, column and what happened there.
struct EvaluationError {
  std::string code;
  std::string message;
  std::string detail;
};

/// After an error the targets are the pool's own, and the option is requeue.
struct Evaluation {
  std::int32_t target_dedicated = 0;
  std::int32_t target_low_priority = 0;
  wire::batch::DeallocationOption deallocation = wire::batch::DeallocationOption::requeue;
  std::string results;  ///< contract 8.8
  std::optional<EvaluationError> error;
};

struct Statement;

/// A formula that has been read. Copies share it.
class Formula {
 public:
  /// AutoScalingFormulaTooLong, AutoScalingFormulaSyntaxError; the second with a Reason that names line and column.
  static base::Result<Formula> parse(std::string_view text);
  [[nodiscard]] Evaluation evaluate(const Situation& situation) const;

 private:
  explicit Formula(std::vector<Statement> statements);
  std::shared_ptr<const std::vector<Statement>> statements_;
};

}  // namespace emulator::autoscale
