// What jobs and job schedules must satisfy beyond their shape.
#include "wire/batch/checks.h"
#include "wire/batch/errors.h"
#include "wire/batch/schema.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace wire::batch {
namespace {

using nlohmann::json;

class JobCheckTest : public testing::Test {
 protected:
  static std::string told(const base::Error& error) {
    std::string property = error.details.empty() ? "" : " " + error.details[0].value;
    return std::string(name_of(code_of(error))) + property;
  }
  std::string outcome() const {
    auto canonical = validate(Version::v19_0, RequestType::job_add, job_);
    if (canonical.has_error()) return told(canonical.error());
    auto checked = check_job_add(*canonical);
    return checked ? "" : told(checked.error());
  }
  json auto_pool() const {
    return json::parse(R"({"autoPoolIdPrefix":"a","poolLifetimeOption":"job","pool":{"vmSize":"standard_a1_v2",
      "virtualMachineConfiguration":{"imageReference":{"virtualMachineImageId":"/x"},
      "nodeAgentSKUId":"batch.node.ubuntu 22.04"}}})");
  }

  json job_ = {{"id", "j"}, {"poolInfo", {{"poolId", "p"}}}};
};

TEST_F(JobCheckTest, SmallestJobIsAccepted) {
  EXPECT_EQ(outcome(), "");
}

TEST_F(JobCheckTest, ExactlyOnePool) {
  job_["poolInfo"]["autoPoolSpecification"] = auto_pool();
  EXPECT_EQ(outcome(), "InvalidPropertyValue poolInfo");
  job_["poolInfo"].erase("poolId");
  EXPECT_EQ(outcome(), "");
  job_["poolInfo"] = json::object();
  EXPECT_EQ(outcome(), "InvalidPropertyValue poolInfo");
}

TEST_F(JobCheckTest, AutoPoolIsCheckedLikeAPool) {
  job_["poolInfo"] = {{"autoPoolSpecification", auto_pool()}};
  job_["poolInfo"]["autoPoolSpecification"]["pool"]["taskSlotsPerNode"] = 99;
  EXPECT_EQ(outcome(), "InvalidPropertyValue taskSlotsPerNode");
}

TEST_F(JobCheckTest, LifetimeJobScheduleIsOnlyForSchedules) {
  job_["poolInfo"] = {{"autoPoolSpecification", auto_pool()}};
  job_["poolInfo"]["autoPoolSpecification"]["poolLifetimeOption"] = "JobSchedule";
  EXPECT_EQ(outcome(), "InvalidPropertyValue poolLifetimeOption");
  json schedule = {{"id", "s"}, {"schedule", json::object()}, {"jobSpecification", {{"poolInfo", job_["poolInfo"]}}}};
  auto canonical = validate(Version::v19_0, RequestType::job_schedule_add, schedule);
  EXPECT_TRUE(check_job_schedule_add(canonical.value()));
}

TEST_F(JobCheckTest, ParallelTasksArePositiveOrMinusOne) {
  for (int good : {-1, 1, 5}) {
    job_["maxParallelTasks"] = good;
    EXPECT_EQ(outcome(), "");
  }
  for (int bad : {0, -2}) {
    job_["maxParallelTasks"] = bad;
    EXPECT_EQ(outcome(), "InvalidPropertyValue maxParallelTasks");
  }
}

TEST_F(JobCheckTest, ReleaseTaskNeedsAPreparationTaskAndEndsIn15Minutes) {
  job_["jobReleaseTask"] = {{"commandLine", "x"}};
  EXPECT_EQ(outcome(), "InvalidPropertyValue jobReleaseTask");
  job_["jobPreparationTask"] = {{"commandLine", "x"}};
  EXPECT_EQ(outcome(), "");
  job_["jobReleaseTask"]["maxWallClockTime"] = "PT15M1S";
  EXPECT_EQ(outcome(), "InvalidPropertyValue maxWallClockTime");
}

TEST_F(JobCheckTest, SpecialTasksHaveDifferentIds) {
  job_["jobPreparationTask"] = {{"commandLine", "x"}};
  job_["jobManagerTask"] = {{"id", "JobPreparation"}, {"commandLine", "x"}};
  EXPECT_EQ(outcome(), "TaskIdSameAsJobPreparationTask");
}

TEST_F(JobCheckTest, EnvironmentNamesAreChecked) {
  job_["commonEnvironmentSettings"] = {{{"name", "A=B"}, {"value", "x"}}};
  EXPECT_EQ(outcome(), "InvalidPropertyValue name");
}

TEST_F(JobCheckTest, ScheduleTimesAreAtLeastAMinute) {
  for (auto name : {"startWindow", "recurrenceInterval"}) {
    EXPECT_TRUE(check_job_schedule_patch({{"schedule", {{name, "PT1M"}}}}));
    EXPECT_EQ(check_job_schedule_patch({{"schedule", {{name, "PT59S"}}}}).error().code,
              ErrorCode::InvalidPropertyValue);
  }
}

}  // namespace
}  // namespace wire::batch
