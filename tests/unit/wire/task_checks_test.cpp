// What tasks must satisfy beyond their shape.
#include "wire/batch/checks.h"
#include "wire/batch/errors.h"
#include "wire/batch/limits.h"
#include "wire/batch/schema.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace wire::batch {
namespace {

using nlohmann::json;

class TaskCheckTest : public testing::Test {
 protected:
  static std::string told(const base::Error& error) {
    std::string property = error.details.empty() ? "" : " " + error.details[0].value;
    return std::string(name_of(code_of(error))) + property;
  }
  std::string outcome() const {
    auto canonical = validate(Version::v19_0, RequestType::task_add, task_);
    if (canonical.has_error()) return told(canonical.error());
    auto checked = check_task_add(*canonical);
    return checked ? "" : told(checked.error());
  }
  std::string outcome_for(const json& job) const {
    auto checked =
        check_task_for_job(Version::v19_0, validate(Version::v19_0, RequestType::task_add, task_).value(), job);
    return checked ? "" : told(checked.error());
  }

  json task_ = {{"id", "t"}, {"commandLine", "ffmpeg -i a b"}};
};

TEST_F(TaskCheckTest, TheArticlesTaskIsAccepted) {
  task_["resourceFiles"] = {{{"httpUrl", "https://x/a.mp4?sig=1"}, {"filePath", "a.mp4"}}};
  task_["outputFiles"] =
      json::parse(R"([{"filePattern":"a.mp3","destination":{"container":{"containerUrl":"https://x/o"}},
    "uploadOptions":{"uploadCondition":"taskSuccess"}}])");
  EXPECT_EQ(outcome(), "");
}

TEST_F(TaskCheckTest, ResourceFileHasExactlyOneSource) {
  task_["resourceFiles"] = {{{"filePath", "x"}}};
  EXPECT_EQ(outcome(), "InvalidPropertyValue resourceFiles");
  task_["resourceFiles"] = {{{"httpUrl", "u"}, {"storageContainerUrl", "u"}, {"filePath", "x"}}};
  EXPECT_EQ(outcome(), "InvalidPropertyValue resourceFiles");
  task_["resourceFiles"] = {{{"httpUrl", "u"}}};
  EXPECT_EQ(outcome(), "MissingRequiredProperty filePath");
  task_["resourceFiles"] = {{{"autoStorageContainerName", "c"}, {"blobPrefix", "p"}}};
  EXPECT_EQ(outcome(), "");
  task_["resourceFiles"] = {{{"autoStorageContainerName", "c"}, {"fileMode", "rwx"}}};
  EXPECT_EQ(outcome(), "InvalidPropertyValue fileMode");
}

TEST_F(TaskCheckTest, TooManyResourceFilesAreTooLarge) {
  json file = {{"httpUrl", "u"}, {"filePath", "x"}};
  task_["resourceFiles"] = json::array_t(10000, file);
  EXPECT_EQ(outcome(), "RequestEntityTooLarge");
}

TEST_F(TaskCheckTest, UserIdentityIsExactlyOne) {
  task_["userIdentity"] = {{"username", "u"}, {"autoUser", json::object()}};
  EXPECT_EQ(outcome(), "InvalidPropertyValue userIdentity");
  task_["userIdentity"] = json::object();
  EXPECT_EQ(outcome(), "InvalidPropertyValue userIdentity");
}

TEST_F(TaskCheckTest, CommandLineIsNotBlank) {
  task_["commandLine"] = " \t";
  EXPECT_EQ(outcome(), "InvalidPropertyValue commandLine");
}

TEST_F(TaskCheckTest, MultiInstanceTakesOneSlot) {
  task_["multiInstanceSettings"] = {{"numberOfInstances", 2}, {"coordinationCommandLine", "x"}};
  EXPECT_EQ(outcome(), "");
  task_["requiredSlots"] = 2;
  EXPECT_EQ(outcome(), "InvalidPropertyValue requiredSlots");
}

TEST_F(TaskCheckTest, DependenciesHaveLimits) {
  task_["dependsOn"] = {{"taskIds", {std::string(kMaxDependencyIdCharacters + 1, 'x')}}};
  EXPECT_EQ(outcome(), "TaskDependencyListTooLong");
  task_["dependsOn"] = {{"taskIdRanges", {{{"start", 2}, {"end", 1}}}}};
  EXPECT_EQ(outcome(), "InvalidPropertyValue taskIdRanges");
}

TEST_F(TaskCheckTest, DependenciesNeedTheJobsConsent) {
  task_["dependsOn"] = {{"taskIds", {"a"}}};
  EXPECT_EQ(outcome_for({{"id", "j"}}), "TaskDependenciesNotSpecifiedOnJob");
  EXPECT_EQ(outcome_for({{"usesTaskDependencies", true}}), "");
}

TEST_F(TaskCheckTest, IdsOfSpecialTasksAreTaken) {
  json job = {{"jobPreparationTask", json::object()}, {"jobReleaseTask", {{"id", "cleanup"}}}};
  task_["id"] = "JobPreparation";
  EXPECT_EQ(outcome_for(job), "TaskIdSameAsJobPreparationTask");
  task_["id"] = "cleanup";
  EXPECT_EQ(outcome_for(job), "TaskIdSameAsJobReleaseTask");
  task_["id"] = "jobrelease";
  EXPECT_EQ(outcome_for(job), "");
}

TEST_F(TaskCheckTest, JobActionNeedsAJobThatReacts) {
  task_["exitConditions"] = {{"exitCodes", {{{"code", 1}, {"exitOptions", {{"jobAction", "terminate"}}}}}}};
  EXPECT_EQ(outcome_for({{"onTaskFailure", "noaction"}}), "InvalidPropertyValue jobAction");
  EXPECT_EQ(outcome_for({{"onTaskFailure", "performexitoptionsjobaction"}}), "");
  task_["exitConditions"] = {{"default", {{"dependencyAction", "satisfy"}}}};
  EXPECT_EQ(outcome_for({{"onTaskFailure", "noaction"}}), "");
}

TEST(CollectionCheckTest, OneToOneHundredItems) {
  EXPECT_FALSE(check_task_add_collection({{"value", json::array()}}));
  EXPECT_TRUE(check_task_add_collection({{"value", json::array_t(100, json::object())}}));
  EXPECT_FALSE(check_task_add_collection({{"value", json::array_t(101, json::object())}}));
}

}  // namespace
}  // namespace wire::batch
