#include "client/api/blob_client.h"

#include "base/durable_file.h"
#include "base/random.h"
#include "base/text.h"
#include "client/api/download.h"
#include "wire/blob/limits.h"
#include "wire/blob/shared_key.h"
#include "wire/blob/xml.h"
#include "wire/time_text.h"

#include <algorithm>
#include <charconv>
#include <functional>

namespace client::api {
namespace {

using base::Async;
using base::Errc;
using base::Error;
using base::Result;

constexpr std::string_view kVersion = "2021-12-02";
constexpr std::uint64_t kLargestSinglePut = 64 * wire::blob::kMebibyte;
constexpr std::uint64_t kBlockBytes = 8 * wire::blob::kMebibyte;
constexpr std::size_t kMostAnswerBytes = 32 * wire::blob::kMebibyte;
constexpr int kMostTries = 5;
constexpr std::chrono::milliseconds kFirstRetryDelay{300};
constexpr std::chrono::milliseconds kLongestRetryDelay{20'000};

bool worth_repeating(int status) {
  return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

std::string joined(std::string_view query, std::string_view sas) {
  std::string text(query);
  if (!text.empty() && !sas.empty()) text += '&';
  return text.append(sas);
}

}  // namespace

/// One request, in a form that can be sent again.
struct BlobClient::Call {
  std::string method;
  ContainerAccess access;
  std::string path;   ///< below the container, encoded, with its slash
  std::string query;  ///< encoded, without the SAS
  HeaderFields headers;
  std::string text;
  std::function<std::unique_ptr<http::BodySource>()> body;  ///< when set: the body, made anew for each try
  std::uint64_t body_size = 0;
};

struct BlobClient::Answer {
  http::ClientResponse response;
};

ContainerAccess ContainerAccess::from_url(std::string_view text) {
  ContainerAccess access;
  const auto question = text.find('?');
  access.url = std::string(text.substr(0, question));
  while (access.url.ends_with('/')) access.url.pop_back();
  if (question != std::string_view::npos) access.sas = std::string(text.substr(question + 1));
  return access;
}

BlobClient::BlobClient(http::Client& http, base::Workers& workers, const base::Clock& clock)
    : http_(http), workers_(workers), clock_(clock) {}

namespace {

/// The headers that every request of a storage client has, and the signature when there is a key.
Result<void> add_common_headers(http::ClientRequest& request, const ContainerAccess& access, const base::Clock& clock,
                                std::uint64_t body_size) {
  request.headers.add("x-ms-version", std::string(kVersion));
  request.headers.add("x-ms-client-request-id", base::random_guid());
  if (access.key.empty()) return {};
  request.headers.add("x-ms-date", wire::print_http_date(clock.now()));
  auto signed_headers = request.headers;
  if (body_size > 0) signed_headers.add("Content-Length", std::to_string(body_size));
  ASSIGN_OR_RETURN(const auto parts, http::Url::parse(request.url));
  const auto question = parts.target.find('?');
  const std::string path = parts.target.substr(0, question);
  const std::string query = question == std::string::npos ? std::string() : parts.target.substr(question + 1);
  const wire::SignedRequest to_sign{
      .method = request.method, .path = path, .query = query, .headers = signed_headers.fields()};
  request.headers.add("Authorization", wire::blob::sign(to_sign, access.account, access.key));
  return {};
}

/// What went wrong, without the query of the URL: that is where a SAS keeps its signature.
Error refused(const std::string& method, const std::string& url, int status, const std::string& body) {
  Errc kind = Errc::io;
  if (status == 404) kind = Errc::not_found;
  if (status == 409) kind = Errc::already_exists;
  std::string code;
  std::string explanation = "no error document";
  if (const auto document = wire::blob::parse_error(body)) {
    code = document->code;
    explanation = document->code + ": " + document->message.substr(0, document->message.find('\n'));
  }
  Error error(kind, method + " " + url + " was answered " + std::to_string(status) + ", " + explanation);
  return std::move(error)
      .with(std::string(kHttpStatusDetail), std::to_string(status))
      .with(std::string(kStorageCodeDetail), code);
}

}  // namespace

Async<Result<BlobClient::Answer>> BlobClient::send(Call call) {
  auto delay = kFirstRetryDelay;
  for (int attempt = 1;; ++attempt) {
    http::ClientRequest request;
    request.method = call.method;
    const std::string plain_url = call.access.url + call.path;
    const std::string query = joined(call.query, call.access.sas);
    request.url = plain_url + (query.empty() ? "" : "?" + query);
    request.connect_to = call.access.connect_to;
    for (const auto& [name, value] : call.headers) request.headers.add(name, value);
    CO_RETURN_IF_ERROR(add_common_headers(request, call.access, clock_, call.body ? call.body_size : call.text.size()));
    request.text = call.text;
    request.send_empty_body = call.method == "PUT";
    if (call.body) {
      request.source = call.body();
      request.content_length = call.body_size;
    }
    auto response = co_await http_.send(std::move(request));
    std::chrono::milliseconds retry_after{0};
    if (response) {
      if (response->status < 300) co_return Answer{std::move(*response)};
      const std::string_view seconds_text = response->headers.get("Retry-After");
      int seconds = 0;
      std::from_chars(seconds_text.data(), seconds_text.data() + seconds_text.size(), seconds);
      retry_after = std::chrono::seconds(std::max(seconds, 0));
    }
    const bool again = response ? worth_repeating(response->status)
                                : response.error().code == Errc::io || response.error().code == Errc::unavailable;
    if (!again || attempt == kMostTries) {
      if (response.has_error()) co_return std::move(response).error().in(call.method + " " + plain_url);
      auto body = co_await http::read_all(*response->body, kMostAnswerBytes);
      co_return refused(call.method, plain_url, response->status, body ? *body : std::string());
    }
    CO_RETURN_IF_ERROR(co_await base::wait_for(std::min(std::max(delay, retry_after), kLongestRetryDelay)));
    delay = delay * 2;
  }
}

Async<Result<void>> BlobClient::expect(Call call, int status) {
  const std::string attempted = call.method + " " + call.access.url + call.path;
  CO_ASSIGN_OR_RETURN(auto answer, co_await send(std::move(call)));
  // Read to the end, so that the connection serves again.
  CO_RETURN_IF_ERROR(co_await http::read_all(*answer.response.body, kMostAnswerBytes));
  if (answer.response.status != status) {
    co_return Error(Errc::io, attempted + " was answered " + std::to_string(answer.response.status));
  }
  co_return Result<void>();
}

Async<Result<bool>> BlobClient::create_container(ContainerAccess access) {
  Call call{.method = "PUT", .access = std::move(access), .query = "restype=container"};
  auto created = co_await expect(std::move(call), 201);
  if (created) co_return true;
  if (created.error().code == Errc::already_exists) {
    for (const auto& detail : created.error().details) {
      if (detail.key == kStorageCodeDetail && detail.value == "ContainerAlreadyExists") co_return false;
    }
  }
  co_return std::move(created).error();
}

Async<Result<void>> BlobClient::delete_container(ContainerAccess access) {
  Call call{.method = "DELETE", .access = std::move(access), .query = "restype=container"};
  co_return co_await expect(std::move(call), 202);
}

Async<Result<std::vector<BlobListItem>>> BlobClient::list_blobs(ContainerAccess access, std::string prefix) {
  std::vector<BlobListItem> items;
  std::string marker;
  while (true) {
    Call call{.method = "GET", .access = access, .query = "restype=container&comp=list"};
    if (!prefix.empty()) call.query += "&prefix=" + base::percent_encode(prefix);
    if (!marker.empty()) call.query += "&marker=" + base::percent_encode(marker);
    CO_ASSIGN_OR_RETURN(auto answer, co_await send(std::move(call)));
    CO_ASSIGN_OR_RETURN(const std::string body, co_await http::read_all(*answer.response.body, kMostAnswerBytes));
    CO_ASSIGN_OR_RETURN(const auto page, wire::blob::parse_blob_list(body));
    for (const auto& blob : page.blobs) {
      if (!blob.is_prefix) items.push_back({blob.name, blob.content_length});
    }
    // A service that repeats its marker would keep us here for ever.
    if (page.next_marker.empty() || page.next_marker == marker) co_return items;
    marker = page.next_marker;
  }
}

Async<Result<void>> BlobClient::upload_file(ContainerAccess access, std::string blob, std::filesystem::path file,
                                            HeaderFields headers) {
  std::error_code failed;
  const std::uint64_t size = std::filesystem::file_size(file, failed);
  if (failed) co_return base::errno_error("reading " + file.string(), failed.value());
  if (size > kLargestSinglePut) {
    co_return co_await upload_blocks(std::move(access), std::move(blob), std::move(file), size, std::move(headers));
  }
  Call call{.method = "PUT", .access = std::move(access), .path = "/" + base::percent_encode(blob, "/")};
  call.headers = std::move(headers);
  call.headers.emplace_back("x-ms-blob-type", "BlockBlob");
  if (size > 0) {
    call.body = [this, file, size] { return body_from_file(workers_, file, 0, size); };
    call.body_size = size;
  }
  co_return co_await expect(std::move(call), 201);
}

Async<Result<void>> BlobClient::upload_blocks(ContainerAccess access, std::string blob, std::filesystem::path file,
                                              std::uint64_t size, HeaderFields headers) {
  const std::string path = "/" + base::percent_encode(blob, "/");
  const std::string upload = base::hex_encode(base::random_bytes(8));
  std::vector<wire::blob::BlockListEntry> entries;
  for (std::uint64_t offset = 0; offset < size; offset += kBlockBytes) {
    const std::string number = std::to_string(entries.size());
    const std::string id = upload + std::string(8 - std::min<std::size_t>(8, number.size()), '0') + number;
    entries.push_back({wire::blob::BlockSearch::latest, id});
    Call call{.method = "PUT", .access = access, .path = path};
    call.query = "comp=block&blockid=" + base::percent_encode(base::base64_encode(id));
    call.body_size = std::min(kBlockBytes, size - offset);
    call.body = [this, file, offset, count = call.body_size] { return body_from_file(workers_, file, offset, count); };
    CO_RETURN_IF_ERROR(co_await expect(std::move(call), 201));
  }
  Call call{.method = "PUT", .access = std::move(access), .path = path, .query = "comp=blocklist"};
  call.text = wire::blob::print_block_list_request(entries);
  for (auto& [name, value] : headers) {
    // What describes the blob travels under its own name here: Content-Type is the list's.
    const bool of_blob =
        base::starts_with_ignoring_case(name, "content-") || base::equal_ignoring_case(name, "cache-control");
    call.headers.emplace_back(of_blob ? "x-ms-blob-" + base::lower_case(name) : name, std::move(value));
  }
  co_return co_await expect(std::move(call), 201);
}

Async<Result<void>> BlobClient::download(Call call, std::filesystem::path target) {
  for (int attempt = 1;; ++attempt) {
    Call copy = call;
    CO_ASSIGN_OR_RETURN(auto answer, co_await send(std::move(copy)));
    auto saved = co_await save_body(workers_, std::move(answer.response), target);
    // A transfer that broke in the middle begins again; what the disk refuses does not get better.
    if (saved || saved.error().code != Errc::io || attempt == kMostTries) co_return saved;
  }
}

Async<Result<void>> BlobClient::download_file(ContainerAccess access, std::string blob, std::filesystem::path target) {
  Call call{.method = "GET", .access = std::move(access), .path = "/" + base::percent_encode(blob, "/")};
  co_return co_await download(std::move(call), std::move(target));
}

Async<Result<void>> BlobClient::download_url(std::string url, std::string connect_to, std::filesystem::path target) {
  ContainerAccess access = ContainerAccess::from_url(url);
  access.connect_to = std::move(connect_to);
  Call call{.method = "GET", .access = std::move(access)};
  co_return co_await download(std::move(call), std::move(target));
}

}  // namespace client::api
