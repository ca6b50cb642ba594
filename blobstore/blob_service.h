// The Blob service as a library: one object that answers every request of the blob port.
//
// Path style (`/account/container/blob`) where Host is localhost or an IP address, host style where it is
// `<account>.blob.localhost` or `<account>.blob.core.windows.net`, both also with `<account>-secondary`. What is not
// offered is refused by name (501 NotImplemented). Metadata lives in `<directory>/blob.db`, bytes in files below
// `<directory>/extents` (docs/storage_format.md); a reply to a write leaves only when both would survive a power cut.
#pragma once

#include "base/async.h"
#include "base/clock.h"
#include "base/result.h"
#include "blobstore/account_source.h"
#include "http/message.h"
#include "http/server.h"
#include "wire/entra/token.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace blobstore {

struct BlobServiceOptions {
  std::filesystem::path directory;          ///< created when missing; the caller holds its lock. Unused with in_memory
  bool in_memory = false;                   ///< keeps nothing; bytes and metadata live in this process
  std::shared_ptr<AccountSource> accounts;  ///< never null
  /// Accepts tokens for storage. Whoever has one may do everything: roles are not kept. Empty: no token is accepted.
  wire::entra::TokenVerifier verify_token;
  /// The tenant that the challenge names when tokens are accepted: a GUID or a domain.
  std::string tenant = "common";
  /// Signed requests older or younger than this are refused (the service's own rule is 15 minutes).
  std::chrono::seconds max_clock_skew{15 * 60};
  /// Uncommitted blocks of a blob vanish after this (the service's own rule is one week).
  std::chrono::seconds uncommitted_block_lifetime{7 * 24 * 3600};
  /// Writes waiting for a commit; more are answered 503 ServerBusy.
  std::uint64_t max_waiting_commits = 4096;
  /// SQLite's page cache, kept small so that an idle emulator is small.
  std::uint64_t metadata_cache_kib = 1024;
};

/// Safe to use from every thread. `handle` may run any number of requests at once.
class BlobService {
 public:
  /// Opens or creates the store and collects what a crash left over. Blocks for a few milliseconds. `executor` runs the
  /// service's own coroutines, `workers` everything that touches a file; both, and the clock, must outlive the service.
  static base::Result<std::unique_ptr<BlobService>> open(base::Executor executor, base::Workers& workers,
                                                         const base::Clock& clock, BlobServiceOptions options);
  ~BlobService();
  BlobService(const BlobService&) = delete;
  BlobService& operator=(const BlobService&) = delete;

  /// Answers every request of the blob port (the app answers /healthz itself). Never throws. `request` must live until
  /// the coroutine has ended.
  base::Async<http::Response> handle(http::Request& request);
  /// Whether a CORS rule of the account that a request is addressed to lets its Origin in: what http::ServerOptions
  /// asks in origin_allowed. Does not block.
  [[nodiscard]] bool allows_origin(const http::Headers& headers, std::string_view target) const;
  /// The answer to a request that the server's gate refused, in the service's XML form.
  [[nodiscard]] http::Response refuse(http::Refusal refusal, const http::Request& request,
                                      std::string_view explanation) const;
  /// Removes every container of the account, with what is in it; no error when it has none. Requests for the account
  /// must be refused already (the AccountSource does not know it any more).
  base::Async<base::Result<void>> remove_account(std::string name);
  /// Refuses new writes, finishes those under way and closes the store. Call after http::Server::stop.
  base::Async<void> stop();

 private:
  struct State;
  explicit BlobService(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace blobstore
