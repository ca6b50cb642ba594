#include "wire/blob/xml.h"

#include "base/text.h"
#include "wire/blob/errors.h"
#include "wire/blob/limits.h"
#include "wire/blob/xml_writer.h"
#include "wire/time_text.h"

#include <gtest/gtest.h>

namespace wire::blob {
namespace {

std::error_code code_of(std::string_view xml) {
  const auto parsed = parse_block_list(xml);
  return parsed.has_error() ? parsed.error().code : std::error_code();
}

TEST(BlockListXmlTest, KeepsOrderAndKindOfEveryEntry) {
  const auto list = parse_block_list(
      "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList><Latest>YQ==</Latest> "
      "<Committed>Yg==</Committed>\n<Uncommitted> Yw== </Uncommitted></BlockList>");
  ASSERT_TRUE(list);
  EXPECT_EQ(*list, (std::vector<BlockListEntry>{
                       {BlockSearch::latest, "a"}, {BlockSearch::committed, "b"}, {BlockSearch::uncommitted, "c"}}));
}

TEST(BlockListXmlTest, EmptyListIsAList) {
  EXPECT_EQ(code_of("<BlockList/>"), std::error_code());
  EXPECT_EQ(code_of("\xEF\xBB\xBF<?xml version=\"1.0\"?><BlockList></BlockList>"), std::error_code());
}

TEST(BlockListXmlTest, WhatIsPrintedIsRead) {
  const std::vector<BlockListEntry> entries{{BlockSearch::latest, std::string("\0\xff<", 3)}};
  EXPECT_EQ(*parse_block_list(print_block_list_request(entries)), entries);
}

TEST(BlockListXmlTest, DocumentTypesAreRefused) {
  EXPECT_EQ(code_of("<!DOCTYPE BlockList [<!ENTITY a \"YQ==\">]><BlockList><Latest>&a;</Latest></BlockList>"),
            ErrorCode::InvalidXmlDocument);
}

TEST(BlockListXmlTest, OtherDocumentsAreRefused) {
  for (const std::string_view xml : {"", "x", "<BlockList>", "<Blocklist/>", "<BlockList/><BlockList/>",
                                     "<BlockList><Newest>YQ==</Newest></BlockList>", "<BlockList>text</BlockList>",
                                     "<BlockList><Latest><b>YQ==</b></Latest></BlockList>"}) {
    EXPECT_EQ(code_of(xml), ErrorCode::InvalidXmlDocument) << xml;
  }
}

TEST(BlockListXmlTest, IdsAreBase64OfOneTo64Bytes) {
  const auto list = [](const std::string& id) { return "<BlockList><Latest>" + id + "</Latest></BlockList>"; };
  EXPECT_EQ(code_of(list(base::base64_encode(std::string(64, 'x')))), std::error_code());
  EXPECT_EQ(code_of(list(base::base64_encode(std::string(65, 'x')))), ErrorCode::InvalidBlockId);
  EXPECT_EQ(code_of(list("")), ErrorCode::InvalidBlockId);
  EXPECT_EQ(code_of(list("???")), ErrorCode::InvalidBlockId);
}

TEST(BlockListXmlTest, FiftyThousandBlocksAreTheLimit) {
  std::string xml = "<BlockList>";
  for (std::size_t i = 0; i < kMaxCommittedBlocks; ++i) xml += "<Latest>YQ==</Latest>";
  EXPECT_EQ(code_of(xml + "</BlockList>"), std::error_code());
  EXPECT_EQ(code_of(xml + "<Latest>YQ==</Latest></BlockList>"), ErrorCode::BlockListTooLong);
}

TEST(BlockListXmlTest, DeepNestingIsOnlyAnError) {
  std::string xml;
  for (int i = 0; i < 200'000; ++i) xml += "<a>";
  EXPECT_EQ(code_of(xml), ErrorCode::InvalidXmlDocument);
}

TEST(PolicyXmlTest, WhatIsPrintedIsRead) {
  const std::vector<SignedIdentifier> policies{{"a", {"2026-01-01T00:00:00Z", "2027-01-01", "rwdl"}}, {"b & c", {}}};
  EXPECT_EQ(*parse_signed_identifiers(print_signed_identifiers(policies)), policies);
}

TEST(PolicyXmlTest, EmptyBodyMeansNoPolicies) {
  EXPECT_TRUE(parse_signed_identifiers("")->empty());
  EXPECT_TRUE(parse_signed_identifiers("<SignedIdentifiers />")->empty());
}

TEST(PolicyXmlTest, WrongValuesAreRefused) {
  const auto policy = [](std::string_view id, std::string_view inside) {
    return "<SignedIdentifier><Id>" + std::string(id) + "</Id><AccessPolicy>" + std::string(inside) +
           "</AccessPolicy></SignedIdentifier>";
  };
  const std::string six =
      policy("1", "") + policy("2", "") + policy("3", "") + policy("4", "") + policy("5", "") + policy("6", "");
  for (const auto& inside : {policy("", ""), policy(std::string(65, 'x'), ""), policy("a", "<Start>soon</Start>"),
                             policy("a", "<Permission>rz</Permission>"), policy("a", "") + policy("a", ""), six}) {
    const auto parsed = parse_signed_identifiers("<SignedIdentifiers>" + inside + "</SignedIdentifiers>");
    ASSERT_TRUE(parsed.has_error()) << inside;
    EXPECT_EQ(parsed.error().code, ErrorCode::InvalidXmlNodeValue) << inside;
  }
}

TEST(ListXmlTest, EmptyListIsTheOneSeenOnTheLiveService) {
  EXPECT_EQ(print_blob_list({.service_endpoint = "https://billsstorage24326.blob.core.windows.net/"},
                            "aaatestcontainer", {}, {}),
            "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults "
            "ServiceEndpoint=\"https://billsstorage24326.blob.core.windows.net/\" "
            "ContainerName=\"aaatestcontainer\"><Blobs /><NextMarker /></EnumerationResults>");
}

TEST(ListXmlTest, ClientReadsWhatTheServicePrints) {
  BlobItem blob{.name = "a&b/\xC3\xBC.txt", .etag = "\"0x8D\"", .content_length = 12, .content_type = "text/plain"};
  blob.last_modified = *parse_timestamp("2026-01-02T03:04:05Z");
  blob.metadata = {{"k", "v<"}};
  const BlobItem prefix{.name = "dir/", .is_prefix = true};
  const auto page = parse_blob_list(print_blob_list({.next_marker = "m"}, "c", {blob, prefix}, {.metadata = true}));
  ASSERT_TRUE(page);
  ASSERT_EQ(page->blobs.size(), 2u);
  EXPECT_EQ(page->blobs[0].name, blob.name);
  EXPECT_EQ(page->blobs[0].etag, "0x8D");
  EXPECT_EQ(page->blobs[0].content_length, 12u);
  EXPECT_EQ(page->blobs[0].last_modified, blob.last_modified);
  EXPECT_EQ(page->blobs[0].metadata, blob.metadata);
  EXPECT_TRUE(page->blobs[1].is_prefix);
  EXPECT_EQ(page->next_marker, "m");
}

TEST(ListXmlTest, NamesThatXmlCannotHoldAreEncodedAndMarked) {
  const BlobItem blob{.name = "a\x01z"};
  const auto xml = print_blob_list({}, "c", {blob}, {});
  EXPECT_NE(xml.find("<Name Encoded=\"true\">a%01z</Name>"), std::string::npos);
  EXPECT_EQ(parse_blob_list(xml)->blobs[0].name, blob.name);
}

TEST(XmlWriterTest, BrokenUtf8IsReplaced) {
  EXPECT_EQ(xml_escape("a\xFF\x62"), "a?b");
}

}  // namespace
}  // namespace wire::blob
