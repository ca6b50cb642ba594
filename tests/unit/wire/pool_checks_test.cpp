// What a pool must satisfy beyond its shape.
#include "wire/batch/checks.h"
#include "wire/batch/errors.h"
#include "wire/batch/schema.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace wire::batch {
namespace {

using nlohmann::json;

class PoolCheckTest : public testing::Test {
 protected:
  /// Validates and checks the pool; "" when it is accepted, else the code and the property.
  std::string outcome() const {
    auto canonical = validate(Version::v19_0, RequestType::pool_add, pool_);
    if (canonical.has_error()) return told(canonical.error());
    auto checked = check_pool_add(*canonical);
    return checked ? "" : told(checked.error());
  }
  static std::string told(const base::Error& error) {
    std::string property = error.details.empty() ? "" : " " + error.details[0].value;
    return std::string(name_of(code_of(error))) + property;
  }
  json& machine() { return pool_["virtualMachineConfiguration"]; }
  json nat_pool(int backend, int first) const {
    return {{"name", "n" + std::to_string(backend)},
            {"protocol", "tcp"},
            {"backendPort", backend},
            {"frontendPortRangeStart", first},
            {"frontendPortRangeEnd", first + 39}};
  }
  void set_nat_pools(json pools) {
    pool_["networkConfiguration"]["endpointConfiguration"]["inboundNATPools"] = std::move(pools);
  }

  json pool_ = json::parse(R"({"id":"p","vmSize":"STANDARD_A1_v2","virtualMachineConfiguration":{"imageReference":
    {"publisher":"Canonical","offer":"UbuntuServer","sku":"18.04-LTS"},"nodeAgentSKUId":"batch.node.ubuntu 18.04"}})");
};

TEST_F(PoolCheckTest, TheArticlesPoolIsAccepted) {
  pool_["targetLowPriorityNodes"] = 5;
  pool_["startTask"] = json::parse(R"({"commandLine":"/bin/bash -c \"apt-get update\"","waitForSuccess":true,
    "userIdentity":{"autoUser":{"scope":"pool","elevationLevel":"admin"}}})");
  EXPECT_EQ(outcome(), "");
}

TEST_F(PoolCheckTest, IdHasOneTo64Characters) {
  for (const std::string& id :
       {std::string(), std::string(65, 'a'), std::string("a b"), std::string("a:b"), std::string("\xC3\xA4")}) {
    pool_["id"] = id;
    EXPECT_EQ(outcome(), "InvalidPropertyValue id") << id;
  }
  pool_["id"] = "A-z_09" + std::string(58, 'x');
  EXPECT_EQ(outcome(), "");
}

TEST_F(PoolCheckTest, ExactlyOneMachineConfiguration) {
  pool_["cloudServiceConfiguration"] = {{"osFamily", "5"}};
  EXPECT_EQ(outcome(), "InvalidPropertyValue virtualMachineConfiguration");
  pool_.erase("virtualMachineConfiguration");
  EXPECT_EQ(outcome(), "");
  pool_.erase("cloudServiceConfiguration");
  EXPECT_EQ(outcome(), "InvalidPropertyValue virtualMachineConfiguration");
}

TEST_F(PoolCheckTest, UnknownSizeIsRefused) {
  pool_["vmSize"] = "standard_z9000";
  EXPECT_EQ(outcome(), "InvalidPropertyValue vmSize");
}

TEST_F(PoolCheckTest, SlotsAreBoundByCores) {
  pool_["taskSlotsPerNode"] = 4;
  EXPECT_EQ(outcome(), "");
  pool_["taskSlotsPerNode"] = 5;
  EXPECT_EQ(outcome(), "InvalidPropertyValue taskSlotsPerNode");
  pool_["vmSize"] = "standard_m128s";
  pool_["taskSlotsPerNode"] = 256;
  EXPECT_EQ(outcome(), "");
}

TEST_F(PoolCheckTest, NodeAgentMustExistAndFitTheImage) {
  machine()["nodeAgentSKUId"] = "batch.node.amiga";
  EXPECT_EQ(outcome(), "NodeAgentSKUNotFound nodeAgentSKUId");
  machine()["nodeAgentSKUId"] = "batch.node.ubuntu 22.04";
  EXPECT_EQ(outcome(), "InvalidPropertyValue nodeAgentSKUId");
}

TEST_F(PoolCheckTest, ImageIsEitherOfTheMarketplaceOrAnId) {
  machine()["imageReference"] = {{"virtualMachineImageId", "/subscriptions/x"}};
  EXPECT_EQ(outcome(), "");
  machine()["imageReference"]["publisher"] = "x";
  EXPECT_EQ(outcome(), "InvalidPropertyValue imageReference");
  machine()["imageReference"] = json::object();
  EXPECT_EQ(outcome(), "InvalidPropertyValue imageReference");
  machine()["imageReference"] = {{"publisher", "x"}, {"sku", "y"}};
  EXPECT_EQ(outcome(), "MissingRequiredProperty offer");
}

TEST_F(PoolCheckTest, AutoscaleAndTargetsExcludeEachOther) {
  pool_["enableAutoScale"] = true;
  EXPECT_EQ(outcome(), "MissingRequiredProperty autoScaleFormula");
  pool_["autoScaleFormula"] = "$TargetDedicatedNodes=1;";
  EXPECT_EQ(outcome(), "");
  pool_["targetDedicatedNodes"] = 1;
  EXPECT_EQ(outcome(), "InvalidPropertyValue targetDedicatedNodes");
  pool_.erase("targetDedicatedNodes");
  pool_["enableAutoScale"] = false;
  EXPECT_EQ(outcome(), "InvalidPropertyValue autoScaleFormula");
}

