#include "emulator/autoscale/values.h"

#include "wire/time_text.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace emulator::autoscale {
namespace {

struct MetricName {
  std::string_view name;
  Metric metric;
};
/// The first name of a metric is the one it is called by; the others are those of older formulas.
constexpr auto kMetrics = std::to_array<MetricName>({
    {"$ActiveTasks", Metric::active_tasks},
    {"$RunningTasks", Metric::running_tasks},
    {"$PendingTasks", Metric::pending_tasks},
    {"$SucceededTasks", Metric::succeeded_tasks},
    {"$FailedTasks", Metric::failed_tasks},
    {"$TaskSlotsPerNode", Metric::task_slots_per_node},
    {"$MaxTasksPerNode", Metric::task_slots_per_node},
    {"$CurrentDedicatedNodes", Metric::current_dedicated_nodes},
    {"$CurrentDedicated", Metric::current_dedicated_nodes},
    {"$CurrentLowPriorityNodes", Metric::current_low_priority_nodes},
    {"$CurrentLowPriority", Metric::current_low_priority_nodes},
    {"$PreemptedNodeCount", Metric::preempted_node_count},
    {"$UsableNodeCount", Metric::usable_node_count},
    {"$CPUPercent", Metric::cpu_percent},
    {"$SampleNodeCount", Metric::sample_node_count},
    {"$WallClockSeconds", Metric::wall_clock_seconds},
    {"$MemoryBytes", Metric::memory_bytes},
    {"$DiskBytes", Metric::disk_bytes},
    {"$DiskReadBytes", Metric::disk_read_bytes},
    {"$DiskWriteBytes", Metric::disk_write_bytes},
    {"$DiskReadOps", Metric::disk_read_ops},
    {"$DiskWriteOps", Metric::disk_write_ops},
    {"$NetworkInBytes", Metric::network_in_bytes},
    {"$NetworkOutBytes", Metric::network_out_bytes},
});

const base::Timestamp kFirstTime{std::chrono::sys_days{std::chrono::year{1} / 1 / 1}.time_since_epoch()};
const base::Timestamp kEndOfTime{std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1}.time_since_epoch()};
constexpr std::size_t kElementsShown = 100;  ///< of a vector in `results`; ours
constexpr double kMostTicks = 9.2e18;

std::string two_digits(std::int64_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

/// With milliseconds, always (contract 8.8).
std::string print_time(base::Timestamp time) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(milliseconds);
  std::string text = wire::print_timestamp(base::Timestamp{seconds.time_since_epoch()});
  text.pop_back();
  const std::string fraction = std::to_string((milliseconds - seconds).count());
  return text + '.' + std::string(3 - fraction.size(), '0') + fraction + 'Z';
}

/// Days, hours, minutes, seconds: "1.02:03:04.5" (inferred: the contract shows no interval).
std::string print_interval(Interval interval) {
  const bool negative = interval < Interval::zero();
  auto ticks = static_cast<std::uint64_t>(interval.count());
  if (negative) ticks = ~ticks + 1;
  const auto part = [&](std::chrono::seconds unit) {
    const auto size = static_cast<std::uint64_t>(Interval{unit}.count());
    const std::uint64_t count = ticks / size;
    ticks %= size;
    return static_cast<std::int64_t>(count);
  };
  const std::int64_t days = part(std::chrono::days{1});
  const std::int64_t hours = part(std::chrono::hours{1});
  const std::int64_t minutes = part(std::chrono::minutes{1});
  const std::int64_t seconds = part(std::chrono::seconds{1});
  std::string text = negative ? "-" : "";
  if (days > 0) text += std::to_string(days) + '.';
  text += two_digits(hours) + ':' + two_digits(minutes) + ':' + two_digits(seconds);
  if (ticks == 0) return text;
  const std::string fraction = std::to_string(ticks);
  return text + '.' + std::string(7 - fraction.size(), '0') + fraction;
}

std::string print_vector(const std::vector<double>& elements) {
  std::string text = "[";
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (i > 0) text += ',';
    if (i == kElementsShown) {
      text += "...";
      break;
    }
    text += print_number(elements[i]);
  }
  return text + ']';
}

}  // namespace

std::string_view type_name(const Value& value) {
  constexpr auto kTypes = std::to_array<std::string_view>(
      {"double", "doubleVec", "string", "timestamp", "timeinterval", "deallocation option", "samples"});
  static_assert(kTypes.size() == std::variant_size_v<Value>);
  return kTypes[value.index()];
}

