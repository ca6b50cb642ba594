// The authority in its directory: made once, renewed in time, held to its names.
#include "http/certificates.h"
#include "base/durable_file.h"
#include "tests/fakes/fake_clock.h"

#include <gtest/gtest.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <algorithm>
#include <cstdlib>
#include <future>

namespace http {
namespace {

const std::vector<std::string> kNames = {"batch.test", "localhost", "127.0.0.1", "::1"};

class CertificatesTest : public ::testing::Test {
 protected:
  CertificatesTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "http-ca-XXXXXX").string();
    base_ = ::mkdtemp(pattern.data());
    directory_ = base_ / "ca";
  }
  ~CertificatesTest() override { std::filesystem::remove_all(base_); }

  std::shared_ptr<CertificateAuthority> open(std::vector<std::string> names = kNames) {
    auto opened = CertificateAuthority::open(directory_, std::move(names), clock_);
    EXPECT_TRUE(opened.has_value()) << opened.error().message;
    return opened.has_value() ? *opened : nullptr;
  }
  std::string text_of(const std::filesystem::path& path) { return base::read_file(path, 1 << 20).value_or(""); }
  std::string root() { return text_of(authority_paths(directory_).certificate); }
  mode_t mode_of(const std::filesystem::path& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777;
  }

  std::filesystem::path base_;
  std::filesystem::path directory_;
  fakes::FakeClock clock_;
};

TEST_F(CertificatesTest, EverythingIsMadeAndTheKeyIsForItsOwnerAlone) {
  open();
  const auto paths = authority_paths(directory_);
  EXPECT_EQ(mode_of(directory_), 0700U);
  EXPECT_EQ(mode_of(paths.key), 0600U);
  EXPECT_TRUE(text_of(paths.bundle).starts_with(root()));
  EXPECT_FALSE(text_of(paths.java_store).empty());
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    EXPECT_EQ(entry.path().string().find(".new-"), std::string::npos) << entry.path();
  }
}

TEST_F(CertificatesTest, OpenedAgainItIsTheSame) {
  open();
  const auto before = root();
  open();
  EXPECT_EQ(root(), before);
}

TEST_F(CertificatesTest, TwoDaysBeforeItsEndItIsMadeAnew) {
  open();
  const auto before = root();
  clock_.advance(std::chrono::days(28) - std::chrono::seconds(1));
  open();
  EXPECT_EQ(root(), before);
  clock_.advance(std::chrono::seconds(1));
  const auto renewed = open();
  EXPECT_NE(root(), before);
  EXPECT_TRUE(renewed->is_current(clock_.now() + std::chrono::days(27)));
  EXPECT_FALSE(renewed->is_current(clock_.now() + std::chrono::days(28)));
}

TEST_F(CertificatesTest, AnotherListOfNamesMakesItAnew) {
  open();
  const auto before = root();
  open({"batch.test", "localhost"});
  EXPECT_NE(root(), before);
}

TEST_F(CertificatesTest, WhatDoesNotHoldTogetherIsMadeAnew) {
  const auto paths = authority_paths(directory_);
  for (const auto& broken : {paths.certificate, paths.issuer, paths.key, paths.java_store}) {
    open();
    const auto before = root();
    std::filesystem::remove(broken);
    open();
    EXPECT_NE(root(), before) << broken;
  }
  // A key of another authority, as a crash in the middle of a renewal leaves it.
  open();
  const auto before = root();
  const auto key = make_key();
  ASSERT_TRUE(base::write_file_durably(paths.key, *pem_of(key->get())).has_value());
  open();
  EXPECT_NE(root(), before);
}

TEST_F(CertificatesTest, BundleThatIsNotOursIsWrittenAgain) {
  open();
  const auto before = root();
  const auto paths = authority_paths(directory_);
  ASSERT_TRUE(base::write_file_durably(paths.bundle, "old").has_value());
  open();
  EXPECT_EQ(root(), before);
  EXPECT_TRUE(text_of(paths.bundle).starts_with(before));
}

TEST_F(CertificatesTest, AuthorityWhoseFilesAreGoneOrAnothersIsNotCurrent) {
  const auto first = open();
  EXPECT_TRUE(first->is_current(clock_.now()));
  std::filesystem::remove_all(directory_);
  EXPECT_FALSE(first->is_current(clock_.now()));
  const auto second = open();
  EXPECT_TRUE(second->is_current(clock_.now()));
  EXPECT_FALSE(first->is_current(clock_.now()));
}

