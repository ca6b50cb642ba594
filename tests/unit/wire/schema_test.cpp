// Shapes of requests by version, and what readers of each version see.
#include "wire/batch/schema.h"

#include "wire/batch/errors.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace wire::batch {
namespace {

using nlohmann::json;

json pool_body() {
  return json::parse(R"({"id":"p","vmSize":"STANDARD_A1_v2","virtualMachineConfiguration":{"imageReference":
    {"publisher":"canonical","offer":"ubuntuserver","sku":"18.04-lts"},"nodeAgentSKUId":"batch.node.ubuntu 18.04"}})");
}
json pool_with(const char* member, json value) {
  json body = pool_body();
  body[member] = std::move(value);
  return body;
}
json task_with(const char* member, json value) {
  return {{"id", "t"}, {"commandLine", "x"}, {member, std::move(value)}};
}

std::string detail(const base::Error& error, std::string_view key) {
  for (const auto& item : error.details) {
    if (item.key == key) return item.value;
  }
  return "(absent)";
}

void expect_refused(const base::Result<json>& result, ErrorCode code, std::string_view property) {
  ASSERT_TRUE(result.has_error());
  EXPECT_EQ(result.error().code, code);
  EXPECT_EQ(detail(result.error(), "PropertyName"), property);
}

TEST(VersionTest, EveryVersionIsReadBack) {
  for (int i = 0; i <= static_cast<int>(kNewestVersion); ++i) {
    auto version = static_cast<Version>(i);
    EXPECT_EQ(parse_version(name_of(version)).value(), version);
  }
  EXPECT_EQ(name_of(Version::v15_0), "2022-01-01.15.0");
}

TEST(VersionTest, UnknownOnesAreRefused) {
  for (auto text : {"", "2021-01-01.13.0", "2025-06-02", "2015-11-01.2.1"}) {
    EXPECT_EQ(parse_version(text).error().code, ErrorCode::UnsupportedRequestVersion) << text;
  }
}

TEST(SchemaTest, UnknownMemberIsNamed) {
  expect_refused(validate(Version::v15_0, RequestType::pool_add, pool_with("runElevated", true)),
                 ErrorCode::UnsupportedProperty, "runElevated");
}

TEST(SchemaTest, UnknownMemberDeepInsideIsNamed) {
  json body = pool_body();
  body["virtualMachineConfiguration"]["imageReference"]["colour"] = "blue";
  expect_refused(validate(Version::v15_0, RequestType::pool_add, body), ErrorCode::UnsupportedProperty, "colour");
}

TEST(SchemaTest, MembersBeginAndEndWithVersions) {
  struct Case {
    Version before;
    Version at;
    json body;
  };
  const Case cases[] = {
      {Version::v9_0, Version::v10_0, pool_with("mountConfiguration", json::array())},
      {Version::v11_0, Version::v12_0, pool_with("taskSlotsPerNode", 2)},
      {Version::v15_0, Version::v16_0, pool_with("targetNodeCommunicationMode", "classic")},
      {Version::v17_0, Version::v18_0, pool_with("resourceTags", {{"a", "b"}})},
      {Version::v18_0, Version::v19_0, pool_with("upgradePolicy", {{"mode", "manual"}})},
      {Version::v20_0, Version::v2025_06_01,
       pool_with("taskSchedulingPolicy", {{"nodeFillType", "pack"}, {"jobDefaultOrder", "none"}})},
  };
  for (const auto& [before, at, body] : cases) {
    EXPECT_EQ(validate(before, RequestType::pool_add, body).error().code, ErrorCode::UnsupportedProperty) << body;
    EXPECT_TRUE(validate(at, RequestType::pool_add, body)) << body;
  }
  EXPECT_TRUE(validate(Version::v20_0, RequestType::pool_add, pool_with("resourceTags", json::object())));
  EXPECT_FALSE(validate(Version::v2025_06_01, RequestType::pool_add, pool_with("resourceTags", json::object())));
  EXPECT_TRUE(validate(Version::v19_0, RequestType::pool_add, pool_with("applicationLicenses", json::array())));
  EXPECT_FALSE(validate(Version::v20_0, RequestType::pool_add, pool_with("applicationLicenses", json::array())));
}

