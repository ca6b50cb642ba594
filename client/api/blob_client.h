// BlobClient: the Blob operations that a program needs to bring files to the service and back.
//
// Works against the emulator and against the real service alike: SharedKey, or a SAS in the container's URL; blobs
// stream between disk and socket; failures that may pass by themselves are repeated. An answer with another status
// than hoped for is an error with status_code() (status_error.h); otherwise base::Errc.
#pragma once

#include "base/clock.h"
#include "client/api/credentials.h"
#include "client/api/file_body.h"
#include "client/api/retry.h"
#include "client/api/route.h"
#include "client/api/status_error.h"
#include "http/client.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace client::api {

/// A container and, where its URL carried one, the SAS that opens it.
struct ContainerAddress {
  std::string url;  ///< without query and last slash
  std::string sas;  ///< the query, without '?'
  /// Of an absolute http or https URL; invalid_argument otherwise.
  static base::Result<ContainerAddress> parse(std::string_view url);
  [[nodiscard]] std::string blob_url(std::string_view blob) const;  ///< percent-encoded, without query
};

/// One blob of a listing.
struct ListedBlob {
  std::string name;
  std::uint64_t length = 0;
  std::string etag;
};
struct ListedPage {
  std::vector<ListedBlob> blobs;
  std::string next_marker;  ///< empty on the last page
};

/// Headers that a new blob keeps: Content-Type, Content-Encoding, Content-Language, Content-MD5, Cache-Control,
/// Content-Disposition (names in any casing, with or without "x-ms-blob-"), and x-ms-meta-*.
using BlobHeaders = std::vector<std::pair<std::string, std::string>>;

/// Up to this size a file is sent as one Put Blob, above it as blocks.
inline constexpr std::uint64_t kLargestPutBlob = 64ull << 20;
/// The size of a block, larger only for files that would need more than 50,000 of them.
inline constexpr std::uint64_t kBlockSize = 8ull << 20;

class BlobClient {
 public:
  /// http, workers and clock outlive the client. Without an account, the SAS of each address is all there is.
  BlobClient(http::Client& http, base::Workers& workers, const base::Clock& clock,
             std::optional<StorageAccount> account = std::nullopt, FindRoute find_route = direct_route,
             RetryPolicy retry = {});

  /// True: created; false: it was there.
  base::Async<base::Result<bool>> create_container(ContainerAddress container);
  /// True: deleted; false: there was none.
  base::Async<base::Result<bool>> delete_container(ContainerAddress container);

  /// Uploads the file as it is now; needs no more than write permission.
  base::Async<base::Result<void>> put_file(ContainerAddress container, std::string blob, std::filesystem::path file,
                                           BlobHeaders headers);
  base::Async<base::Result<void>> put_text(ContainerAddress container, std::string blob, std::string text,
                                           BlobHeaders headers);
  /// Downloads to a temporary file that is renamed to `file` when length and MD5 are right.
  base::Async<base::Result<std::uint64_t>> get_file(ContainerAddress container, std::string blob,
                                                    std::filesystem::path file, mode_t mode);
  /// Any http(s) URL as a file: no account, no header of Storage's. Redirects are followed, a few.
  base::Async<base::Result<std::uint64_t>> get_url(std::string url, std::filesystem::path file, mode_t mode);

  /// True: deleted; false: there was none.
  base::Async<base::Result<bool>> delete_blob(ContainerAddress container, std::string blob);

  /// One page; `marker` empty for the first.
  base::Async<base::Result<ListedPage>> list_page(ContainerAddress container, std::string prefix, std::string marker);
  /// All pages; too_large past `most` blobs.
  base::Async<base::Result<std::vector<ListedBlob>>> list_blobs(ContainerAddress container, std::string prefix,
                                                                std::size_t most = 100'000);

 private:
  /// A request that can be made again for each try.
  struct Call {
    std::string method;
    std::string url;
    http::Headers headers;
    std::string text;
    std::filesystem::path file;  ///< body from here, when not empty
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    bool of_storage = true;  ///< with x-ms headers and signature
  };
  base::Result<http::ClientRequest> request_for(const Call& call) const;
  void sign(const Call& call, http::ClientRequest& request) const;
  base::Async<base::Result<http::ClientResponse>> send(Call call);
  base::Async<base::Result<void>> expect_created(Call call);
  base::Async<base::Result<void>> put_blocks(ContainerAddress container, std::string blob, std::filesystem::path file,
                                             std::uint64_t size, BlobHeaders headers);
  base::Async<base::Result<std::uint64_t>> get_once(Call call, std::filesystem::path file, mode_t mode);
  base::Async<base::Result<std::uint64_t>> get(Call call, std::filesystem::path file, mode_t mode);

  http::Client& http_;
  base::Workers& workers_;
  const base::Clock& clock_;
  std::optional<StorageAccount> account_;
  FindRoute find_route_;
  RetryPolicy retry_;
};

}  // namespace client::api
