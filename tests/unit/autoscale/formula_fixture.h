// A pool as a formula sees it, in the test's hand: targets, time, and samples that end now.
#pragma once

#include "emulator/autoscale/formula.h"
#include "wire/batch/errors.h"
#include "wire/time_text.h"

#include <gtest/gtest.h>
#include <map>
#include <string>
#include <vector>

namespace emulator::autoscale {

using namespace std::chrono_literals;
using wire::batch::DeallocationOption;

class FormulaTest : public ::testing::Test {
 protected:
  /// The last samples, the newest taken `age` ago.
  void samples(Metric metric, const std::vector<double>& values, base::Ticks age = base::Ticks{0}) {
    auto& list = samples_[metric];
    list.clear();
    base::Timestamp at = now_ - age - kSamplePeriod * (static_cast<int>(values.size()) - 1);
    for (const double value : values) {
      list.push_back({.at = at, .value = value});
      at += kSamplePeriod;
    }
  }
  void samples(Metric metric, std::size_t count, double value) { samples(metric, std::vector<double>(count, value)); }
  void at(const std::string& time) { now_ = wire::parse_timestamp(time).value(); }

  Evaluation evaluate(const std::string& text) {
    const auto formula = Formula::parse(text);
    if (formula.has_error()) {
      ADD_FAILURE() << text << ": " << formula.error().details.at(0).value;
      return {};
    }
    Situation situation;
    situation.now = now_;
    situation.target_dedicated = target_;
    situation.target_low_priority = target_low_priority_;
    situation.samples = [this](Metric metric, base::Timestamp after, base::Timestamp until) {
      std::vector<Sample> found;
      for (const Sample& sample : samples_[metric]) {
        if (sample.at > after && sample.at <= until) found.push_back(sample);
      }
      return found;
    };
    situation.current = [this](Metric metric) { return current_[metric]; };
    situation.random_seed = 7;
    return formula->evaluate(situation);
  }
  /// The dedicated target that the formula sets.
  std::int32_t target_of(const std::string& text) {
    const auto evaluation = evaluate(text);
    EXPECT_FALSE(evaluation.error) << text << ": " << evaluation.error->detail;
    return evaluation.target_dedicated;
  }
  /// What `x` is in the results.
  std::string value_of(const std::string& expression) {
    const auto evaluation = evaluate("x = " + expression + ";");
    EXPECT_FALSE(evaluation.error) << expression << ": " << evaluation.error->detail;
    const auto place = evaluation.results.find(";$x=");
    return place == std::string::npos ? "nothing" : evaluation.results.substr(place + 4);
  }
  /// The detail of the error that the formula ends in.
  std::string trouble_of(const std::string& text) {
    const auto evaluation = evaluate(text);
    if (!evaluation.error) {
      ADD_FAILURE() << text << ": " << evaluation.results;
      return {};
    }
    return evaluation.error->detail;
  }
  static std::error_code refusal_of(const std::string& text) {
    const auto formula = Formula::parse(text);
    return formula.has_error() ? formula.error().code : std::error_code{};
  }

  base::Timestamp now_ = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
  std::int32_t target_ = 0;
  std::int32_t target_low_priority_ = 0;
  std::map<Metric, std::vector<Sample>> samples_;
  std::map<Metric, double> current_;
};

}  // namespace emulator::autoscale