TEST_F(CertificatesTest, AllWhoOpenAtOnceGetTheSame) {
  std::vector<std::future<std::string>> opened;
  for (int i = 0; i < 4; ++i) {
    opened.push_back(std::async(std::launch::async, [this] { return *pem_of(open()->issuer()); }));
  }
  std::vector<std::string> issuers;
  for (auto& one : opened) issuers.push_back(one.get());
  EXPECT_EQ(std::ranges::count(issuers, text_of(authority_paths(directory_).issuer)), 4);
}

TEST_F(CertificatesTest, AuthoritiesAreMarkedAsPython313WantsThem) {
  open();
  const auto paths = authority_paths(directory_);
  for (const auto& path : {paths.certificate, paths.issuer}) {
    const auto certificate = certificate_from_pem(text_of(path));
    ASSERT_TRUE(certificate.has_value());
    X509* made = certificate->get();
    EXPECT_EQ(X509_check_ca(made), 1);
    EXPECT_EQ(X509_get_key_usage(made), static_cast<std::uint32_t>(KU_KEY_CERT_SIGN | KU_CRL_SIGN));
    EXPECT_NE(X509_get0_subject_key_id(made), nullptr);
    EXPECT_NE(X509_get0_authority_key_id(made), nullptr);
    EXPECT_EQ(X509_get_pathlen(made), path == paths.issuer ? 0 : 1);
    EXPECT_TRUE(constrains_to(made, kNames));
  }
}

TEST_F(CertificatesTest, CertificateIsForOneServerAndItsHostOnly) {
  const auto authority = open();
  const auto made = authority->certificate_for("a.b.batch.test");
  ASSERT_TRUE(made.has_value()) << made.error().message;
  X509* certificate = made->get();
  EXPECT_EQ(X509_check_host(certificate, "a.b.batch.test", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(certificate, "c.b.batch.test", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_ca(certificate), 0);
  EXPECT_EQ(X509_get_key_usage(certificate), static_cast<std::uint32_t>(KU_DIGITAL_SIGNATURE));
  EXPECT_EQ(X509_get_extended_key_usage(certificate), static_cast<std::uint32_t>(XKU_SSL_SERVER));
  EXPECT_EQ(X509_verify(certificate, X509_get0_pubkey(authority->issuer())), 1);
  EXPECT_LE(validity_of(certificate)->until, validity_of(authority->issuer())->until);
  const auto loopback = authority->certificate_for("127.0.0.1");
  EXPECT_EQ(X509_check_ip_asc(loopback->get(), "127.0.0.1", 0), 1);
  EXPECT_EQ(X509_check_host(loopback->get(), "localhost", 0, 0, nullptr), 1) << "Java names no localhost in its hello";
  EXPECT_EQ(X509_check_ip_asc(authority->certificate_for("::1")->get(), "::1", 0), 1);
}

TEST_F(CertificatesTest, CertificatesAreMadeOnceAndTheMemoryOfThemIsBounded) {
  const auto authority = open();
  const auto first = authority->certificate_for("a.batch.test");
  EXPECT_EQ(first->get(), authority->certificate_for("a.batch.test")->get());
  EXPECT_NE(first->get(), authority->certificate_for("b.batch.test")->get());
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(authority->certificate_for("n" + std::to_string(i) + ".batch.test").has_value());
  }
  EXPECT_NE(first->get(), authority->certificate_for("a.batch.test")->get());
}

TEST_F(CertificatesTest, OtherHostsGetNone) {
  const auto authority = open();
  for (const std::string host :
       {"example.com", "batch.test.example.com", "xbatch.test", "127.0.0.2", "1.127.0.0.1", "::2", "", ".batch.test",
        "A.batch.test", "a.batch.test,DNS:example.com", "a b.batch.test", "*.batch.test", "a.batch.test."}) {
    EXPECT_FALSE(authority->vouches_for(host)) << host;
    EXPECT_EQ(authority->certificate_for(host).error().code, base::Errc::invalid_argument) << host;
  }
}

TEST_F(CertificatesTest, DirectoryThatCannotBeMadeIsAnError) {
  ASSERT_TRUE(base::write_file_durably(base_ / "ca", "a file").has_value());
  EXPECT_TRUE(CertificateAuthority::open(directory_, kNames, clock_).has_error());
}

}  // namespace
}  // namespace http
