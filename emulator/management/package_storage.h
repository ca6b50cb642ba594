// PackageStorage: where the bytes of packages are: in a container for each application in the account's auto storage,
// as on the live service. It is a customer of the Blob service like any other, by requests with a SAS; the app hands
// them over within the process.
#pragma once

#include "base/async.h"
#include "base/clock.h"
#include "http/message.h"

#include <functional>
#include <string>
#include <string_view>

namespace emulator::management {

/// Answers a request as the Blob service does.
using SendToStorage = std::function<base::Async<http::Response>(http::Request& request)>;

/// The storage account and the way to the Blob service that has it.
struct StorageAccess {
  std::string account;
  std::string key;  ///< raw bytes
  std::string url;  ///< "http://127.0.0.1:10000/devstoreaccount1"
  SendToStorage send;
};

class PackageStorage {
 public:
  PackageStorage(StorageAccess access, const base::Clock& clock) : access_(std::move(access)), clock_(clock) {}

  /// The name of an application's container: `app-{name}-{hash}`, the hash keeping apart what shortening makes equal.
  static std::string container_name(std::string_view batch_account, std::string_view application);
  /// The name of a new package's blob: `{application}-{version}-{guid}`.
  static std::string blob_name(std::string_view application, std::string_view version_name);

  /// No error if it is there. unavailable when the Blob service refuses.
  base::Async<base::Result<void>> make_container(std::string container) const;
  base::Async<base::Result<bool>> has_blob(std::string container, std::string blob) const;
  /// No error if it is not there.
  base::Async<base::Result<void>> delete_blob(std::string container, std::string blob) const;
  base::Async<base::Result<void>> delete_container(std::string container) const;

  /// A URL that reads and writes the blob until `expiry`.
  [[nodiscard]] std::string url_for_upload(std::string_view container, std::string_view blob,
                                           base::Timestamp expiry) const;

 private:
  base::Async<int> send(std::string method, std::string path, std::string query) const;
  /// The status, or an error unless it is one of these.
  base::Async<base::Result<int>> expect(std::string method, std::string path, std::string query, int first,
                                        int second) const;

  StorageAccess access_;
  const base::Clock& clock_;
};

}  // namespace emulator::management
