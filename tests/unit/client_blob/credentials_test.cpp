// Connection strings, and where URLs are reached.
#include "client/api/credentials.h"
#include "client/api/blob_client.h"

#include <gtest/gtest.h>

namespace client::api {
namespace {

TEST(ConnectionStringTest, PublicCloudAddressIsMadeOfNameAndSuffix) {
  auto account = parse_connection_string(
      "DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net");
  ASSERT_TRUE(account.has_value());
  EXPECT_EQ(account->name, "acct");
  EXPECT_EQ(account->key, "secret");
  EXPECT_EQ(account->blob_url, "https://acct.blob.core.windows.net");
  EXPECT_EQ(account->container_url("input"), "https://acct.blob.core.windows.net/input");
}
TEST(ConnectionStringTest, BlobEndpointWins) {
  auto account = parse_connection_string(
      "accountname=dev; accountkey=c2VjcmV0 ;BlobEndpoint=http://127.0.0.1:10000/dev/;QueueEndpoint=x;");
  ASSERT_TRUE(account.has_value());
  EXPECT_EQ(account->blob_url, "http://127.0.0.1:10000/dev");
}
TEST(ConnectionStringTest, KeyMayEndWithEqualSigns) {
  auto account = parse_connection_string("AccountName=a;AccountKey=c2VjcmV0MQ==");
  ASSERT_TRUE(account.has_value());
  EXPECT_EQ(account->key, "secret1");
}
TEST(ConnectionStringTest, MissingPartsAreRefusedWithoutTheKey) {
  for (const auto* text :
       {"", "AccountName=a", "AccountKey=c2VjcmV0", "AccountName=a;AccountKey=", "AccountName=a;AccountKey=%%secret"}) {
    auto account = parse_connection_string(text);
    ASSERT_TRUE(account.has_error()) << text;
    EXPECT_EQ(account.error().code, base::Errc::invalid_argument);
    EXPECT_EQ(account.error().message.find("%%secret"), std::string::npos);
  }
}

TEST(ContainerAddressTest, SasIsTakenFromTheUrl) {
  auto address = ContainerAddress::parse("https://a.blob.core.windows.net/out/?sv=1&sig=x%3D");
  ASSERT_TRUE(address.has_value());
  EXPECT_EQ(address->url, "https://a.blob.core.windows.net/out");
  EXPECT_EQ(address->sas, "sv=1&sig=x%3D");
}
TEST(ContainerAddressTest, BlobNamesAreEncodedButKeepTheirSlashes) {
  const ContainerAddress address{.url = "http://h/c"};
  EXPECT_EQ(address.blob_url("a b/ü?#%.txt"), "http://h/c/a%20b/%C3%BC%3F%23%25.txt");
}
TEST(ContainerAddressTest, AnythingButAnHttpUrlIsRefused) {
  for (const auto* url : {"", "container", "ftp://h/c", "/a/b"}) {
    EXPECT_TRUE(ContainerAddress::parse(url).has_error()) << url;
  }
}

TEST(DirectRouteTest, OnlyNamesBelowLocalhostAreRedirected) {
  EXPECT_EQ(direct_route("http://a.blob.localhost:10000/c").connect_to, "127.0.0.1:10000");
  EXPECT_EQ(direct_route("http://127.0.0.1:10000/a/c").connect_to, "");
  EXPECT_EQ(direct_route("https://a.blob.core.windows.net/c").connect_to, "");
}

}  // namespace
}  // namespace client::api
