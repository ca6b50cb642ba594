// The environment of the command, name by name.
#include "emulator/run/environment.h"

#include "base/text.h"

#include <gtest/gtest.h>
#include <algorithm>

namespace emulator::run {
namespace {

const wire::ProxySettings kProxy{.port = 4711,
                                 .session = "s1",
                                 .secret = "geheim",
                                 .ca_certificate = "/d/ca.pem",
                                 .ca_bundle = "/d/bundle.pem",
                                 .ca_java_store = "/d/ca.p12"};
const OwnAccounts kOwn{.batch = "devbatch", .batch_key = "a2V5", .storage = "devstoreaccount1", .storage_key = "a2V6"};
const std::string kMine = base::base64_encode("mine");

Environment with_proxy(Environment environment) {
  add_proxy(environment, kProxy, false);
  return environment;
}

class AzureValuesTest : public testing::Test {
 protected:
  std::string value(const std::string& name) const {
    const auto found = std::ranges::find(values_.variables, name, &std::pair<std::string, std::string>::first);
    return found == values_.variables.end() ? "<unset>" : found->second;
  }
  void take(const Environment& existing, const Keys& given = {}) { values_ = azure_values(existing, kOwn, given); }
  AzureValues values_;
};

TEST(RunEnvironmentTest, EveryFamilyOfClientsFindsItsVariables) {
  const auto environment = with_proxy({});
  const std::string url = "http://s1:geheim@127.0.0.1:4711";
  const Environment expected{
      {"HTTPS_PROXY", url},
      {"https_proxy", url},
      {"HTTP_PROXY", url},
      {"http_proxy", url},
      {"NO_PROXY", "127.0.0.1,localhost,::1"},
      {"no_proxy", "127.0.0.1,localhost,::1"},
      {"REQUESTS_CA_BUNDLE", "/d/bundle.pem"},
      {"CURL_CA_BUNDLE", "/d/bundle.pem"},
      {"SSL_CERT_FILE", "/d/bundle.pem"},
      {"NODE_EXTRA_CA_CERTS", "/d/ca.pem"},
      {"JAVA_TOOL_OPTIONS", wire::java_options(kProxy)},
      {"NXF_OPTS", wire::java_options(kProxy)},
      {"BATCH_EMULATOR_SESSION", "s1"},
      {"BATCH_EMULATOR_PROXY", "http://127.0.0.1:4711"},
      {"BATCH_EMULATOR_CA", "/d/ca.pem"},
  };
  EXPECT_EQ(environment, expected);
}

TEST(RunEnvironmentTest, JavasOptionsAreForCommandLinesAndHoldNoSecret) {
  const auto options = wire::java_options(kProxy);
  EXPECT_EQ(options.find("geheim"), std::string::npos);
  for (const auto* property : {"-Dhttps.proxyHost=127.0.0.1", "-Dhttps.proxyPort=4711", "-Dhttp.proxyPort=4711",
                               "-Djavax.net.ssl.trustStore=/d/ca.p12", "-Djavax.net.ssl.trustStoreType=PKCS12",
                               "-Djavax.net.ssl.trustStorePassword=changeit"}) {
    EXPECT_NE(options.find(property), std::string::npos) << property;
  }
}

TEST(RunEnvironmentTest, JavasOptionsComeAfterThoseThatAreThere) {
  EXPECT_EQ(with_proxy({{"JAVA_TOOL_OPTIONS", "-Xmx1g"}})["JAVA_TOOL_OPTIONS"], "-Xmx1g " + wire::java_options(kProxy));
}

TEST(RunEnvironmentTest, EntriesOfNoProxyStayUnlessTheyLeadPastTheEmulator) {
  const auto kept = no_proxy("intra.example, .corp.example,10.0.0.0/8,localhost");
  EXPECT_EQ(kept.value, "127.0.0.1,localhost,::1,intra.example,.corp.example,10.0.0.0/8");
  EXPECT_TRUE(kept.dropped.empty());
  for (const auto* entry : {"*", ".azure.com", "azure.com", "*.azure.com", ".windows.net", "core.windows.net", "net",
                            "mine.blob.core.windows.net", "mine.blob.core.windows.net:443", "login.microsoftonline.com",
                            ".microsoftonline.com", "169.254.169.254", "169.254.0.0/16", "0.0.0.0/0", "AZURE.COM"}) {
    const auto result = no_proxy(std::string{entry} + ",intra.example");
    EXPECT_EQ(result.value, "127.0.0.1,localhost,::1,intra.example") << entry;
    EXPECT_EQ(result.dropped, std::vector<std::string>{entry});
  }
}

TEST(RunEnvironmentTest, WhatIsDroppedIsTold) {
  Environment environment{{"NO_PROXY", ".azure.com"}};
  const auto warnings = add_proxy(environment, kProxy, false);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings[0].find(".azure.com"), std::string::npos);
}

TEST(RunEnvironmentTest, AProxyOfTheUserIsNotUsedWhichIsToldWhenItMatters) {
  Environment environment{{"HTTPS_PROXY", "http://user:pass@corp.example:3128"}};
  EXPECT_TRUE(add_proxy(environment, kProxy, false).empty());
  environment = {{"HTTPS_PROXY", "http://user:pass@corp.example:3128"}};
  const auto warnings = add_proxy(environment, kProxy, true);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings[0].find("pass"), std::string::npos);
}

