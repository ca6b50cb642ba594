// The path is split while still encoded: %2F belongs to a name, not to the structure.
#include "blobstore/rest/address.h"

#include "base/text.h"
#include "wire/blob/errors.h"

#include <array>
#include <optional>

namespace blobstore::rest {
namespace {

using wire::blob::ErrorCode;

constexpr std::string_view kSecondary = "-secondary";
constexpr std::string_view kPublicSuffix = ".blob.core.windows.net";
constexpr auto kHostSuffixes = std::to_array<std::string_view>({".blob.localhost", kPublicSuffix});

std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

/// The account in front of a storage host name.
std::optional<std::string> account_of_host(std::string_view host) {
  const std::string name = base::lower_case(without_port(host));
  for (const auto suffix : kHostSuffixes) {
    if (name.size() > suffix.size() && name.ends_with(suffix)) return name.substr(0, name.size() - suffix.size());
  }
  return std::nullopt;
}

/// Takes the first segment off `path`, with the slash behind it.
std::string_view take_segment(std::string_view& path) {
  const auto slash = path.find('/');
  const auto segment = path.substr(0, slash);
  path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  return segment;
}

base::Result<std::string> decoded(std::string_view text) {
  auto plain = base::percent_decode(text);
  if (plain.has_error() || plain->find('\0') != std::string::npos) return wire::blob::error(ErrorCode::InvalidUri);
  return plain;
}

bool has_restype(std::string_view query) {
  for (const auto& field : base::split(query, '&')) {
    if (base::starts_with_ignoring_case(field, "restype=") || base::equal_ignoring_case(field, "comp=list"))
      return true;
  }
  return false;
}

}  // namespace

base::Result<Address> parse_address(const http::Request& request) {
  std::string_view path = request.path;
  if (!path.starts_with('/')) return wire::blob::error(ErrorCode::InvalidUri);
  path.remove_prefix(1);
  Address address;
  if (auto account = account_of_host(request.headers.get("Host"))) {
    address.account = std::move(*account);
  } else {
    address.path_style = true;
    ASSIGN_OR_RETURN(address.account, decoded(take_segment(path)));
    address.account = base::lower_case(address.account);
  }
  if (address.account.ends_with(kSecondary)) {
    address.account.resize(address.account.size() - kSecondary.size());
    address.secondary = true;
  }
  if (address.account.empty()) return wire::blob::error(ErrorCode::InvalidUri);
  if (path.find('/') == std::string_view::npos && !path.empty() && !has_restype(request.query)) {
    address.container = "$root";
  } else {
    ASSIGN_OR_RETURN(address.container, decoded(take_segment(path)));
  }
  ASSIGN_OR_RETURN(address.blob, decoded(path));
  if (address.container.empty() && !address.blob.empty()) return wire::blob::error(ErrorCode::InvalidUri);
  return address;
}

bool addressed_by_public_name(const http::Request& request) {
  return base::lower_case(without_port(request.headers.get("Host"))).ends_with(kPublicSuffix);
}

std::string service_endpoint(const http::Request& request, const Address& address) {
  std::string url = request.base_url() + "/";
  if (address.path_style) url += address.account + (address.secondary ? "-secondary/" : "/");
  return url;
}

}  // namespace blobstore::rest
