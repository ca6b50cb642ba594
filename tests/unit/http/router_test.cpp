// Paths to rows, parameters decoded once.
#include "http/router.h"

#include <gtest/gtest.h>

namespace http {
namespace {

using base::Errc;

Router make_router() {
  Router router;
  router.add("GET", "/pools", 1);
  router.add("POST", "/pools", 2);
  router.add("GET", "/pools/{poolId}", 3);
  router.add("GET", "/pools/special", 4);
  router.add("GET", "/jobs/{jobId}/tasks/{taskId}/files", 5);
  router.add("GET", "/jobs/{jobId}/tasks/{taskId}/files/{filePath*}", 6);
  router.add("HEAD", "/jobs/{jobId}/tasks/{taskId}/files/{filePath*}", 7);
  router.add("GET", "/certificates(thumbprintAlgorithm={algorithm},thumbprint={thumbprint})", 8);
  router.add("POST", "/certificates(thumbprintAlgorithm={algorithm},thumbprint={thumbprint})/canceldelete", 9);
  router.add("GET", "/", 10);
  return router;
}

std::size_t row_of(std::string_view method, std::string_view path) {
  const auto match = make_router().match(method, path);
  return match.has_value() ? match->row : 0;
}

TEST(RouterTest, FixedPathsMatchByMethod) {
  EXPECT_EQ(row_of("GET", "/pools"), 1U);
  EXPECT_EQ(row_of("POST", "/pools"), 2U);
  EXPECT_EQ(row_of("GET", "/"), 10U);
}

TEST(RouterTest, ParameterIsDecodedOnce) {
  const auto match = make_router().match("GET", "/pools/a%2Fb%2525");
  ASSERT_TRUE(match.has_value());
  EXPECT_EQ(match->row, 3U);
  EXPECT_EQ(match->parameters.get("poolId"), "a/b%25");
  EXPECT_EQ(match->parameters.get("other"), "");
}

TEST(RouterTest, FixedTextWinsOverAParameter) {
  EXPECT_EQ(row_of("GET", "/pools/special"), 4U);
  EXPECT_EQ(row_of("GET", "/pools/special2"), 3U);
}

TEST(RouterTest, TailTakesTheRestWithItsSlashes) {
  const auto match = make_router().match("HEAD", "/jobs/j/tasks/t/files//startup/std%20out.txt");
  ASSERT_TRUE(match.has_value());
  EXPECT_EQ(match->row, 7U);
  EXPECT_EQ(match->parameters.get("filePath"), "/startup/std out.txt");
  EXPECT_EQ(match->parameters.get("jobId"), "j");
}

TEST(RouterTest, TailTakesAtLeastOneByte) {
  EXPECT_EQ(row_of("GET", "/jobs/j/tasks/t/files"), 5U);
  EXPECT_EQ(row_of("GET", "/jobs/j/tasks/t/files/"), 0U);
  EXPECT_EQ(row_of("GET", "/jobs/j/tasks/t/files//"), 6U);
}

TEST(RouterTest, SegmentMixesTextAndParameters) {
  const auto match = make_router().match("GET", "/certificates(thumbprintAlgorithm=sha1,thumbprint=ab%2C)");
  ASSERT_TRUE(match.has_value());
  EXPECT_EQ(match->row, 8U);
  EXPECT_EQ(match->parameters.get("algorithm"), "sha1");
  EXPECT_EQ(match->parameters.get("thumbprint"), "ab,");
  EXPECT_EQ(row_of("POST", "/certificates(thumbprintAlgorithm=a,thumbprint=b)/canceldelete"), 9U);
  EXPECT_EQ(row_of("GET", "/certificates(thumbprintAlgorithm=,thumbprint=b)"), 0U);
}

TEST(RouterTest, UnknownPathsAreNotFound) {
  for (const auto* path : {"", "pools", "/pool", "/Pools", "/pools/", "//pools", "/pools/a/", "/pools/a/b", "/jobs",
                           "/%70ools", "/jobs//tasks/t/files", "*"}) {
    const auto match = make_router().match("GET", path);
    ASSERT_TRUE(match.has_error()) << path;
    EXPECT_EQ(match.error().code, Errc::not_found) << path;
  }
}

TEST(RouterTest, KnownPathWithAnotherMethodIsUnsupported) {
  EXPECT_EQ(make_router().match("DELETE", "/pools").error().code, Errc::unsupported);
  EXPECT_EQ(make_router().match("get", "/pools").error().code, Errc::unsupported);
  EXPECT_EQ(make_router().methods("/pools"), (std::vector<std::string>{"GET", "POST"}));
  EXPECT_TRUE(make_router().methods("/nothing").empty());
}

TEST(RouterTest, OtherMethodMayMatchALessSpecificTemplate) {
  Router router;
  router.add("GET", "/a/fixed", 1);
  router.add("PUT", "/a/{name}", 2);
  EXPECT_EQ(router.match("PUT", "/a/fixed")->row, 2U);
}

TEST(RouterTest, WrongEncodingIsInvalid) {
  for (const auto* path : {"/pools/%", "/pools/%4", "/pools/%zz", "/pools/a%00b"}) {
    EXPECT_EQ(make_router().match("GET", path).error().code, Errc::invalid_argument) << path;
  }
}

TEST(RouterTest, BlobPathsLeaveTheNameAlone) {
  Router router;
  router.add("GET", "/", 1);
  router.add("GET", "/{container}", 2);
  router.add("GET", "/{container}/{blob*}", 3);
  EXPECT_EQ(router.match("GET", "/")->row, 1U);
  EXPECT_EQ(router.match("GET", "/c")->row, 2U);
  EXPECT_EQ(router.match("GET", "/c/a//b/")->parameters.get("blob"), "a//b/");
}

TEST(QueryTest, FieldsKeepTheirOrderAndDecode) {
  const auto query = Query::parse("$filter=a%20eq%20'b'&&x&y=&$filter=2&a=1=2");
  ASSERT_TRUE(query.has_value());
  EXPECT_EQ(query->fields().size(), 5U);
  EXPECT_EQ(query->find("$FILTER"), "a eq 'b'");
  EXPECT_EQ(query->find("x"), "");
  EXPECT_EQ(query->find("y"), "");
  EXPECT_EQ(query->find("a"), "1=2");
  EXPECT_EQ(query->find("z"), std::nullopt);
}

TEST(QueryTest, PlusIsAPlusUnlessAskedOtherwise) {
  EXPECT_EQ(Query::parse("a=b+c")->find("a"), "b+c");
  EXPECT_EQ(Query::parse("a=b+c", true)->find("a"), "b c");
}

TEST(QueryTest, WrongEncodingIsInvalid) {
  for (const auto* text : {"a=%", "%4=b", "a=%0", "a=%zz", "a=%00", "%00"}) {
    EXPECT_EQ(Query::parse(text).error().code, Errc::invalid_argument) << text;
  }
}

}  // namespace
}  // namespace http
