// The rules that need no store: names, conditions, ranges, choosing blocks.
#include "blobstore/engine/blob.h"
#include "blobstore/engine/block_list.h"
#include "blobstore/engine/conditions.h"
#include "blobstore/engine/container.h"
#include "blobstore/engine/listing.h"
#include "blobstore/engine/ranges.h"
#include "wire/blob/errors.h"
#include "wire/time_text.h"

#include <gtest/gtest.h>

namespace blobstore::engine {
namespace {

using wire::blob::BlockSearch;
using wire::blob::ErrorCode;

std::error_code code(const base::Result<void>& result) {
  return result.has_error() ? result.error().code : std::error_code();
}
template <class T>
std::error_code code(const base::Result<T>& result) {
  return result.has_error() ? result.error().code : std::error_code();
}

const base::Timestamp kModified = *wire::parse_timestamp("2026-03-04T05:06:07.1234567Z");
const std::string kEtag = etag_text(kModified);
const std::error_code kFine;

TEST(ContainerNameTest, LowerCaseLettersDigitsAndSingleDashesAreFine) {
  for (const std::string_view name : {"abc", "a-b", "123", "a1-b2-c3", "$root", "$web", "$logs"}) {
    EXPECT_EQ(code(check_container_name(name)), kFine) << name;
  }
}

TEST(ContainerNameTest, OtherCharactersAndLooseDashesAreRefused) {
  for (const std::string_view name : {"ABC", "a_b", "a--b", "-ab", "ab-", "a.b", "a b", "$other"}) {
    EXPECT_EQ(code(check_container_name(name)), ErrorCode::InvalidResourceName) << name;
  }
}

TEST(ContainerNameTest, LengthIsThreeToSixtyThree) {
  EXPECT_EQ(code(check_container_name("ab")), ErrorCode::OutOfRangeInput);
  EXPECT_EQ(code(check_container_name(std::string(63, 'a'))), kFine);
  EXPECT_EQ(code(check_container_name(std::string(64, 'a'))), ErrorCode::OutOfRangeInput);
}

TEST(BlobNameTest, LengthCountsCharactersNotBytes) {
  std::string umlauts;
  for (int i = 0; i < 1024; ++i) umlauts += "\xC3\xBC";
  EXPECT_EQ(code(check_blob_name(umlauts)), kFine);
  EXPECT_EQ(code(check_blob_name(umlauts + "u")), ErrorCode::OutOfRangeInput);
  EXPECT_EQ(code(check_blob_name("")), ErrorCode::OutOfRangeInput);
}

TEST(BlobNameTest, TooManySegmentsAndBrokenTextAreRefused) {
  EXPECT_EQ(code(check_blob_name(std::string(253, '/'))), kFine);
  EXPECT_EQ(code(check_blob_name(std::string(254, '/'))), ErrorCode::OutOfRangeInput);
  EXPECT_EQ(code(check_blob_name("a\xFF")), ErrorCode::InvalidResourceName);
  EXPECT_EQ(code(check_blob_name(std::string("a\0b", 3))), ErrorCode::InvalidResourceName);
}

TEST(MetadataTest, NamesAreIdentifiers) {
  EXPECT_EQ(code(check_metadata({{"a1_", "v"}, {"_b", ""}})), kFine);
  EXPECT_EQ(code(check_metadata({{"1a", "v"}})), ErrorCode::InvalidMetadata);
  EXPECT_EQ(code(check_metadata({{"a-b", "v"}})), ErrorCode::InvalidMetadata);
  EXPECT_EQ(code(check_metadata({{"", "v"}})), ErrorCode::EmptyMetadataKey);
  EXPECT_EQ(code(check_metadata({{"a", "1"}, {"A", "2"}})), ErrorCode::InvalidMetadata);
}

TEST(MetadataTest, EightKibibytesAreTheLimit) {
  EXPECT_EQ(code(check_metadata({{"a", std::string(8 * 1024 - 1, 'x')}})), kFine);
  EXPECT_EQ(code(check_metadata({{"a", std::string(8 * 1024, 'x')}})), ErrorCode::MetadataTooLarge);
}

TEST(ConditionsTest, EtagListsAreSplitAndBared) {
  EXPECT_EQ(parse_etag_list("\"0x1\", W/\"0x2\" ,0x3,*"), (std::vector<std::string>{"0x1", "0x2", "0x3", "*"}));
  EXPECT_TRUE(parse_etag_list("").empty());
}

TEST(ConditionsTest, ReadWithTheSameEtagIsNotModified) {
  EXPECT_EQ(code(check_read({.if_none_match = {kEtag}}, kModified)), ErrorCode::NotModified);
  EXPECT_EQ(code(check_read({.if_none_match = {"0x1"}}, kModified)), kFine);
}

TEST(ConditionsTest, ReadWithAnotherEtagFailsItsPrecondition) {
  EXPECT_EQ(code(check_read({.if_match = {"0x1"}}, kModified)), ErrorCode::ConditionNotMet);
  EXPECT_EQ(code(check_read({.if_match = {"0x1", kEtag}}, kModified)), kFine);
  EXPECT_EQ(code(check_read({.if_match = {"*"}}, kModified)), kFine);
}

TEST(ConditionsTest, TimesAreComparedInWholeSeconds) {
  const auto same_second = *wire::parse_timestamp("2026-03-04T05:06:07Z");
  EXPECT_EQ(code(check_read({.if_modified_since = same_second}, kModified)), ErrorCode::NotModified);
  EXPECT_EQ(code(check_read({.if_unmodified_since = same_second}, kModified)), kFine);
  const auto before = *wire::parse_timestamp("2026-03-04T05:06:06Z");
  EXPECT_EQ(code(check_read({.if_modified_since = before}, kModified)), kFine);
  EXPECT_EQ(code(check_read({.if_unmodified_since = before}, kModified)), ErrorCode::ConditionNotMet);
}

TEST(ConditionsTest, EtagsWinOverTimes) {
  const auto later = kModified + std::chrono::hours(1);
  const auto before = kModified - std::chrono::hours(1);
  EXPECT_EQ(code(check_read({.if_none_match = {"0x1"}, .if_modified_since = later}, kModified)), kFine);
  EXPECT_EQ(code(check_read({.if_match = {kEtag}, .if_unmodified_since = before}, kModified)), kFine);
}

TEST(ConditionsTest, WriteIsRefusedWith412InEveryCase) {
  EXPECT_EQ(code(check_write({.if_none_match = {kEtag}}, kModified)), ErrorCode::ConditionNotMet);
  EXPECT_EQ(code(check_write({.if_match = {"0x1"}}, kModified)), ErrorCode::ConditionNotMet);
  EXPECT_EQ(code(check_write({.if_match = {"*"}}, std::nullopt)), ErrorCode::ConditionNotMet);
  EXPECT_EQ(code(check_write({.if_none_match = {"*"}}, std::nullopt)), kFine);
}

TEST(ConditionsTest, PutThatMustBeNewSaysThatTheBlobExists) {
  EXPECT_EQ(code(check_put({.if_none_match = {"*"}}, kModified)), ErrorCode::BlobAlreadyExists);
  EXPECT_EQ(code(check_put({.if_none_match = {"*"}}, std::nullopt)), kFine);
}

TEST(RangeTest, OpenEndedRangeReachesTheLastByte) {
  EXPECT_EQ(*resolve_range(*parse_range("bytes=3-"), 10), (ByteRange{3, 10}));
}

TEST(RangeTest, EndIsInclusiveAndCutAtTheSize) {
  EXPECT_EQ(*resolve_range(*parse_range("bytes=0-0"), 10), (ByteRange{0, 1}));
  EXPECT_EQ(*resolve_range(*parse_range("bytes=0-99"), 10), (ByteRange{0, 10}));
  EXPECT_EQ(*resolve_range(*parse_range("bytes=5-18446744073709551615"), 10), (ByteRange{5, 10}));
}

TEST(RangeTest, RangeThatStartsAtTheEndIsInvalid) {
  EXPECT_EQ(code(resolve_range(*parse_range("bytes=10-"), 10)), ErrorCode::InvalidRange);
  EXPECT_EQ(code(resolve_range(*parse_range("bytes=0-"), 0)), ErrorCode::InvalidRange);
}

TEST(RangeTest, OtherFormsAreRefused) {
  for (const std::string_view text :
       {"", "bytes", "bytes=", "bytes=-", "bytes=-5", "bytes=5-4", "bytes=a-b", "bytes=1-2,4-5", "octets=1-2",
        "bytes=+1-2", "bytes= 1-2", "bytes=99999999999999999999-", "bytes=1-99999999999999999999"}) {
    EXPECT_EQ(code(parse_range(text)), base::Errc::invalid_argument) << text;
  }
}

StagedBlock staged(std::string id, std::uint64_t size, std::uint64_t extent) {
  return {.id = std::move(id), .size = size, .extent = static_cast<ExtentId>(extent)};
}

TEST(BlockListTest, LatestPrefersTheStagedBlock) {
  const auto blocks = choose_blocks(
      {{BlockSearch::latest, "a"}, {BlockSearch::committed, "a"}, {BlockSearch::latest, "b"}},
      {{"a", 0, 10, static_cast<ExtentId>(1)}, {"b", 10, 5, static_cast<ExtentId>(2)}}, {staged("a", 7, 3)});
  ASSERT_TRUE(blocks);
  EXPECT_EQ(*blocks, (std::vector<Block>{{"a", 0, 7, static_cast<ExtentId>(3)},
                                         {"a", 7, 10, static_cast<ExtentId>(1)},
                                         {"b", 17, 5, static_cast<ExtentId>(2)}}));
}

TEST(BlockListTest, BlockThatIsNotWhereTheListSaysIsRefused) {
  EXPECT_EQ(code(choose_blocks({{BlockSearch::committed, "a"}}, {}, {staged("a", 1, 1)})), ErrorCode::InvalidBlockList);
  EXPECT_EQ(code(choose_blocks({{BlockSearch::uncommitted, "a"}}, {{"a", 0, 1, static_cast<ExtentId>(1)}}, {})),
            ErrorCode::InvalidBlockList);
  EXPECT_EQ(code(choose_blocks({{BlockSearch::latest, "a"}}, {}, {})), ErrorCode::InvalidBlockList);
}

TEST(BlockListTest, BlockMayStandInTheListTwice) {
  const auto blocks = choose_blocks({{BlockSearch::latest, "a"}, {BlockSearch::latest, "a"}}, {}, {staged("a", 4, 9)});
  ASSERT_TRUE(blocks);
  EXPECT_EQ((*blocks)[1].start, 4u);
  EXPECT_EQ((*blocks)[1].extent, static_cast<ExtentId>(9));
}

TEST(ListingTest, AfterAPrefixComesItsSuccessor) {
  EXPECT_EQ(after_prefix("a/"), "a0");
  EXPECT_EQ(after_prefix("a\xFF"), "b");
  EXPECT_EQ(after_prefix("\xFF"), "");
}

}  // namespace
}  // namespace blobstore::engine
