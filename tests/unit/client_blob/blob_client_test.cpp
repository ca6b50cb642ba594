// The client against a server that checks signatures and remembers what it was asked.
#include "client/api/blob_client.h"

#include "base/durable_file.h"
#include "base/text.h"
#include "http/server.h"
#include "wire/blob/shared_key.h"
#include "wire/blob/xml.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <map>

namespace client::api {
namespace {

using base::Async;
using base::Result;

struct SeenRequest {
  std::string method;
  std::string path;
  std::string query;
  http::Headers headers;
  std::string body;
  bool signature_is_right = false;
};

class BlobClientTest : public ::testing::Test {
 protected:
  static constexpr std::chrono::seconds kPatience{20};

  BlobClientTest() {
    char name[] = "/tmp/blob-client-XXXXXX";
    directory_ = ::mkdtemp(name);
    http::ServerOptions options;
    options.allowed_hosts = {"127.0.0.1"};
    auto listening = http::Server::listen(io_.get_executor(), options);
    EXPECT_TRUE(listening.has_value());
    server_ = std::move(listening).value();
    server_->start([this](http::Request& request) { return serve(request); },
                   [](http::Refusal, const http::Request&, std::string_view) { return http::Response{.status = 400}; });
    account_ = {
        .name = "acct", .key = "secret", .blob_url = "http://127.0.0.1:" + std::to_string(server_->port()) + "/acct"};
    container_ = {.url = account_.container_url("c")};
    retry_.first_delay = std::chrono::milliseconds(1);
  }
  ~BlobClientTest() override {
    run(server_->stop(std::chrono::milliseconds(100)));
    std::filesystem::remove_all(directory_);
  }

  Async<http::Response> serve(http::Request& request) {
    SeenRequest seen{
        .method = request.method, .path = request.path, .query = request.query, .headers = request.headers};
    const wire::SignedRequest covered{
        .method = request.method, .path = request.path, .query = request.query, .headers = request.headers.fields()};
    seen.signature_is_right =
        wire::blob::verify_shared_key(covered, {.name = "acct", .keys = {"secret"}}, clock_.now()).has_value();
    auto body = co_await http::read_all(*request.body, 100 << 20);
    if (body.has_value()) seen.body = *std::move(body);
    seen_.push_back(seen);
    co_return answer_(seen);
  }

  template <class T>
  Result<T> run(Async<Result<T>> work) {
    std::optional<Result<T>> result;
    auto keep = [](Async<Result<T>> operation, std::optional<Result<T>>& into) -> Async<void> {
      auto ended = co_await std::move(operation);
      into = std::move(ended);
    };
    run(keep(std::move(work), result));
    return result ? *std::move(result) : Result<T>(base::Error(base::Errc::internal, "it did not end"));
  }
  void run(Async<void> work) {
    bool ended = false;
    boost::asio::co_spawn(io_, std::move(work), [&ended](std::exception_ptr thrown) {
      ended = true;
      if (thrown) std::rethrow_exception(thrown);
    });
    io_.restart();
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!ended && std::chrono::steady_clock::now() < deadline) io_.run_one_for(std::chrono::milliseconds(5));
    ASSERT_TRUE(ended);
  }

  BlobClient with_key() { return {http_, workers_, clock_, account_, direct_route, retry_}; }
  BlobClient with_sas() { return {http_, workers_, clock_, std::nullopt, direct_route, retry_}; }
  std::filesystem::path file(const std::string& content) const {
    const auto path = directory_ / "file";
    EXPECT_TRUE(base::write_file_durably(path, content).has_value());
    return path;
  }