TEST_F(PoolCheckTest, FormulaAndIntervalAreBounded) {
  pool_["enableAutoScale"] = true;
  pool_["autoScaleFormula"] = std::string(8193, 'x');
  EXPECT_EQ(outcome(), "AutoScalingFormulaTooLong");
  pool_["autoScaleFormula"] = "x";
  for (auto interval : {"PT4M59S", "P7DT1S"}) {
    pool_["autoScaleEvaluationInterval"] = interval;
    EXPECT_EQ(outcome(), "InvalidPropertyValue autoScaleEvaluationInterval");
  }
}

TEST_F(PoolCheckTest, ResizeTimeoutIsAtLeastFiveMinutes) {
  pool_["resizeTimeout"] = "PT5M";
  EXPECT_EQ(outcome(), "");
  pool_["resizeTimeout"] = "PT4M";
  EXPECT_EQ(outcome(), "InvalidPropertyValue resizeTimeout");
}

TEST_F(PoolCheckTest, NatPoolsKeepTheirRules) {
  set_nat_pools(json::array({nat_pool(80, 1000), nat_pool(81, 1040)}));
  EXPECT_EQ(outcome(), "");
  set_nat_pools(json::array({nat_pool(80, 1000), nat_pool(81, 1039)}));
  EXPECT_EQ(outcome(), "InvalidPropertyValue frontendPortRangeStart");
  set_nat_pools(json::array({nat_pool(22, 1000)}));
  EXPECT_EQ(outcome(), "InvalidPropertyValue backendPort");
  set_nat_pools(json::array({nat_pool(80, 49990)}));
  EXPECT_EQ(outcome(), "InvalidPropertyValue frontendPortRangeStart");
  json narrow = nat_pool(80, 1000);
  narrow["frontendPortRangeEnd"] = 1038;
  set_nat_pools(json::array({narrow}));
  EXPECT_EQ(outcome(), "InvalidPropertyValue frontendPortRangeStart");
  json badly_named = nat_pool(80, 1000);
  badly_named["name"] = "-x";
  set_nat_pools(json::array({badly_named}));
  EXPECT_EQ(outcome(), "InvalidPropertyValue name");
}

TEST_F(PoolCheckTest, SecurityRulesHaveUniquePriorities) {
  json endpoint = nat_pool(80, 1000);
  json rule = {{"priority", 150}, {"access", "allow"}, {"sourceAddressPrefix", "*"}};
  endpoint["networkSecurityGroupRules"] = {rule, rule};
  set_nat_pools(json::array({endpoint}));
  EXPECT_EQ(outcome(), "InvalidPropertyValue priority");
}

TEST_F(PoolCheckTest, UserAccountsAreChecked) {
  pool_["userAccounts"] = {{{"name", "u"}, {"password", "p"}, {"linuxUserConfiguration", {{"uid", 1}}}}};
  EXPECT_EQ(outcome(), "InvalidPropertyValue linuxUserConfiguration");
  pool_["userAccounts"] = {{{"name", "u"}, {"password", "p"}}, {{"name", "U"}, {"password", "p"}}};
  EXPECT_EQ(outcome(), "InvalidPropertyValue name");
  pool_["userAccounts"] = {{{"name", std::string(21, 'u')}, {"password", "p"}}};
  EXPECT_EQ(outcome(), "InvalidPropertyValue name");
}

TEST_F(PoolCheckTest, MountsHaveOneKindEach) {
  json nfs = {{"source", "s"}, {"relativeMountPath", "m"}};
  pool_["mountConfiguration"] = {{{"nfsMountConfiguration", nfs}}};
  EXPECT_EQ(outcome(), "");
  pool_["mountConfiguration"] = {json::object()};
  EXPECT_EQ(outcome(), "InvalidPropertyValue mountConfiguration");
}

TEST_F(PoolCheckTest, MetadataNeedsKeys) {
  pool_["metadata"] = {{{"name", ""}, {"value", "v"}}};
  EXPECT_EQ(outcome(), "EmptyMetadataKey");
}

TEST_F(PoolCheckTest, PackagesAreAtMostTenAndDistinct) {
  json many = json::array();
  for (int i = 0; i < 11; ++i) many.push_back({{"applicationId", "a" + std::to_string(i)}});
  pool_["applicationPackageReferences"] = many;
  EXPECT_EQ(outcome(), "InvalidPropertyValue applicationPackageReferences");
  pool_["applicationPackageReferences"] = {{{"applicationId", "a"}}, {{"applicationId", "A"}}};
  EXPECT_EQ(outcome(), "InvalidPropertyValue applicationPackageReferences");
}

TEST_F(PoolCheckTest, StartTaskIsChecked) {
  pool_["startTask"] = {{"commandLine", "  "}};
  EXPECT_EQ(outcome(), "InvalidPropertyValue commandLine");
}

TEST(PoolActionCheckTest, ResizeNeedsATarget) {
  EXPECT_EQ(check_pool_resize(json::object()).error().code, ErrorCode::MissingRequiredProperty);
  EXPECT_TRUE(check_pool_resize({{"targetLowPriorityNodes", 0}}));
  EXPECT_FALSE(check_pool_resize({{"targetLowPriorityNodes", 0}, {"resizeTimeout", "PT1M"}}));
}

TEST(PoolActionCheckTest, RemoveNodesTakesOneToOneHundred) {
  EXPECT_FALSE(check_pool_remove_nodes({{"nodeList", json::array()}}));
  EXPECT_TRUE(check_pool_remove_nodes({{"nodeList", json::array_t(100, "n")}}));
  EXPECT_FALSE(check_pool_remove_nodes({{"nodeList", json::array_t(101, "n")}}));
}

}  // namespace
}  // namespace wire::batch