TEST(SchemaTest, InBetweenVersionsFollowTheTable) {
  json vm = {{"type", "x"}};
  EXPECT_FALSE(validate(Version::v12_0, RequestType::job_add,
                        {{"id", "j"}, {"poolInfo", {{"poolId", "p"}}}, {"maxParallelTasks", 1}}));
  EXPECT_TRUE(validate(Version::v14_0, RequestType::job_add,
                       {{"id", "j"}, {"poolInfo", {{"poolId", "p"}}}, {"maxParallelTasks", 1}}));
  EXPECT_FALSE(
      validate(Version::v14_0, RequestType::job_update, {{"poolInfo", {{"poolId", "p"}}}, {"maxParallelTasks", 1}}));
  EXPECT_TRUE(
      validate(Version::v15_0, RequestType::job_update, {{"poolInfo", {{"poolId", "p"}}}, {"maxParallelTasks", 1}}));
  EXPECT_FALSE(validate(Version::v14_0, RequestType::job_patch, {{"allowTaskPreemption", true}}));
  EXPECT_TRUE(validate(Version::v15_0, RequestType::job_patch, {{"allowTaskPreemption", true}}));
  EXPECT_FALSE(validate(Version::v19_0, RequestType::pool_patch, {{"vmSize", "small"}}));
  EXPECT_TRUE(validate(Version::v20_0, RequestType::pool_patch, {{"vmSize", "small"}}));
}

TEST(SchemaTest, NullIsAbsent) {
  json canonical = validate(Version::v15_0, RequestType::task_add, task_with("displayName", nullptr)).value();
  EXPECT_FALSE(canonical.contains("displayName"));
  expect_refused(validate(Version::v15_0, RequestType::task_add, {{"id", "t"}, {"commandLine", nullptr}}),
                 ErrorCode::MissingRequiredProperty, "commandLine");
}

TEST(SchemaTest, RequiredMembersAreNamed) {
  expect_refused(validate(Version::v15_0, RequestType::pool_add, {{"id", "p"}}), ErrorCode::MissingRequiredProperty,
                 "vmSize");
  expect_refused(validate(Version::v15_0, RequestType::job_update, json::object()), ErrorCode::MissingRequiredProperty,
                 "poolInfo");
}

TEST(SchemaTest, RegistryUserIsRequiredUntil12) {
  json body = pool_body();
  body["virtualMachineConfiguration"]["containerConfiguration"] = {
      {"type", "dockerCompatible"}, {"containerRegistries", {{{"registryServer", "r"}}}}};
  EXPECT_EQ(validate(Version::v12_0, RequestType::pool_add, body).error().code, ErrorCode::MissingRequiredProperty);
  EXPECT_TRUE(validate(Version::v14_0, RequestType::pool_add, body));
}

TEST(SchemaTest, EnumerationsAreReadInAnyCasingAndKeptInTheServices) {
  auto canonical =
      validate(Version::v15_0, RequestType::pool_add, pool_with("taskSchedulingPolicy", {{"nodeFillType", "PACK"}}));
  EXPECT_EQ(canonical.value()["taskSchedulingPolicy"]["nodeFillType"], "Pack");
  expect_refused(
      validate(Version::v15_0, RequestType::pool_add, pool_with("taskSchedulingPolicy", {{"nodeFillType", "mix"}})),
      ErrorCode::InvalidPropertyValue, "nodeFillType");
}

TEST(SchemaTest, EnumerationValuesBelongToVersions) {
  json body = pool_body();
  body["virtualMachineConfiguration"]["containerConfiguration"] = {{"type", "criCompatible"}};
  EXPECT_FALSE(validate(Version::v16_0, RequestType::pool_add, body));
  EXPECT_TRUE(validate(Version::v17_0, RequestType::pool_add, body));
}

TEST(SchemaTest, TypesAreChecked) {
  expect_refused(validate(Version::v15_0, RequestType::task_add, task_with("requiredSlots", "two")),
                 ErrorCode::InvalidPropertyValue, "requiredSlots");
  expect_refused(validate(Version::v15_0, RequestType::task_add, task_with("resourceFiles", json::object())),
                 ErrorCode::InvalidPropertyValue, "resourceFiles");
  expect_refused(validate(Version::v15_0, RequestType::task_add, task_with("constraints", 3)),
                 ErrorCode::InvalidPropertyValue, "constraints");
  expect_refused(validate(Version::v15_0, RequestType::pool_add, pool_with("enableAutoScale", "true")),
                 ErrorCode::InvalidPropertyValue, "enableAutoScale");
  expect_refused(validate(Version::v15_0, RequestType::task_add, task_with("environmentSettings", {nullptr})),
                 ErrorCode::InvalidPropertyValue, "environmentSettings");
}