TEST_F(AzureValuesTest, WhoSetsNothingWorksWithTheEmulatorsAccounts) {
  take({});
  EXPECT_EQ(value("AZURE_BATCH_ACCOUNT"), "devbatch");
  EXPECT_EQ(value("AZURE_BATCH_ACCESS_KEY"), "a2V5");
  EXPECT_EQ(value("AZURE_BATCH_ENDPOINT"), "https://devbatch.eastus.batch.azure.com");
  EXPECT_EQ(value("AZURE_STORAGE_ACCOUNT"), "devstoreaccount1");
  EXPECT_EQ(value("AZURE_STORAGE_KEY"), "a2V6");
  for (const auto* name : {"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_SUBSCRIPTION_ID"}) {
    EXPECT_NE(value(name), "<unset>") << name;
  }
  EXPECT_TRUE(values_.batch_keys.empty());
  EXPECT_TRUE(values_.storage_keys.empty());
}

TEST_F(AzureValuesTest, NoConnectionStringIsMadeSinceSomeProgramsPreferItToTheAccountTheyAreTold) {
  take({});
  EXPECT_EQ(value("AZURE_STORAGE_CONNECTION_STRING"), "<unset>");
}

TEST_F(AzureValuesTest, WhatTheUserSetsStaysAndHisKeysBecomeTheAccounts) {
  take({{"AZURE_BATCH_ACCOUNT", "mybatch"},
        {"AZURE_BATCH_ACCESS_KEY", kMine},
        {"AZURE_STORAGE_ACCOUNT", "mystore"},
        {"AZURE_STORAGE_KEY", kMine},
        {"AZURE_CLIENT_SECRET", "his"}});
  EXPECT_EQ(value("AZURE_BATCH_ACCOUNT"), "<unset>");
  EXPECT_EQ(value("AZURE_BATCH_ACCESS_KEY"), "<unset>");
  EXPECT_EQ(value("AZURE_CLIENT_SECRET"), "<unset>");
  EXPECT_EQ(value("AZURE_BATCH_ENDPOINT"), "https://mybatch.eastus.batch.azure.com");
  EXPECT_EQ(values_.batch_keys, (Keys{{"mybatch", kMine}}));
  EXPECT_EQ(values_.storage_keys, (Keys{{"mystore", kMine}}));
}

