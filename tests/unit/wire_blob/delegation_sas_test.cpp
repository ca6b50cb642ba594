// User delegation SAS. The signatures below were made by @azure/storage-blob 12.32.0 with a key whose bytes are
// "a delegation key".
#include "wire/blob/errors.h"
#include "wire/blob/sas.h"

#include "http_query.h"

#include <gtest/gtest.h>

namespace wire::blob {
namespace {

constexpr std::string_view kDelegationKey = "a delegation key";

/// One of each form of the string-to-sign.
constexpr std::pair<std::string_view, std::string_view> kSigned[] = {
    {"2018-11-09",
     "sv=2018-11-09&se=2023-01-02T00%3A00%3A00Z&skoid=11111111-2222-3333-4444-555555555555&sktid=aaaaaaaa-bbbb-cccc-"
     "dddd-eeeeeeeeeeee&skt=2023-01-01T00%3A00%3A00Z&ske=2023-01-05T00%3A00%3A00Z&sks=b&skv=2020-02-10&sr=b&sp=r&rsct="
     "text%2Fplain&sig=sP%2Bt2TTNUOUA1OKyp5YrqzBR2%2FdCdTrnGwZTGWAnF3Y%3D"},
    {"2019-12-12",
     "sv=2019-12-12&se=2023-01-02T00%3A00%3A00Z&skoid=11111111-2222-3333-4444-555555555555&sktid=aaaaaaaa-bbbb-cccc-"
     "dddd-eeeeeeeeeeee&skt=2023-01-01T00%3A00%3A00Z&ske=2023-01-05T00%3A00%3A00Z&sks=b&skv=2020-02-10&sr=b&sp=r&rsct="
     "text%2Fplain&sig=vCEYERSmHpd5prmufuu9gkBj915KSTM1tiUNBzDuMyI%3D"},
    {"2020-02-10",
     "sv=2020-02-10&se=2023-01-02T00%3A00%3A00Z&skoid=11111111-2222-3333-4444-555555555555&sktid=aaaaaaaa-bbbb-cccc-"
     "dddd-eeeeeeeeeeee&skt=2023-01-01T00%3A00%3A00Z&ske=2023-01-05T00%3A00%3A00Z&sks=b&skv=2020-02-10&sr=b&sp=r&rsct="
     "text%2Fplain&scid=99999999-8888-7777-6666-555555555555&sig=NGMuF2SwjnoqwCYeguJxXy%2BZFmNFtuqbn%2FQYvLqu72Y%3D"},
    {"2020-12-06",
     "sv=2020-12-06&se=2023-01-02T00%3A00%3A00Z&skoid=11111111-2222-3333-4444-555555555555&sktid=aaaaaaaa-bbbb-cccc-"
     "dddd-eeeeeeeeeeee&skt=2023-01-01T00%3A00%3A00Z&ske=2023-01-05T00%3A00%3A00Z&sks=b&skv=2020-02-10&sr=b&sp=r&rsct="
     "text%2Fplain&scid=99999999-8888-7777-6666-555555555555&sig=IML5sP%2B1PwOFNu12RHx7aNRN%2FbPjFVWi0Cl8%2FfJASzc%3D"},
    {"2025-07-05",
     "sv=2025-07-05&se=2023-01-02T00%3A00%3A00Z&skoid=11111111-2222-3333-4444-555555555555&sktid=aaaaaaaa-bbbb-cccc-"
     "dddd-eeeeeeeeeeee&skt=2023-01-01T00%3A00%3A00Z&ske=2023-01-05T00%3A00%3A00Z&sks=b&skv=2020-02-10&sr=b&sp=r&rsct="
     "text%2Fplain&scid=99999999-8888-7777-6666-555555555555&sig=a8WzIqaEQsBiuYEIZGhXGXRFVBJRe7tOl3gTwvtLrxU%3D"},
    {"2026-04-06",
     "sv=2026-04-06&se=2023-01-02T00%3A00%3A00Z&skoid=11111111-2222-3333-4444-555555555555&sktid=aaaaaaaa-bbbb-cccc-"
     "dddd-eeeeeeeeeeee&skt=2023-01-01T00%3A00%3A00Z&ske=2023-01-05T00%3A00%3A00Z&sks=b&skv=2020-02-10&sr=b&sp=r&rsct="
     "text%2Fplain&scid=99999999-8888-7777-6666-555555555555&sig=6%2FsxTHW%2F1iQumliEhPqZb2UMvs2slWCQY7A1W3ZF%2Fsw%3D"},
};

std::string without(std::string query, const std::string& parameter) {
  const auto begin = query.find("&" + parameter + "=");
  EXPECT_NE(begin, std::string::npos) << parameter;
  return query.erase(begin, query.find('&', begin + 1) - begin);
}

TEST(DelegationSasTest, SasOfTheNewestJavaScriptClientIsAcceptedInEveryVersion) {
  for (const auto& [version, query] : kSigned) {
    const auto sas = parse_sas(query_fields(query));
    ASSERT_TRUE(sas) << version << " " << sas.error().message;
    EXPECT_TRUE(sas->is_user_delegation());
    EXPECT_TRUE(check_sas_signature(*sas, "acct", kDelegationKey, "cont", "d/x+y.txt")) << version;
    EXPECT_TRUE(check_sas_signature(*sas, "acct", kDelegationKey, "cont", "other").has_error()) << version;
    EXPECT_TRUE(check_sas_signature(*sas, "acct", "another key", "cont", "d/x+y.txt").has_error()) << version;
  }
}

TEST(DelegationSasTest, EveryFieldOfTheKeyIsSigned) {
  for (const auto* field : {"skoid", "sktid", "skt", "ske", "skv", "scid"}) {
    std::string query(kSigned[2].second);
    const auto at = query.find("&" + std::string(field) + "=") + std::string(field).size() + 2;
    query[at] = query[at] == '3' ? '4' : '3';
    const auto sas = parse_sas(query_fields(query));
    ASSERT_TRUE(sas) << query;
    EXPECT_TRUE(check_sas_signature(*sas, "acct", kDelegationKey, "cont", "d/x+y.txt").has_error()) << field;
  }
}

TEST(DelegationSasTest, KeyFieldsComeTogetherOrNotAtAll) {
  for (const auto* field : {"skoid", "sktid", "skt", "ske", "sks", "skv"}) {
    const auto sas = parse_sas(query_fields(without(std::string(kSigned[3].second), field)));
    ASSERT_TRUE(sas.has_error()) << field;
    EXPECT_EQ(sas.error().code, ErrorCode::AuthenticationFailed) << field;
  }
}

TEST(DelegationSasTest, StoredPolicyAndAccountSasCannotBeDelegated) {
  for (const auto* extra : {"&si=policy", "&ss=b&srt=o", "&saoid=a&suoid=b"}) {
    const auto sas = parse_sas(query_fields(std::string(kSigned[3].second) + extra));
    ASSERT_TRUE(sas.has_error()) << extra;
    EXPECT_EQ(sas.error().code, ErrorCode::AuthenticationFailed) << extra;
  }
}

TEST(DelegationSasTest, WhatBindsASasIsRefusedByName) {
  for (const auto* extra : {"&sduoid=x", "&skdutid=x", "&srh=x", "&srq=x"}) {
    const auto sas = parse_sas(query_fields(std::string(kSigned[5].second) + extra));
    ASSERT_TRUE(sas.has_error()) << extra;
    EXPECT_EQ(sas.error().code, ErrorCode::NotImplemented) << extra;
  }
}

}  // namespace
}  // namespace wire::blob
