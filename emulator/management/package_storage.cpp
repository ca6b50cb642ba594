#include "emulator/management/package_storage.h"

#include "base/random.h"
#include "base/text.h"
#include "wire/blob/sas.h"

#include <cctype>

namespace emulator::management {
namespace {

constexpr std::string_view kVersion = "2021-12-02";
/// Requests are made and answered within the process.
constexpr std::chrono::minutes kRequestLifetime{5};
/// Container names have at most 63 characters: "app-", the name, "-" and 40 digits.
constexpr std::size_t kLongestName = 18;
constexpr std::size_t kHashDigits = 40;

constexpr int kOk = 200;
constexpr int kCreated = 201;
constexpr int kAccepted = 202;
constexpr int kNotFound = 404;
constexpr int kConflict = 409;

}  // namespace

std::string PackageStorage::container_name(std::string_view batch_account, std::string_view application) {
  const auto lower = base::lower_case(application);
  std::string name;
  for (const char c : lower) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 && name.size() < kLongestName) name += c;
  }
  if (name.empty()) name = "x";
  const auto hash = base::hex_encode(base::sha256(std::string(batch_account) + "/" + lower));
  return "app-" + name + "-" + hash.substr(0, kHashDigits);
}

std::string PackageStorage::blob_name(std::string_view application, std::string_view version_name) {
  return base::lower_case(application) + "-" + std::string(version_name) + "-" + base::random_guid();
}

std::string PackageStorage::url_for_upload(std::string_view container, std::string_view blob,
                                           base::Timestamp expiry) const {
  return access_.url + "/" + std::string(container) + "/" + std::string(blob) + "?" +
         wire::blob::sign_blob_sas(access_.account, access_.key, container, blob, "rw", expiry, kVersion);
}

base::Async<base::Result<void>> PackageStorage::make_container(std::string container) const {
  CO_RETURN_IF_ERROR(co_await expect("PUT", container, "restype=container&", kCreated, kConflict));
  co_return base::Result<void>();
}

base::Async<base::Result<bool>> PackageStorage::has_blob(std::string container, std::string blob) const {
  CO_ASSIGN_OR_RETURN(const int status, co_await expect("HEAD", container + "/" + blob, "", kOk, kNotFound));
  co_return status == kOk;
}

base::Async<base::Result<void>> PackageStorage::delete_blob(std::string container, std::string blob) const {
  CO_RETURN_IF_ERROR(co_await expect("DELETE", container + "/" + blob, "", kAccepted, kNotFound));
  co_return base::Result<void>();
}

base::Async<base::Result<void>> PackageStorage::delete_container(std::string container) const {
  CO_RETURN_IF_ERROR(co_await expect("DELETE", container, "restype=container&", kAccepted, kNotFound));
  co_return base::Result<void>();
}

base::Async<base::Result<int>> PackageStorage::expect(std::string method, std::string path, std::string query,
                                                      int first, int second) const {
  const auto attempted = method + " " + path;
  const int status = co_await send(std::move(method), std::move(path), std::move(query));
  if (status == first || status == second) co_return status;
  co_return base::Error(base::Errc::unavailable,
                        "asking the Blob service for " + attempted + ": status " + std::to_string(status));
}

base::Async<int> PackageStorage::send(std::string method, std::string path, std::string query) const {
  http::Request request;
  request.method = std::move(method);
  request.path = "/" + access_.account + "/" + path;
  request.query = query + wire::blob::sign_account_sas(access_.account, access_.key, "co", "rwdc",
                                                       clock_.now() + kRequestLifetime, kVersion);
  request.target = request.path + "?" + request.query;
  request.headers = {{"Host", "127.0.0.1"}, {"x-ms-version", std::string(kVersion)}, {"Content-Length", "0"}};
  request.content_length = 0;
  request.has_body = true;
  request.body = http::body_from_text("");
  request.peer_address = "127.0.0.1";
  request.request_id = base::random_guid();
  const auto response = co_await access_.send(request);
  co_return response.status;
}

}  // namespace emulator::management
