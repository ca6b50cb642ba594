// The whole service below HTTP: requests go in as structs, answers come out with their bodies read.
#pragma once

#include "base/async.h"
#include "blobstore/rest/call.h"
#include "blobstore/rest/serve.h"
#include "http/message.h"
#include "tests/fakes/fake_clock.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace blobstore {

inline constexpr std::string_view kAccount = "acct";
inline constexpr std::string_view kKey = "a key of the tests";

/// Accounts that tests add and change while the service runs.
class TestAccounts final : public AccountSource {
 public:
  std::shared_ptr<const Account> find(std::string_view name, std::string_view session) override {
    last_session = session;
    const auto found = accounts.find(std::string(name));
    return found == accounts.end() ? nullptr : std::make_shared<const Account>(found->second);
  }
  std::map<std::string, Account> accounts{
      {std::string(kAccount), {.name = std::string(kAccount), .keys = {std::string(kKey)}}}};
  std::string last_session;  ///< on whose behalf an account was last asked for
};

struct Sent {
  std::string method = "GET";
  std::string path;  ///< below /acct, with query, encoded: "/c/b?comp=metadata"
  http::Headers headers{};
  std::string body{};
  std::string account = "acct";  ///< the path's first segment
  bool with_sas = true;          ///< adds an account SAS that may do everything
};

struct Got {
  int status = 0;
  http::Headers headers;
  std::string body;
  [[nodiscard]] std::string error_code() const { return std::string(headers.get("x-ms-error-code")); }
};

/// Runs a coroutine of the product to its end.
class Runner {
 public:
  template <class T>
  T run(base::Async<T> work);
  base::Workers& workers() { return workers_; }
  /// Returns when the worker has done all it was given so far.
  void settle() {
    run(base::on_worker(workers_, [] { return true; }));
  }

 private:
  template <class T>
  static base::Async<void> keep(base::Async<T> work, std::optional<T>& into) {
    into.emplace(co_await std::move(work));
  }
  boost::asio::io_context io_;
  base::Workers workers_{1};
};

class BlobHarness {
 public:
  /// In memory.
  BlobHarness();
  BlobHarness(std::unique_ptr<store::MetadataStore> metadata, std::shared_ptr<store::ExtentStore> extents);
  ~BlobHarness();

  Got send(Sent sent);
  /// PUT of a block blob.
  Got put(const std::string& path, const std::string& body, http::Headers headers = {});
  Got create_container(const std::string& name);
  /// What start-up does before the first request.
  void collect();

  Runner runner;
  fakes::FakeClock clock;
  BlobServiceOptions options;
  std::unique_ptr<rest::Backend> backend;
  std::string peer = "127.0.0.1";
  std::string session;  ///< the proxy session that requests come through
  bool secure = false;  ///< over TLS
  std::shared_ptr<TestAccounts> accounts = std::make_shared<TestAccounts>();

 private:
  void build(std::unique_ptr<store::MetadataStore> metadata, std::shared_ptr<store::ExtentStore> extents);
};

/// An account SAS that may do everything for a day.
std::string full_sas(const base::Clock& clock);

template <class T>
T Runner::run(base::Async<T> work) {
  auto guard = boost::asio::make_work_guard(io_);
  std::optional<T> result;
  std::exception_ptr thrown;
  boost::asio::co_spawn(io_, keep(std::move(work), result), [&](std::exception_ptr failed) {
    thrown = failed;
    io_.stop();
  });
  io_.restart();
  io_.run();
  if (thrown) std::rethrow_exception(thrown);
  return std::move(*result);
}

}  // namespace blobstore