TEST(SchemaTest, NumbersStayInTheirRange) {
  auto priority = [](json value) {
    return validate(Version::v15_0, RequestType::job_patch, {{"priority", std::move(value)}}).has_value();
  };
  EXPECT_TRUE(priority(1000));
  EXPECT_TRUE(priority(-1000));
  EXPECT_FALSE(priority(1001));
  EXPECT_FALSE(priority(-1001));
  EXPECT_FALSE(priority(1.5));
  EXPECT_FALSE(priority(18446744073709551615U));
  EXPECT_FALSE(priority("1001"));
  EXPECT_FALSE(priority("1.5"));
  EXPECT_FALSE(priority(""));
  EXPECT_FALSE(validate(Version::v15_0, RequestType::pool_resize, {{"targetDedicatedNodes", -1}}));
}

TEST(SchemaTest, NumbersMayStandInStringsAndAreKeptAsNumbers) {
  const auto task = validate(Version::v15_0, RequestType::task_add, task_with("requiredSlots", "2"));
  ASSERT_TRUE(task.has_value());
  EXPECT_EQ((*task)["requiredSlots"], 2);
}

TEST(SchemaTest, DisplayNameHas1024Characters) {
  std::string characters;
  for (int i = 0; i < 1024; ++i) characters += "\xC3\xA4";
  EXPECT_TRUE(validate(Version::v15_0, RequestType::task_add, task_with("displayName", characters)));
  EXPECT_FALSE(validate(Version::v15_0, RequestType::task_add, task_with("displayName", characters + "x")));
}

TEST(SchemaTest, DurationsAndTimesAreNormalised) {
  auto canonical =
      validate(Version::v15_0, RequestType::task_add,
               task_with("constraints", {{"maxWallClockTime", "P3Y6M4DT12H30M5S"}, {"retentionTime", "PT36H"}}))
          .value();
  EXPECT_EQ(canonical["constraints"]["maxWallClockTime"], "P1279DT12H30M5S");
  EXPECT_EQ(canonical["constraints"]["retentionTime"], "P1DT12H");
  auto schedule = validate(Version::v15_0, RequestType::job_schedule_patch,
                           {{"schedule", {{"doNotRunUntil", "2030-01-01T02:00:00.50+02:00"}}}});
  EXPECT_EQ(schedule.value()["schedule"]["doNotRunUntil"], "2030-01-01T00:00:00.5Z");
}

TEST(SchemaTest, MinusOneMeansNoLimitOnAWallClock) {
  for (const json& value : {json("-1"), json(-1), json("-PT1S")}) {
    auto canonical =
        validate(Version::v15_0, RequestType::task_add, task_with("constraints", {{"maxWallClockTime", value}}));
    EXPECT_EQ(canonical.value()["constraints"]["maxWallClockTime"], "P10675199DT2H48M5.4775807S") << value;
  }
  EXPECT_FALSE(validate(Version::v15_0, RequestType::pool_add, pool_with("resizeTimeout", "-PT1S")));
}

TEST(SchemaTest, MalformedTimesAreRefused) {
  expect_refused(validate(Version::v15_0, RequestType::pool_add, pool_with("resizeTimeout", "15 minutes")),
                 ErrorCode::InvalidPropertyValue, "resizeTimeout");
  expect_refused(validate(Version::v15_0, RequestType::job_schedule_patch, {{"schedule", {{"doNotRunUntil", "soon"}}}}),
                 ErrorCode::InvalidPropertyValue, "doNotRunUntil");
}

TEST(SchemaTest, SecretsAreNotQuotedInErrors) {
  json body = pool_with("userAccounts", {{{"name", "u"}, {"password", 12345}}});
  auto result = validate(Version::v15_0, RequestType::pool_add, body);
  expect_refused(result, ErrorCode::InvalidPropertyValue, "password");
  EXPECT_EQ(detail(result.error(), "PropertyValue"), "(absent)");
}

TEST(SchemaTest, OldNamesAreStoredUnderTheNewOnes) {
  json body = pool_with("maxTasksPerNode", 4);
  body["networkConfiguration"] = {{"publicIPs", {"ip"}}};
  json canonical = validate(Version::v10_0, RequestType::pool_add, body).value();
  EXPECT_EQ(canonical["taskSlotsPerNode"], 4);
  EXPECT_FALSE(canonical.contains("maxTasksPerNode"));
  EXPECT_EQ(canonical["networkConfiguration"]["publicIPAddressConfiguration"]["ipAddressIds"][0], "ip");
  auto old = project(Version::v10_0, EntityType::pool, canonical);
  EXPECT_EQ(old["maxTasksPerNode"], 4);
  EXPECT_EQ(old["networkConfiguration"]["publicIPs"][0], "ip");
  EXPECT_EQ(project(Version::v12_0, EntityType::pool, canonical)["taskSlotsPerNode"], 4);
}