  std::filesystem::path directory_;
  boost::asio::io_context io_;
  base::SystemClock clock_;
  base::Workers workers_{2};
  http::Client http_{io_.get_executor()};
  std::unique_ptr<http::Server> server_;
  StorageAccount account_;
  ContainerAddress container_;
  RetryPolicy retry_;
  std::function<http::Response(const SeenRequest&)> answer_ = [](const SeenRequest&) {
    return http::Response{.status = 201};
  };
  std::vector<SeenRequest> seen_;
};

http::Response error_answer(int status, const std::string& code) {
  return {.status = status,
          .text = "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>" + code +
                  "</Code><Message>words\nid</Message></Error>"};
}

TEST_F(BlobClientTest, SmallFileIsOneSignedPutBlob) {
  auto client = with_key();
  ASSERT_TRUE(
      run(client.put_file(container_, "dir/a b.txt", file("content"), {{"Content-Type", "text/plain"}})).has_value());
  ASSERT_EQ(seen_.size(), 1u);
  EXPECT_EQ(seen_[0].method, "PUT");
  EXPECT_EQ(seen_[0].path, "/acct/c/dir/a%20b.txt");
  EXPECT_EQ(seen_[0].body, "content");
  EXPECT_EQ(seen_[0].headers.get("x-ms-blob-type"), "BlockBlob");
  EXPECT_EQ(seen_[0].headers.get("x-ms-blob-content-type"), "text/plain");
  EXPECT_TRUE(seen_[0].signature_is_right);
}
TEST_F(BlobClientTest, EmptyFileIsUploaded) {
  auto client = with_key();
  ASSERT_TRUE(run(client.put_file(container_, "e", file(""), {})).has_value());
  EXPECT_EQ(seen_[0].headers.get("Content-Length"), "0");
  EXPECT_TRUE(seen_[0].signature_is_right);
}
TEST_F(BlobClientTest, LargeFileIsSentAsBlocksInOrder) {
  const auto path = directory_ / "large";
  ASSERT_TRUE(base::write_file_durably(path, "start").has_value());
  std::filesystem::resize_file(path, kLargestPutBlob + 1);
  auto client = with_key();
  ASSERT_TRUE(run(client.put_file(container_, "l", path, {{"Cache-Control", "no-cache"}})).has_value());
  ASSERT_EQ(seen_.size(), 10u);
  std::uint64_t total = 0;
  for (std::size_t i = 0; i + 1 < seen_.size(); ++i) {
    EXPECT_TRUE(seen_[i].query.starts_with("comp=block&blockid="));
    EXPECT_TRUE(seen_[i].signature_is_right);
    total += seen_[i].body.size();
  }
  EXPECT_EQ(total, kLargestPutBlob + 1);
  EXPECT_EQ(seen_[0].body.substr(0, 5), "start");
  EXPECT_EQ(seen_.back().query, "comp=blocklist");
  EXPECT_EQ(seen_.back().headers.get("x-ms-blob-cache-control"), "no-cache");
  auto blocks = wire::blob::parse_block_list(seen_.back().body);
  ASSERT_TRUE(blocks.has_value());
  EXPECT_EQ(blocks->size(), 9u);
}
TEST_F(BlobClientTest, SasIsAddedAndNothingIsSigned) {
  auto client = with_sas();
  auto container = container_;
  container.sas = "sv=1&sig=abc%3D";
  ASSERT_TRUE(run(client.put_text(container, "t", "text", {})).has_value());
  EXPECT_EQ(seen_[0].query, "sv=1&sig=abc%3D");
  EXPECT_EQ(seen_[0].headers.find("Authorization"), std::nullopt);
}
TEST_F(BlobClientTest, UploadNeedsNoOtherRequestThanTheWrite) {
  answer_ = [](const SeenRequest& seen) { return http::Response{.status = seen.method == "PUT" ? 201 : 403}; };
  auto client = with_sas();
  EXPECT_TRUE(run(client.put_file(container_, "a", file("x"), {})).has_value());
  EXPECT_EQ(seen_.size(), 1u);
}
TEST_F(BlobClientTest, RefusalCarriesStatusAndCodeOfTheService) {
  answer_ = [](const SeenRequest&) { return error_answer(404, "ContainerNotFound"); };
  auto client = with_key();
  auto put = run(client.put_text(container_, "t", "text", {}));
  ASSERT_TRUE(put.has_error());
  EXPECT_EQ(status_of(put.error()), 404);
  EXPECT_EQ(put.error().details, (std::vector<base::ErrorDetail>{{"ErrorCode", "ContainerNotFound"}}));
}
TEST_F(BlobClientTest, SignatureIsNotInMessages) {
  answer_ = [](const SeenRequest&) { return error_answer(403, "AuthenticationFailed"); };
  auto client = with_sas();
  auto container = container_;
  container.sas = "sig=hidden";
  for (const auto& result : {run(client.put_text(container, "t", "text", {}))}) {
    ASSERT_TRUE(result.has_error());
    EXPECT_EQ(result.error().message.find("hidden"), std::string::npos);
  }
  auto got = run(client.get_file(container, "t", directory_ / "x", 0600));
  ASSERT_TRUE(got.has_error());
  EXPECT_EQ(got.error().message.find("hidden"), std::string::npos);
}
TEST_F(BlobClientTest, BusyServiceIsAskedAgainWithTheWholeBody) {
  answer_ = [this](const SeenRequest&) { return http::Response{.status = seen_.size() < 3 ? 503 : 201}; };
  auto client = with_key();
  ASSERT_TRUE(run(client.put_file(container_, "a", file("content"), {})).has_value());
  ASSERT_EQ(seen_.size(), 3u);
  EXPECT_EQ(seen_[2].body, "content");
  EXPECT_TRUE(seen_[2].signature_is_right);
}
TEST_F(BlobClientTest, PatienceEndsAfterTheLastTry) {
  answer_ = [](const SeenRequest&) { return error_answer(503, "ServerBusy"); };
  auto client = with_key();
  auto put = run(client.put_text(container_, "t", "text", {}));
  ASSERT_TRUE(put.has_error());
  EXPECT_EQ(status_of(put.error()), 503);
  EXPECT_EQ(seen_.size(), 5u);
}
TEST_F(BlobClientTest, DownloadArrivesUnderItsNameWithItsMode) {
  answer_ = [](const SeenRequest&) {
    http::Response response{.text = "content"};
    response.headers.add("Content-MD5", base::base64_encode(base::md5("content")));
    return response;
  };
  auto client = with_key();
  auto got = run(client.get_file(container_, "b", directory_ / "got", 0640));
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(*got, 7u);
  EXPECT_EQ(base::read_file(directory_ / "got", 100).value_or(std::string()), "content");
  struct stat entry {};
  ASSERT_EQ(::stat((directory_ / "got").c_str(), &entry), 0);
  EXPECT_EQ(entry.st_mode & 07777, 0640u);
  EXPECT_TRUE(seen_[0].signature_is_right);
}
TEST_F(BlobClientTest, DamagedDownloadIsTriedAgain) {
  answer_ = [this](const SeenRequest&) {
    http::Response response{.text = seen_.size() < 2 ? "cont3nt" : "content"};
    response.headers.add("Content-MD5", base::base64_encode(base::md5("content")));
    return response;
  };
  auto client = with_key();
  ASSERT_TRUE(run(client.get_file(container_, "b", directory_ / "got", 0600)).has_value());
  EXPECT_EQ(base::read_file(directory_ / "got", 100).value_or(std::string()), "content");
}
TEST_F(BlobClientTest, FailedDownloadLeavesNoFile) {
  answer_ = [](const SeenRequest&) {
    http::Response response{.text = "content"};
    response.headers.add("Content-MD5", base::base64_encode(base::md5("other")));
    return response;
  };
  auto client = with_key();
  auto got = run(client.get_file(container_, "b", directory_ / "got", 0600));
  ASSERT_TRUE(got.has_error());
  EXPECT_EQ(got.error().code, base::Errc::corrupt);
  EXPECT_TRUE(std::filesystem::is_empty(directory_));
}
TEST_F(BlobClientTest, ContainerThatExistsIsNoError) {
  auto client = with_key();
  EXPECT_TRUE(run(client.create_container(container_)).value_or(false));
  answer_ = [](const SeenRequest&) { return error_answer(409, "ContainerAlreadyExists"); };
  auto again = run(client.create_container(container_));
  ASSERT_TRUE(again.has_value());
  EXPECT_FALSE(*again);
  answer_ = [](const SeenRequest&) { return error_answer(409, "ContainerBeingDeleted"); };
  EXPECT_TRUE(run(client.create_container(container_)).has_error());
}
TEST_F(BlobClientTest, ContainerIsDeletedOnceAndMissingOnesAreNoError) {
  answer_ = [](const SeenRequest&) { return http::Response{.status = 202}; };
  auto client = with_key();
  EXPECT_TRUE(run(client.delete_container(container_)).value_or(false));
  EXPECT_TRUE(seen_[0].signature_is_right);
  answer_ = [](const SeenRequest&) { return error_answer(404, "ContainerNotFound"); };
  auto again = run(client.delete_container(container_));
  ASSERT_TRUE(again.has_value());
  EXPECT_FALSE(*again);
}
TEST_F(BlobClientTest, ListIsReadPageByPage) {
  answer_ = [](const SeenRequest& seen) {
    const bool first = seen.query.find("marker=") == std::string::npos;
    return http::Response{.text = "<EnumerationResults><Blobs><Blob><Name>" + std::string(first ? "a" : "b") +
                                  "</Name><Properties><Content-Length>3</Content-Length></Properties></Blob></Blobs>"
                                  "<NextMarker>" +
                                  std::string(first ? "m/1" : "") + "</NextMarker></EnumerationResults>"};
  };
  auto client = with_key();
  auto blobs = run(client.list_blobs(container_, "pre fix"));
  ASSERT_TRUE(blobs.has_value());
  ASSERT_EQ(blobs->size(), 2u);
  EXPECT_EQ((*blobs)[1].name, "b");
  EXPECT_EQ((*blobs)[1].length, 3u);
  ASSERT_EQ(seen_.size(), 2u);
  EXPECT_EQ(seen_[1].query, "restype=container&comp=list&prefix=pre%20fix&marker=m%2F1");
  EXPECT_TRUE(seen_[1].signature_is_right);
}
TEST_F(BlobClientTest, ListThatIsNoXmlIsAnError) {
  answer_ = [](const SeenRequest&) { return http::Response{.text = "<Enum"}; };
  auto client = with_key();
  EXPECT_TRUE(run(client.list_blobs(container_, "")).has_error());
}
TEST_F(BlobClientTest, PlainUrlIsFetchedWithoutHeadersOfStorage) {
  answer_ = [](const SeenRequest&) { return http::Response{.text = "x"}; };
  auto client = with_key();
  ASSERT_TRUE(run(client.get_url(container_.url + "?q=1", directory_ / "got", 0600)).has_value());
  for (const auto& [name, value] : seen_[0].headers.fields())
    EXPECT_FALSE(base::starts_with_ignoring_case(name, "x-ms-")) << name;
  EXPECT_EQ(seen_[0].headers.find("Authorization"), std::nullopt);
}

}  // namespace
}  // namespace client::api
