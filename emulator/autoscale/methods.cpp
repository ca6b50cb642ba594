// What samples objects and timestamps offer behind a dot (contract 8.2, 8.6).
#include "emulator/autoscale/functions.h"

#include <algorithm>

namespace emulator::autoscale {
namespace {

using base::Result;
using base::Timestamp;

/// (after, until]: a range whose length is a multiple of the period then holds as many sampling times as periods.
struct Range {
  Timestamp after;
  Timestamp until;
};

bool is_look_back(const Value& value) {
  return std::holds_alternative<Interval>(value) || std::holds_alternative<Timestamp>(value);
}

/// A point of time: itself, or that long ago.
Result<Timestamp> point(const Workspace& workspace, const Argument& argument) {
  if (const auto* time = std::get_if<Timestamp>(&argument.value)) return *time;
  if (const auto* interval = std::get_if<Interval>(&argument.value)) {
    if (*interval == Interval::min()) return evaluation_error(argument.at, "the timeinterval is out of range");
    return shifted(argument.at, workspace.situation().now, -*interval);
  }
  return evaluation_error(argument.at,
                          "expected a timeinterval or a timestamp, found a " + std::string(type_name(argument.value)));
}

/// From the first point until the second, or until now; which of two points is earlier does not matter.
Result<Range> range_of(const Workspace& workspace, const Argument& start, const Argument* end) {
  ASSIGN_OR_RETURN(const Timestamp first, point(workspace, start));
  Timestamp second = workspace.situation().now;
  if (end != nullptr) {
    ASSIGN_OR_RETURN(second, point(workspace, *end));
  }
  return Range{.after = std::min(first, second), .until = std::max(first, second)};
}

/// Available of possible samples, 0 to 100.
double percent_of(std::size_t available, const Range& range) {
  const double possible =
      static_cast<double>((range.until - range.after).count()) / static_cast<double>(Interval{kSamplePeriod}.count());
  if (possible <= 0) return 0;
  return std::min(100.0, static_cast<double>(available) / possible * 100);
}

Value values_of(const std::vector<Sample>& samples, std::size_t from = 0) {
  std::vector<double> values;
  values.reserve(samples.size() - from);
  for (std::size_t i = from; i < samples.size(); ++i) values.push_back(samples[i].value);
  return std::make_shared<const std::vector<double>>(std::move(values));
}

Result<std::vector<Sample>> whole_history(Workspace& workspace, Position at, Metric metric) {
  return workspace.samples(at, metric, Timestamp::min(), workspace.situation().now);
}

/// However old they are; fewer when there are fewer, but not none.
Result<Value> latest_samples(Workspace& workspace, Position at, Metric metric, const Argument& count) {
  ASSIGN_OR_RETURN(const double wanted, number_of(workspace, count.at, count.value));
  if (wanted < 1) return evaluation_error(count.at, "the number of samples is less than 1");
  // Usually they are the last ones without a gap; only then the whole history need not be walked.
  const Timestamp now = workspace.situation().now;
  const double periods = std::min(wanted, 1e6) + 5;
  const auto near = now - kSamplePeriod * static_cast<std::int64_t>(periods);
  ASSIGN_OR_RETURN(auto samples, workspace.samples(at, metric, near, now));
  if (static_cast<double>(samples.size()) < wanted) {
    ASSIGN_OR_RETURN(samples, whole_history(workspace, at, metric));
  }
  if (samples.empty()) return insufficient_samples(at, metric, 100, 0);
  const auto size = static_cast<double>(samples.size());
  return values_of(samples, wanted >= size ? 0 : samples.size() - static_cast<std::size_t>(wanted));
}

Result<Value> get_sample(Workspace& workspace, Position at, Metric metric, const Arguments& arguments) {
  if (arguments.size() == 1 && !is_look_back(arguments[0].value)) {
    return latest_samples(workspace, at, metric, arguments[0]);
  }
  const bool has_end = arguments.size() > 1 && is_look_back(arguments[1].value);
  const std::size_t points = has_end ? 2 : 1;
  ASSIGN_OR_RETURN(const Range range, range_of(workspace, arguments[0], has_end ? &arguments[1] : nullptr));
  std::optional<double> wanted;
  if (arguments.size() > points) {
    const auto& [percent_at, percent] = arguments[points];
    ASSIGN_OR_RETURN(wanted, number_of(workspace, percent_at, percent));
    if (arguments.size() > points + 1) return evaluation_error(percent_at, "expected a timeinterval or a timestamp");
  }
  ASSIGN_OR_RETURN(const auto samples, workspace.samples(at, metric, range.after, range.until));
  const double received = percent_of(samples.size(), range);
  if (wanted && received < *wanted) return insufficient_samples(at, metric, *wanted, received);
  return values_of(samples);
}

Result<Value> get_sample_percent(Workspace& workspace, Position at, Metric metric, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const Range range,
                   range_of(workspace, arguments[0], arguments.size() > 1 ? &arguments[1] : nullptr));
  ASSIGN_OR_RETURN(const auto samples, workspace.samples(at, metric, range.after, range.until));
  return Value{percent_of(samples.size(), range)};
}

}  // namespace

Result<Value> call_method(Workspace& workspace, Position at, const Value& object, std::string_view method,
                          const Arguments& arguments) {
  const auto* metric = std::get_if<Metric>(&object);
  if (metric == nullptr) {
    return evaluation_error(at, "a " + std::string(type_name(object)) + " has no method " + std::string(method));
  }
  if (method == "GetSample") return get_sample(workspace, at, *metric, arguments);
  if (method == "GetSamplePercent") return get_sample_percent(workspace, at, *metric, arguments);
  if (method == "GetSamplePeriod") return Value{Interval{kSamplePeriod}};
  ASSIGN_OR_RETURN(const auto samples, whole_history(workspace, at, *metric));
  if (method == "Count") return Value{static_cast<double>(samples.size())};
  if (samples.empty()) return insufficient_samples(at, *metric, 100, 0);
  return Value{samples.front().at};
}

Result<Value> member_of(Position at, const Value& object, std::string_view member) {
  const auto* time = std::get_if<Timestamp>(&object);
  if (time == nullptr) {
    return evaluation_error(at, "a " + std::string(type_name(object)) + " has no member " + std::string(member));
  }
  const auto day = std::chrono::floor<std::chrono::days>(*time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(*time - day)};
  if (member == "year") return Value{static_cast<double>(static_cast<int>(date.year()))};
  if (member == "month") return Value{static_cast<double>(static_cast<unsigned>(date.month()))};
  if (member == "day") return Value{static_cast<double>(static_cast<unsigned>(date.day()))};
  if (member == "weekday") return Value{static_cast<double>(std::chrono::weekday{day}.iso_encoding())};
  if (member == "hour") return Value{static_cast<double>(clock.hours().count())};
  if (member == "minute") return Value{static_cast<double>(clock.minutes().count())};
  if (member == "second") return Value{static_cast<double>(clock.seconds().count())};
  return evaluation_error(at, "a timestamp has no member " + std::string(member));
}

}  // namespace emulator::autoscale