TEST_F(AzureValuesTest, AnAccountWithoutAKeyGetsOne) {
  take({{"AZURE_BATCH_ENDPOINT", "https://mybatch.westeurope.batch.azure.com/"}, {"AZURE_STORAGE_ACCOUNT", "mystore"}});
  EXPECT_EQ(value("AZURE_BATCH_ACCOUNT"), "mybatch");
  EXPECT_EQ(values_.batch_keys.at("mybatch"), value("AZURE_BATCH_ACCESS_KEY"));
  EXPECT_EQ(values_.storage_keys.at("mystore"), value("AZURE_STORAGE_KEY"));
}

TEST_F(AzureValuesTest, AGivenFileIsTheKeyOfAnAccountThatIsOnlyNamed) {
  take({{"AZURE_BATCH_ACCOUNT", "mybatch"}}, {{"mybatch", kMine}});
  EXPECT_EQ(value("AZURE_BATCH_ACCESS_KEY"), kMine);
  EXPECT_EQ(values_.batch_keys, (Keys{{"mybatch", kMine}}));
}

TEST_F(AzureValuesTest, AKeyWithoutAnAccountIsLeftToTheProgram) {
  take({{"AZURE_BATCH_ACCESS_KEY", kMine}, {"AZURE_STORAGE_KEY", kMine}});
  EXPECT_EQ(value("AZURE_BATCH_ACCOUNT"), "<unset>");
  EXPECT_EQ(value("AZURE_BATCH_ENDPOINT"), "<unset>");
  EXPECT_EQ(value("AZURE_STORAGE_ACCOUNT"), "<unset>");
  EXPECT_EQ(value("AZURE_STORAGE_CONNECTION_STRING"), "<unset>");
}

TEST_F(AzureValuesTest, AConnectionStringNamesAccountAndKey) {
  take({{"AZURE_STORAGE_CONNECTION_STRING", "DefaultEndpointsProtocol=https;AccountName=mystore;AccountKey=" + kMine +
                                                ";EndpointSuffix=core.windows.net"}});
  EXPECT_EQ(values_.storage_keys, (Keys{{"mystore", kMine}}));
  EXPECT_EQ(value("AZURE_STORAGE_ACCOUNT"), "mystore");
  EXPECT_EQ(value("AZURE_STORAGE_KEY"), kMine);
  EXPECT_EQ(value("AZURE_STORAGE_CONNECTION_STRING"), "<unset>");
}

TEST_F(AzureValuesTest, ASignatureOrAConnectionStringOfAnotherFormIsLeftAlone) {
  take({{"AZURE_STORAGE_ACCOUNT", "mystore"}, {"AZURE_STORAGE_SAS_TOKEN", "sig=x"}});
  EXPECT_EQ(value("AZURE_STORAGE_KEY"), "<unset>");
  EXPECT_EQ(value("AZURE_STORAGE_CONNECTION_STRING"), "<unset>");
  take({{"AZURE_STORAGE_CONNECTION_STRING", "UseDevelopmentStorage=true"}});
  EXPECT_EQ(value("AZURE_STORAGE_ACCOUNT"), "<unset>");
}

TEST_F(AzureValuesTest, KeysInVariablesOfOtherToolsAreKnownToo) {
  take({{"AZURE_STORAGE_ACCOUNT_NAME", "one"},
        {"AZURE_STORAGE_ACCOUNT_KEY", kMine},
        {"AZURE_ACCOUNT_NAME", "two"},
        {"AZURE_ACCOUNT_KEY", kMine},
        {"AZURE_BATCH_ACCOUNT_NAME", "three"},
        {"AZURE_BATCH_ACCOUNT_KEY", kMine}});
  EXPECT_EQ(values_.storage_keys, (Keys{{"one", kMine}, {"two", kMine}}));
  EXPECT_EQ(values_.batch_keys, (Keys{{"three", kMine}}));
}

TEST_F(AzureValuesTest, AnotherProofOfIdentityIsNotCrossed) {
  take({{"AZURE_CLIENT_CERTIFICATE_PATH", "/c.pem"}});
  EXPECT_EQ(value("AZURE_CLIENT_SECRET"), "<unset>");
}

}  // namespace
}  // namespace emulator::run