base::Result<void> Workspace::spend(Position at, std::size_t steps) {
  left_ -= static_cast<std::int64_t>(std::min<std::size_t>(steps, kMaxSteps + 1));
  if (left_ >= 0) return {};
  return evaluation_error(at, "the evaluation needs more than " + std::to_string(kMaxSteps) + " steps");
}

base::Result<std::vector<Sample>> Workspace::samples(Position at, Metric metric, base::Timestamp after,
                                                     base::Timestamp until) {
  std::vector<Sample> found = situation_.samples(metric, after, std::min(until, situation_.now));
  RETURN_IF_ERROR(spend(at, found.size()));
  return found;
}

base::Result<double> Workspace::latest(Position at, Metric metric) {
  // One sample is enough; whoever keeps the samples need not show the whole history for it.
  for (const auto span : {std::chrono::minutes{5}, std::chrono::minutes{60 * 24 * 366}}) {
    ASSIGN_OR_RETURN(const auto found, samples(at, metric, situation_.now - span, situation_.now));
    if (!found.empty()) return found.back().value;
  }
  return situation_.current(metric);
}

double Workspace::random() {
  // splitmix64
  random_ += 0x9E3779B97F4A7C15U;
  std::uint64_t bits = random_;
  bits = (bits ^ (bits >> 30U)) * 0xBF58476D1CE4E5B9U;
  bits = (bits ^ (bits >> 27U)) * 0x94D049BB133111EBU;
  bits ^= bits >> 31U;
  constexpr double kScale = 1.0 / 9007199254740992.0;  // 2^-53
  return static_cast<double>(bits >> 11U) * kScale;
}

base::Error evaluation_error(Position at, std::string_view what) {
  return {base::Errc::invalid_argument, at_position(at, what)};
}

base::Error insufficient_samples(Position at, Metric metric, double wanted_percent, double received_percent) {
  const auto percent = [](double number) { return print_number(std::round(number * 100) / 100) + "%"; };
  return {base::Errc::unavailable,
          at_position(at, "Insufficient data from data set: " + std::string(name_of(metric)) + " wanted " +
                              percent(wanted_percent) + ", received " + percent(received_percent))};
}

base::Error stopped() {
  return {base::Errc::cancelled, "stop()"};
}

base::Result<double> number_of(Workspace& workspace, Position at, const Value& value) {
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* metric = std::get_if<Metric>(&value)) return workspace.latest(at, *metric);
  return evaluation_error(at, "expected a double, found a " + std::string(type_name(value)));
}

base::Result<double> finite(Position at, double number) {
  if (std::isfinite(number)) return number;
  return evaluation_error(at, "the result is not a number");
}

base::Result<Interval> interval_of(Position at, double ticks) {
  if (std::abs(ticks) <= kMostTicks) return Interval{static_cast<std::int64_t>(std::llround(ticks))};
  return evaluation_error(at, "the timeinterval is out of range");
}

base::Result<base::Timestamp> shifted(Position at, base::Timestamp time, Interval by) {
  const bool fits = by >= Interval::zero() ? by < kEndOfTime - time : by >= kFirstTime - time;
  if (fits) return time + by;
  return evaluation_error(at, "the timestamp is out of range");
}

std::string_view name_of(Metric metric) {
  for (const auto& [name, named] : kMetrics) {
    if (named == metric) return name;
  }
  return {};
}

std::optional<Metric> metric_named(std::string_view name) {
  for (const auto& [known, metric] : kMetrics) {
    if (known == name) return metric;
  }
  return std::nullopt;
}

std::string print_number(double number) {
  if (number == 0) return "0";  // not "-0"
  std::array<char, 32> text{};
  const int size = std::snprintf(text.data(), text.size(), "%.15g", number);
  return {text.data(), static_cast<std::size_t>(size)};
}

base::Result<std::string> print(Workspace& workspace, const Value& value) {
  struct Printer {
    Workspace& workspace;
    base::Result<std::string> operator()(double number) const { return print_number(number); }
    base::Result<std::string> operator()(const Vector& vector) const { return print_vector(*vector); }
    base::Result<std::string> operator()(const std::string& text) const { return text; }
    base::Result<std::string> operator()(base::Timestamp time) const { return print_time(time); }
    base::Result<std::string> operator()(Interval interval) const { return print_interval(interval); }
    base::Result<std::string> operator()(DeallocationOption option) const {
      return std::string(wire::batch::name_of(option));
    }
    base::Result<std::string> operator()(Metric metric) const {
      ASSIGN_OR_RETURN(const double latest, workspace.latest({}, metric));
      return print_number(latest);
    }
  };
  return std::visit(Printer{workspace}, value);
}

}  // namespace emulator::autoscale
