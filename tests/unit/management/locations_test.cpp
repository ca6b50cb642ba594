#include "emulator/management/vm_families.h"
#include "tests/unit/management/management_fixture.h"

namespace emulator::management {
namespace {

class LocationsTest : public ManagementTest {
 protected:
  static std::string batch(const std::string& below) {
    return std::string(kSubscription) + "/providers/Microsoft.Batch/locations/eastus" + below;
  }
  json check(const std::string& name) {
    return ask("POST", batch("/checkNameAvailability"), {{"name", name}, {"type", "Microsoft.Batch/batchAccounts"}})
        .json();
  }
};

TEST_F(LocationsTest, ANameIsFreeTakenOrWrong) {
  EXPECT_EQ(check("fresh1"), (json{{"nameAvailable", true}}));
  EXPECT_EQ(check("devbatch")["reason"], "AlreadyExists");
  EXPECT_EQ(check("devbatch")["message"], "An account named 'devbatch' is already in use.");
  EXPECT_EQ(check("No")["reason"], "Invalid");
  EXPECT_EQ(code(ask("POST", batch("/checkNameAvailability"), {{"name", "x"}})), "MissingRequiredProperty");
}

TEST_F(LocationsTest, ALocationThatThereIsNotIsRefused) {
  EXPECT_EQ(code(ask("GET", std::string(kSubscription) + "/providers/Microsoft.Batch/locations/moon/quotas")),
            "NoRegisteredProviderFound");
  EXPECT_GT(ask("GET", batch("/quotas")).json()["accountQuota"], 0);
}

TEST_F(LocationsTest, SizesHaveTheirFamilyAndCapabilities) {
  const auto list = ask("GET", batch("/virtualMachineSkus")).json()["value"];
  const auto found = std::ranges::find_if(list, [](const json& sku) { return sku["name"] == "Standard_D2s_v3"; });
  ASSERT_NE(found, list.end());
  EXPECT_EQ((*found)["familyName"], "standardDSv3Family");
  const auto& capabilities = (*found)["capabilities"];
  EXPECT_NE(std::ranges::find(capabilities, json{{"name", "vCPUs"}, {"value", "2"}}), capabilities.end());
  EXPECT_NE(std::ranges::find(capabilities, json{{"name", "MemoryGB"}, {"value", "8"}}), capabilities.end());
}

TEST_F(LocationsTest, SizesAreFilteredByFamilyAndComeInPages) {
  const auto filtered =
      ask("GET", batch("/virtualMachineSkus") + kVersion + "&$filter=familyName%20eq%20'standardAv2Family'").json();
  for (const auto& sku : filtered["value"]) EXPECT_EQ(sku["familyName"], "standardAv2Family");
  EXPECT_EQ(filtered["value"].size(), 7U);
  const auto first = ask("GET", batch("/virtualMachineSkus") + kVersion + "&maxresults=2").json();
  EXPECT_EQ(first["value"].size(), 2U);
  EXPECT_TRUE(first.contains("nextLink"));
  EXPECT_EQ(names(ask("GET", batch("/cloudServiceSkus"))), "ExtraLarge ExtraSmall Large Medium Small");
}

TEST(VmFamiliesTest, SizesAreNamedAsInAzure) {
  EXPECT_EQ(display_name_of_size("standard_a2m_v2"), "Standard_A2m_v2");
  EXPECT_EQ(display_name_of_size("standard_nc4as_t4_v3"), "Standard_NC4as_T4_v3");
  EXPECT_EQ(display_name_of_size("standard_ds1_v2"), "Standard_DS1_v2");
  const std::vector<std::pair<std::string, std::string>> families{{"standard_a1", "standardA0_A7Family"},
                                                                  {"standard_a9", "standardA8_A11Family"},
                                                                  {"standard_a10", "standardA8_A11Family"},
                                                                  {"standard_a2m_v2", "standardAv2Family"},
                                                                  {"standard_d16ads_v5", "standardDADSv5Family"},
                                                                  {"standard_ds1_v2", "standardDSv2Family"},
                                                                  {"standard_hb120rs_v2", "standardHBrsv2Family"},
                                                                  {"standard_hc44rs", "standardHCSFamily"},
                                                                  {"standard_nc4as_t4_v3", "Standard NCASv3_T4 Family"},
                                                                  {"standard_m64ms", "standardMSFamily"},
                                                                  {"standard_f2s_v2", "standardFSv2Family"}};
  for (const auto& [size, family] : families) EXPECT_EQ(family_of_size(size), family) << size;
}

TEST_F(LocationsTest, TheProvidersOperationsAreListed) {
  const auto list = ask("GET", "/providers/Microsoft.Batch/operations").json()["value"];
  EXPECT_EQ(list[0]["name"], "Microsoft.Batch/batchAccounts/read");
}

}  // namespace
}  // namespace emulator::management