TEST(SchemaTest, UpdatesOfNewClientsMayCarryReadOnlyMembers) {
  json job = {{"poolInfo", {{"poolId", "p"}}}, {"id", "j"}, {"state", "active"}, {"priority", 3}};
  EXPECT_EQ(validate(Version::v19_0, RequestType::job_update, job).error().code, ErrorCode::UnsupportedProperty);
  EXPECT_EQ(validate(Version::v20_0, RequestType::job_update, job).value(),
            json({{"poolInfo", {{"poolId", "p"}}}, {"priority", 3}}));
  job["nonsense"] = 1;
  EXPECT_EQ(validate(Version::v20_0, RequestType::job_update, job).error().code, ErrorCode::UnsupportedProperty);
}

TEST(SchemaTest, CollectionLeavesItsItemsAlone) {
  json body = {{"value", {{{"nonsense", 1}}, 3}}};
  EXPECT_EQ(validate(Version::v15_0, RequestType::task_add_collection, body).value(), body);
  EXPECT_FALSE(validate(Version::v15_0, RequestType::task_add_collection, json::object()));
  EXPECT_FALSE(validate(Version::v15_0, RequestType::task_add_collection, {{"value", {}}, {"x", 1}}));
}

TEST(ProjectionTest, ReadersSeeOnlyTheirVersionsMembers) {
  json stored = {
      {"id", "p"}, {"upgradePolicy", {{"mode", "manual"}}}, {"certificateReferences", json::array()}, {"mystery", 1}};
  EXPECT_FALSE(project(Version::v18_0, EntityType::pool, stored).contains("upgradePolicy"));
  EXPECT_TRUE(project(Version::v19_0, EntityType::pool, stored).contains("upgradePolicy"));
  EXPECT_TRUE(project(Version::v20_0, EntityType::pool, stored).contains("certificateReferences"));
  EXPECT_FALSE(project(Version::v2025_06_01, EntityType::pool, stored).contains("certificateReferences"));
  EXPECT_FALSE(project(Version::v19_0, EntityType::pool, stored).contains("mystery"));
}

TEST(ProjectionTest, SecretsAndNullsNeverComeBack) {
  json stored = {
      {"userAccounts",
       {{{"name", "u"}, {"password", "s3cret"}, {"linuxUserConfiguration", {{"sshPrivateKey", "s3cret"}}}}}},
      {"mountConfiguration", {{{"azureFileShareConfiguration", {{"accountName", "a"}, {"accountKey", "s3cret"}}}}}},
      {"virtualMachineConfiguration", {{"extensions", {{{"name", "e"}, {"protectedSettings", {{"k", "s3cret"}}}}}}}},
      {"displayName", nullptr}};
  auto shown = project(Version::v19_0, EntityType::pool, stored);
  EXPECT_EQ(shown.dump().find("s3cret"), std::string::npos);
  EXPECT_EQ(shown["userAccounts"][0]["name"], "u");
  EXPECT_FALSE(shown.contains("displayName"));
}

TEST(ProjectionTest, MembersStandInTheDescriptionsOrder) {
  json stored = {{"state", "active"}, {"url", "u"}, {"id", "t"}, {"commandLine", "c"}, {"eTag", "e"}};
  EXPECT_EQ(project(Version::v15_0, EntityType::task, stored).dump(),
            R"({"id":"t","url":"u","eTag":"e","state":"active","commandLine":"c"})");
}

TEST(ProjectionTest, SixtyFourBitIntegersAreTexts) {
  json stored = {{"name", "f"}, {"properties", {{"contentLength", 1024}, {"lastModified", "2020-01-01T00:00:00Z"}}}};
  EXPECT_EQ(project(Version::v15_0, EntityType::file, stored)["properties"]["contentLength"], "1024");
}

TEST(ProjectionTest, SelectKeepsOnlyTheNamedMembers) {
  odata::Select select({"id", "state"});
  json stored = {{"id", "t"}, {"state", "active"}, {"url", "u"}, {"nodeInfo", {{"poolId", "p"}}}};
  EXPECT_EQ(project(Version::v15_0, EntityType::task, stored, &select).dump(), R"({"id":"t","state":"active"})");
}

}  // namespace
}  // namespace wire::batch
