// Find Blobs by Tags over an account and over a container.
#include "base/text.h"
#include "tests/unit/blobstore/authorize_fixture.h"

namespace blobstore {
namespace {

class FindByTagsTest : public AuthorizeTest {
 protected:
  FindByTagsTest() {
    harness_.create_container("other");
    for (const auto& [path, tags] : {std::pair<std::string, std::string>{"/con/x", "k=1&l=2"},
                                     {"/con/y", "k=2"},
                                     {"/other/x", "k=1"},
                                     {"/con/z", "l=1"}}) {
      signed_with_key("PUT", path, "x", {{"x-ms-blob-type", "BlockBlob"}, {"x-ms-tags", tags}});
    }
  }
  Got find(const std::string& where, const std::string& more = "", const std::string& in = "/?comp=blobs") {
    return signed_with_key("GET", in + "&where=" + base::percent_encode(where) + more);
  }
  /// "container/blob" of each, in order.
  static std::vector<std::string> names(const Got& got) {
    std::vector<std::string> found;
    for (auto at = got.body.find("<Blob><Name>"); at != std::string::npos; at = got.body.find("<Blob><Name>", at + 1)) {
      const auto name = got.body.substr(at + 12, got.body.find("</Name>", at) - at - 12);
      const auto in = got.body.find("<ContainerName>", at) + 15;
      found.push_back(got.body.substr(in, got.body.find("</", in) - in) + "/" + name);
    }
    return found;
  }
};

TEST_F(FindByTagsTest, AccountAndContainersAreSearched) {
  EXPECT_EQ(names(find("k='1'")), (std::vector<std::string>{"con/x", "other/x"}));
  EXPECT_EQ(names(find("k>='1' AND @container='con'")), (std::vector<std::string>{"con/x", "con/y"}));
  EXPECT_EQ(names(find("k='1'", "", "/other?restype=container&comp=blobs")), (std::vector<std::string>{"other/x"}));
  EXPECT_TRUE(names(find("k='9'")).empty());
  EXPECT_NE(find("k='1' AND l='2'").body.find("<Key>l</Key><Value>2</Value>"), std::string::npos);
}

TEST_F(FindByTagsTest, PagesGoOnWhereTheLastOneStopped) {
  std::vector<std::string> all;
  std::string marker;
  do {
    const auto got = find("k>'0'", "&maxresults=1" + (marker.empty() ? "" : "&marker=" + base::percent_encode(marker)));
    ASSERT_EQ(got.status, 200) << got.body;
    for (auto& name : names(got)) all.push_back(std::move(name));
    const auto at = got.body.find("<NextMarker>");
    marker = at == std::string::npos ? "" : got.body.substr(at + 12, got.body.find("</NextMarker>") - at - 12);
  } while (!marker.empty());
  EXPECT_EQ(all, (std::vector<std::string>{"con/x", "con/y", "other/x"}));
}

TEST_F(FindByTagsTest, WhatCannotBeSearchedIsRefused) {
  EXPECT_EQ(find("k").error_code(), "InvalidQueryParameterValue");
  EXPECT_EQ(find("k='1'", "&marker=x").error_code(), "InvalidQueryParameterValue");
  EXPECT_EQ(find("k='1' AND @container='con'", "", "/con?restype=container&comp=blobs").error_code(),
            "InvalidQueryParameterValue");
  EXPECT_EQ(find("k='1'", "", "/none?restype=container&comp=blobs").error_code(), "ContainerNotFound");
  EXPECT_EQ(with(account_sas("s", "l"), "GET", "/?comp=blobs&where=" + base::percent_encode("k='1'")).error_code(),
            "AuthorizationPermissionMismatch");
  EXPECT_EQ(with(account_sas("s", "f"), "GET", "/?comp=blobs&where=" + base::percent_encode("k='1'")).status, 200);
}

}  // namespace
}  // namespace blobstore
