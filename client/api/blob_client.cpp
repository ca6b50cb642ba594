// Every operation is a Call that can be made into a request again, since a streamed body cannot be sent twice.
#include "client/api/blob_client.h"

#include "base/text.h"
#include "wire/blob/headers.h"
#include "wire/blob/shared_key.h"
#include "wire/blob/xml.h"
#include "wire/time_text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <algorithm>
#include <array>

namespace client::api {
namespace {

/// The newest version whose operations the emulator and the service word alike.
constexpr const char* kStorageVersion = "2021-12-02";
constexpr std::size_t kMostListBytes = 16 << 20;
constexpr std::uint64_t kMostBlocks = 50'000;
constexpr int kMostRedirects = 5;

std::string join_query(std::string query, const std::string& sas) {
  if (query.empty()) return sas;
  return sas.empty() ? query : query + "&" + sas;
}

std::string with_query(const std::string& url, const std::string& query) {
  return query.empty() ? url : url + "?" + query;
}

std::uint64_t block_size_for(std::uint64_t size) {
  return std::max(kBlockSize, (size + kMostBlocks - 1) / kMostBlocks);
}

/// Ids of one blob must have equal lengths.
std::string block_id(std::uint64_t number) {
  auto digits = std::to_string(number);
  return std::string(8 - digits.size(), '0') + digits;
}

/// Content-Type and its kin become x-ms-blob-...: those are kept with the blob by Put Blob and Put Block List alike.
void add_blob_headers(const BlobHeaders& from, http::Headers& to) {
  constexpr std::array<std::string_view, 6> kKept = {"content-type", "content-encoding", "content-language",
                                                     "content-md5",  "cache-control",    "content-disposition"};
  for (const auto& [given, value] : from) {
    auto name = base::lower_case(given);
    if (std::find(kKept.begin(), kKept.end(), name) != kKept.end()) name = "x-ms-blob-" + name;
    to.set(std::move(name), value);
  }
}

base::Result<std::uint64_t> size_of(const std::filesystem::path& file) {
  struct stat entry {};
  if (::stat(file.c_str(), &entry) != 0) return base::errno_error("reading " + file.string(), errno);
  if (!S_ISREG(entry.st_mode)) return base::Error(base::Errc::io, "reading " + file.string() + ": it is no file");
  return static_cast<std::uint64_t>(entry.st_size);
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

base::Result<ContainerAddress> ContainerAddress::parse(std::string_view url) {
  auto parsed = http::Url::parse(url);
  if (parsed.has_error()) return std::move(parsed).error().in("reading a container's URL");
  ContainerAddress address{.url = without_query(url)};
  if (const auto mark = url.find('?'); mark != std::string_view::npos) address.sas = url.substr(mark + 1);
  while (address.url.ends_with('/')) address.url.pop_back();
  return address;
}

std::string ContainerAddress::blob_url(std::string_view blob) const {
  return url + "/" + base::percent_encode(blob, "/");
}

BlobClient::BlobClient(http::Client& http, base::Workers& workers, const base::Clock& clock,
                       std::optional<StorageAccount> account, FindRoute find_route, RetryPolicy retry)
    : http_(http),
      workers_(workers),
      clock_(clock),
      account_(std::move(account)),
      find_route_(std::move(find_route)),
      retry_(retry) {}

base::Result<http::ClientRequest> BlobClient::request_for(const Call& call) const {
  auto route = find_route_(call.url);
  http::ClientRequest request;
  request.method = call.method;
  request.url = std::move(route.url);
  request.connect_to = std::move(route.connect_to);
  request.proxy = std::move(route.proxy);
  request.proxy_authorization = std::move(route.proxy_authorization);
  request.ca_file = std::move(route.ca_file);
  request.headers = call.headers;
  request.send_empty_body = call.method == "PUT" || call.method == "POST";
  if (!call.file.empty()) {
    ASSIGN_OR_RETURN(request.source, body_from_file(workers_, call.file, call.offset, call.length));
    request.content_length = call.length;
  } else {
    request.text = call.text;
  }
  if (call.of_storage) {
    request.headers.set("x-ms-version", kStorageVersion);
    request.headers.set("x-ms-date", wire::print_http_date(clock_.now()));
    if (account_) sign(call, request);
  }
  return request;
}

void BlobClient::sign(const Call& call, http::ClientRequest& request) const {
  const auto url = http::Url::parse(request.url);
  if (url.has_error()) return;  // send() refuses it in better words
  const auto mark = url->target.find('?');
  auto headers = request.headers.fields();
  const auto length = call.file.empty() ? call.text.size() : call.length;
  headers.emplace_back("Content-Length", std::to_string(length));
  wire::SignedRequest covered{
      .method = request.method, .path = std::string_view(url->target).substr(0, mark), .query = {}, .headers = headers};
  if (mark != std::string::npos) covered.query = std::string_view(url->target).substr(mark + 1);
  request.headers.set("Authorization", wire::blob::sign(covered, account_->name, account_->key));
}

base::Async<base::Result<http::ClientResponse>> BlobClient::send(Call call) {
  for (int next = 2;; ++next) {
    auto request = request_for(call);
    if (request.has_error()) co_return std::move(request).error();
    auto answer = co_await http_.send(std::move(request).value());
    const bool again = answer.has_error() ? may_pass(answer.error()) : may_pass(answer->status);
    if (!again || next > retry_.most_tries) {
      if (answer.has_error()) co_return std::move(answer).error().in(call.method + " " + without_query(call.url));
      co_return std::move(answer).value();
    }
    const auto delay = delay_before(retry_, next, answer.has_value() ? &answer->headers : nullptr);
    auto waited = co_await base::wait_for(delay);
    if (waited.has_error()) co_return std::move(waited).error();
  }
}

base::Async<base::Result<void>> BlobClient::expect_created(Call call) {
  const auto attempted = call.method + " " + without_query(call.url);
  auto answer = co_await send(std::move(call));
  if (answer.has_error()) co_return std::move(answer).error();
  if (answer->status != 201) {
    auto error = co_await error_of(attempted, std::move(answer).value());
    co_return error;
  }
  // The body is empty; reading its end lets the connection be used again, and if that fails nothing is lost.
  auto ignored = co_await http::read_all(*answer->body, kMostListBytes);
  (void)ignored;
  co_return base::Result<void>();
}

base::Async<base::Result<bool>> BlobClient::create_container(ContainerAddress container) {
  Call call{.method = "PUT", .url = with_query(container.url, join_query("restype=container", container.sas))};
  auto created = co_await expect_created(std::move(call));
  if (created.has_value()) co_return true;
  if (status_of(created.error()) == 409) {
    const auto& details = created.error().details;
    const base::ErrorDetail exists{"ErrorCode", "ContainerAlreadyExists"};
    if (std::find(details.begin(), details.end(), exists) != details.end()) co_return false;
  }
  co_return std::move(created).error();
}

base::Async<base::Result<bool>> BlobClient::delete_container(ContainerAddress container) {
  Call call{.method = "DELETE", .url = with_query(container.url, join_query("restype=container", container.sas))};
  auto answer = co_await send(std::move(call));
  if (answer.has_error()) co_return std::move(answer).error();
  if (answer->status == 202) co_return true;
  if (answer->status == 404) co_return false;
  auto error = co_await error_of("DELETE " + container.url, std::move(answer).value());
  co_return error;
}

base::Async<base::Result<bool>> BlobClient::delete_blob(ContainerAddress container, std::string blob) {
  Call call{.method = "DELETE", .url = with_query(container.blob_url(blob), container.sas)};
  auto answer = co_await send(std::move(call));
  if (answer.has_error()) co_return std::move(answer).error();
  if (answer->status == 202) co_return true;
  if (answer->status == 404) co_return false;
  auto error = co_await error_of("DELETE " + container.blob_url(blob), std::move(answer).value());
  co_return error;
}

base::Async<base::Result<void>> BlobClient::put_file(ContainerAddress container, std::string blob,
                                                     std::filesystem::path file, BlobHeaders headers) {
  auto look = [&file] { return size_of(file); };
  auto size = co_await base::on_worker(workers_, std::move(look));
  if (size.has_error()) co_return std::move(size).error();
  if (*size > kLargestPutBlob) {
    co_return co_await put_blocks(std::move(container), std::move(blob), std::move(file), *size, std::move(headers));
  }
  Call call{.method = "PUT",
            .url = with_query(container.blob_url(blob), container.sas),
            .headers = {{"x-ms-blob-type", std::string(wire::blob::kBlockBlob)}},
            .file = std::move(file),
            .length = *size};
  add_blob_headers(headers, call.headers);
  co_return co_await expect_created(std::move(call));
}

base::Async<base::Result<void>> BlobClient::put_blocks(ContainerAddress container, std::string blob,
                                                       std::filesystem::path file, std::uint64_t size,
                                                       BlobHeaders headers) {
  const auto block_size = block_size_for(size);
  const auto url = container.blob_url(blob);
  std::vector<wire::blob::BlockListEntry> blocks;
  for (std::uint64_t offset = 0; offset < size; offset += block_size) {
    auto id = block_id(blocks.size());
    const auto query = "comp=block&blockid=" + base::percent_encode(base::base64_encode(id));
    Call call{.method = "PUT",
              .url = with_query(url, join_query(query, container.sas)),
              .file = file,
              .offset = offset,
              .length = std::min(block_size, size - offset)};
    auto sent = co_await expect_created(std::move(call));
    if (sent.has_error()) co_return std::move(sent).error();
    blocks.push_back({.search = wire::blob::BlockSearch::latest, .id = std::move(id)});
  }
  Call call{.method = "PUT",
            .url = with_query(url, join_query("comp=blocklist", container.sas)),
            .text = wire::blob::print_block_list_request(blocks)};
  add_blob_headers(headers, call.headers);
  co_return co_await expect_created(std::move(call));
}

base::Async<base::Result<void>> BlobClient::put_text(ContainerAddress container, std::string blob, std::string text,
                                                     BlobHeaders headers) {
  Call call{.method = "PUT",
            .url = with_query(container.blob_url(blob), container.sas),
            .headers = {{"x-ms-blob-type", std::string(wire::blob::kBlockBlob)}},
            .text = std::move(text)};
  add_blob_headers(headers, call.headers);
  co_return co_await expect_created(std::move(call));
}

base::Async<base::Result<std::uint64_t>> BlobClient::get_once(Call call, std::filesystem::path file, mode_t mode) {
  const auto attempted = call.method + " " + without_query(call.url);
  auto answer = co_await send(std::move(call));
  if (answer.has_error()) co_return std::move(answer).error();
  if (answer->status != 200) {
    const std::string location(answer->headers.get("Location"));
    auto error = co_await error_of(attempted, std::move(answer).value());
    if (is_redirect(status_of(error))) error = std::move(error).with("Location", location);
    co_return error;
  }
  Expected expected{.length = answer->content_length, .md5 = std::string(answer->headers.get("Content-MD5"))};
  auto received = co_await body_to_file(workers_, std::move(answer->body), std::move(file), mode, std::move(expected));
  if (received.has_error()) co_return std::move(received).error().in(attempted);
  co_return received;
}

base::Async<base::Result<std::uint64_t>> BlobClient::get(Call call, std::filesystem::path file, mode_t mode) {
  for (int next = 2;; ++next) {
    auto received = co_await get_once(call, file, mode);
    // send() has repeated what failed before the body; what is left is a body that broke off or came out wrong.
    const bool again = received.has_error() && local_step_of(received.error()).empty() &&
                       (may_pass(received.error()) || received.error().code == base::Errc::corrupt);
    if (!again || next > retry_.most_tries) co_return received;
    auto waited = co_await base::wait_for(delay_before(retry_, next, nullptr));
    if (waited.has_error()) co_return std::move(waited).error();
  }
}

base::Async<base::Result<std::uint64_t>> BlobClient::get_file(ContainerAddress container, std::string blob,
                                                              std::filesystem::path file, mode_t mode) {
  Call call{.method = "GET", .url = with_query(container.blob_url(blob), container.sas)};
  co_return co_await get(std::move(call), std::move(file), mode);
}

base::Async<base::Result<std::uint64_t>> BlobClient::get_url(std::string url, std::filesystem::path file, mode_t mode) {
  for (int redirects = 0;; ++redirects) {
    Call call{.method = "GET", .url = url, .of_storage = false};
    auto received = co_await get(std::move(call), file, mode);
    if (received.has_value() || !is_redirect(status_of(received.error())) || redirects == kMostRedirects) {
      co_return received;
    }
    const auto& details = received.error().details;
    const auto location =
        std::find_if(details.begin(), details.end(), [](const auto& d) { return d.key == "Location"; });
    if (location == details.end() || location->value.empty()) co_return received;
    // A location without scheme and host is on the same server.
    const auto host_end = url.find('/', url.find("://") + 3);
    url = location->value.starts_with('/') ? url.substr(0, host_end) + location->value : location->value;
  }
}

base::Async<base::Result<ListedPage>> BlobClient::list_page(ContainerAddress container, std::string prefix,
                                                            std::string marker) {
  std::string query = "restype=container&comp=list";
  if (!prefix.empty()) query += "&prefix=" + base::percent_encode(prefix);
  if (!marker.empty()) query += "&marker=" + base::percent_encode(marker);
  Call call{.method = "GET", .url = with_query(container.url, join_query(query, container.sas))};
  auto answer = co_await send(std::move(call));
  if (answer.has_error()) co_return std::move(answer).error();
  if (answer->status != 200) {
    auto error = co_await error_of("listing " + container.url, std::move(answer).value());
    co_return error;
  }
  auto body = co_await http::read_all(*answer->body, kMostListBytes);
  if (body.has_error()) co_return std::move(body).error().in("listing " + container.url);
  auto list = wire::blob::parse_blob_list(*body);
  if (list.has_error()) co_return std::move(list).error().in("listing " + container.url);
  ListedPage page{.next_marker = list->next_marker};
  for (auto& blob : list->blobs) {
    if (!blob.is_prefix)
      page.blobs.push_back({.name = std::move(blob.name), .length = blob.content_length, .etag = blob.etag});
  }
  co_return page;
}

base::Async<base::Result<std::vector<ListedBlob>>> BlobClient::list_blobs(ContainerAddress container,
                                                                          std::string prefix, std::size_t most) {
  std::vector<ListedBlob> all;
  std::string marker;
  do {
    auto page = co_await list_page(container, prefix, marker);
    if (page.has_error()) co_return std::move(page).error();
    if (all.size() + page->blobs.size() > most) {
      co_return base::Error(base::Errc::too_large,
                            "listing " + container.url + ": more than " + std::to_string(most) + " blobs");
    }
    std::move(page->blobs.begin(), page->blobs.end(), std::back_inserter(all));
    // A server that gives the same marker for ever would keep us here; a page may be empty, so that is no sign.
    if (page->next_marker == marker) break;
    marker = std::move(page->next_marker);
  } while (!marker.empty());
  co_return all;
}

}  // namespace client::api
