// The service as the app uses it: opened, asked, stopped, opened again.
#include "blobstore/blob_service.h"

#include "base/sqlite.h"
#include "tests/unit/blobstore/blob_harness.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>

namespace blobstore {
namespace {

class BlobServiceTest : public testing::Test {
 protected:
  ~BlobServiceTest() override { std::filesystem::remove_all(directory_); }

  /// Opens the service, runs `use` on it and stops it.
  template <class Use>
  void with_service(Use use) {
    boost::asio::io_context io;
    base::Workers workers(2);
    BlobServiceOptions options{.directory = directory_};
    options.accounts = std::make_shared<TestAccounts>();
    auto opened = BlobService::open(io.get_executor(), workers, clock_, options);
    ASSERT_TRUE(opened) << opened.error().message;
    bool ended = false;
    auto all = [](BlobService& service, Use used, bool& done) -> base::Async<void> {
      co_await used(service);
      co_await service.stop();
      done = true;
    };
    boost::asio::co_spawn(io, all(**opened, std::move(use), ended), [&](std::exception_ptr) { io.stop(); });
    const auto guard = boost::asio::make_work_guard(io);
    io.run();
    EXPECT_TRUE(ended);
  }

  http::Request request(const std::string& method, const std::string& path, const std::string& body = {}) {
    http::Request made;
    made.method = method;
    made.path = "/acct" + path.substr(0, path.find('?'));
    made.query = full_sas(clock_);
    if (path.find('?') != std::string::npos) made.query += "&" + path.substr(path.find('?') + 1);
    made.headers = {{"Host", "localhost"}, {"x-ms-version", "2021-12-02"}, {"x-ms-blob-type", "BlockBlob"}};
    if (method == "PUT") made.content_length = body.size();
    made.body = http::body_from_text(body);
    made.peer_address = "127.0.0.1";
    return made;
  }

  base::Async<int> status_of(BlobService& service, std::string method, std::string path, std::string body = {}) {
    auto made = request(method, path, body);
    auto response = co_await service.handle(made);
    text_ = response.text;
    co_return response.status;
  }
  base::Async<void> write(BlobService& service) {
    EXPECT_EQ(co_await status_of(service, "PUT", "/con?restype=container"), 201);
    EXPECT_EQ(co_await status_of(service, "PUT", "/con/b", "bytes"), 201);
    EXPECT_EQ(co_await status_of(service, "PUT", "/con/draft?comp=block&blockid=MQ%3D%3D", "draft"), 201);
  }
  base::Async<void> read_back(BlobService& service) {
    EXPECT_EQ(co_await status_of(service, "GET", "/con/b"), 200);
    EXPECT_EQ(text_, "bytes");
    EXPECT_EQ(co_await status_of(service, "GET", "/con/draft?comp=blocklist&blocklisttype=all"), 200);
  }
  base::Async<void> find_no_draft(BlobService& service) {
    EXPECT_EQ(co_await status_of(service, "GET", "/con/b"), 200);
    EXPECT_EQ(co_await status_of(service, "GET", "/con/draft?comp=blocklist&blocklisttype=all"), 404);
  }
  base::Async<void> stay_idle(BlobService& /*service*/) { co_return; }
  base::Async<void> write_after_stop(BlobService& service) {
    co_await service.stop();
    EXPECT_EQ(co_await status_of(service, "PUT", "/late?restype=container"), 503);
  }
  std::size_t extents() const {
    const auto files = std::filesystem::directory_iterator(directory_ / "extents");
    return static_cast<std::size_t>(std::distance(files, std::filesystem::directory_iterator()));
  }

  std::string text_;
  const std::filesystem::path directory_ =
      std::filesystem::path(testing::TempDir()) / ("blob-service-" + std::to_string(::getpid()));
  fakes::FakeClock clock_;
};

TEST_F(BlobServiceTest, BlobsOutliveTheService) {
  with_service([this](BlobService& service) { return write(service); });
  with_service([this](BlobService& service) { return read_back(service); });
}

TEST_F(BlobServiceTest, WhatACrashLeftIsCollectedAtTheStart) {
  with_service([this](BlobService& service) { return write(service); });
  ASSERT_EQ(extents(), 2u);
  std::ofstream(directory_ / "extents" / "00000000000000aa") << "torn";
  with_service([this](BlobService& service) { return read_back(service); });
  EXPECT_EQ(extents(), 2u);
}

TEST_F(BlobServiceTest, StagedBlocksVanishAfterAWeek) {
  with_service([this](BlobService& service) { return write(service); });
  clock_.advance(std::chrono::hours(24 * 7 + 1));
  with_service([this](BlobService& service) { return stay_idle(service); });
  with_service([this](BlobService& service) { return find_no_draft(service); });
}

TEST_F(BlobServiceTest, StoppedServiceTakesNoWrite) {
  with_service([this](BlobService& service) { return write_after_stop(service); });
}

TEST_F(BlobServiceTest, StoreOfAnotherSchemaIsRefused) {
  with_service([this](BlobService& service) { return stay_idle(service); });
  {
    auto database = base::sqlite::Database::open(directory_ / "blob.db");
    ASSERT_TRUE(database);
    ASSERT_TRUE(database->execute("PRAGMA user_version = 99"));
  }
  boost::asio::io_context io;
  base::Workers workers(1);
  auto opened = BlobService::open(io.get_executor(), workers, clock_, {.directory = directory_});
  ASSERT_TRUE(opened.has_error());
  EXPECT_EQ(opened.error().code, base::Errc::corrupt);
}

TEST_F(BlobServiceTest, RefusalsOfTheGateHaveTheServicesForm) {
  with_service([this](BlobService& service) { return stay_idle(service); });
  boost::asio::io_context io;
  base::Workers workers(1);
  auto opened = BlobService::open(io.get_executor(), workers, clock_, {.in_memory = true});
  ASSERT_TRUE(opened);
  const auto made = request("GET", "/con/b");
  for (const auto& [refusal, status] : {std::pair{http::Refusal::bad_framing, 400},
                                        {http::Refusal::header_too_large, 400},
                                        {http::Refusal::body_too_large, 413},
                                        {http::Refusal::unknown_host, 421},
                                        {http::Refusal::forbidden_origin, 403},
                                        {http::Refusal::forbidden_peer, 403},
                                        {http::Refusal::header_timeout, 408}}) {
    const auto response = (*opened)->refuse(refusal, made, "because");
    EXPECT_EQ(response.status, status);
    EXPECT_NE(response.text.find("because"), std::string::npos);
    EXPECT_TRUE(response.text.starts_with("\xEF\xBB\xBF<?xml"));
  }
}

}  // namespace
}  // namespace blobstore
