#include "http/certificates.h"

#include "base/durable_file.h"
#include "base/random.h"
#include "base/text.h"
#include "http/gate.h"

#include <sys/stat.h>
#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <optional>
#include <thread>

namespace http {
namespace {

using base::Errc;
using base::Error;
using base::Result;
namespace fs = std::filesystem;

constexpr std::chrono::days kLifetime{30};
constexpr std::chrono::days kRenewBefore{2};
/// Clocks of containers and of the machine may differ a little.
constexpr std::chrono::minutes kBackdated{10};
constexpr std::size_t kMostRemembered = 256;
constexpr std::size_t kLargestPem = 64 * 1024;
constexpr std::size_t kLargestBundle = 16 * 1024 * 1024;
constexpr std::string_view kSystemBundle = "/etc/ssl/certs/ca-certificates.crt";
constexpr mode_t kPublic = 0644;
constexpr mode_t kPrivate = 0600;
/// How long another process may take to make the authority.
constexpr std::chrono::seconds kLockPatience{10};
constexpr std::chrono::milliseconds kLockPause{10};

Result<base::DirectoryLock> lock(const fs::path& directory) {
  const auto until = std::chrono::steady_clock::now() + kLockPatience;
  while (true) {
    auto taken = base::DirectoryLock::acquire(directory);
    if (taken || taken.error().code != Errc::locked || std::chrono::steady_clock::now() > until) return taken;
    std::this_thread::sleep_for(kLockPause);  // held for milliseconds, by a process that makes what we want
  }
}

/// The system's authorities; "" where the system keeps none in this place, which is no failure of ours.
std::string system_authorities() {
  return base::read_file(fs::path(kSystemBundle), kLargestBundle).value_or(std::string());
}

/// Bundle and Java's store, rewritten whenever the system's authorities have changed. The bundle comes last: it tells
/// what is in both.
Result<void> write_bundle(const AuthorityPaths& paths, const std::string& root) {
  std::string wanted = root + system_authorities();
  const auto found = base::read_file(paths.bundle, 2 * kLargestBundle);
  if (found && *found == wanted) return {};
  ASSIGN_OR_RETURN(const auto store, java_trust_store(wanted, "batch-emulator", std::string(kJavaStorePassword)));
  RETURN_IF_ERROR(base::write_file_durably(paths.java_store, store, kPublic));
  return base::write_file_durably(paths.bundle, wanted, kPublic);
}

std::optional<boost::asio::ip::address> address_of(std::string_view text) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(text), error);
  return error ? std::nullopt : std::optional(address);
}

bool is_address(std::string_view text) {
  return address_of(text).has_value();
}

bool same_address(std::string_view a, std::string_view b) {
  const auto left = address_of(a);
  return left && left == address_of(b);
}

CertificateHandle shared(X509* certificate) {
  X509_up_ref(certificate);
  return CertificateHandle(certificate);
}

}  // namespace

AuthorityPaths authority_paths(const fs::path& directory) {
  return {.certificate = directory / "ca.pem",
          .bundle = directory / "bundle.pem",
          .java_store = directory / "ca.p12",
          .issuer = directory / "issuer.pem",
          .key = directory / "ca.key"};
}

Result<std::shared_ptr<CertificateAuthority>> CertificateAuthority::open(const fs::path& directory,
                                                                         std::vector<std::string> names,
                                                                         const base::Clock& clock) {
  const auto opening = "opening the certificate authority in " + directory.string();
  std::shared_ptr<CertificateAuthority> authority(new CertificateAuthority);
  authority->names_ = std::move(names);
  auto made = base::make_directory(directory);
  if (made.has_error()) return std::move(made).error().in(opening);
  auto locked = lock(directory);
  if (locked.has_error()) return std::move(locked).error().in(opening);
  // Whatever is wrong with what is there, a new one helps.
  if (authority->load(directory, clock.now()).has_error()) {
    auto renewed = authority->make(directory, clock.now());
    if (renewed.has_error()) return std::move(renewed).error().in(opening);
  }
  authority->root_file_ = authority_paths(directory).certificate;
  authority->stamp_ = stamp_of(authority->root_file_);
  ASSIGN_OR_RETURN(authority->server_key_, make_key());
  return authority;
}

Result<void> CertificateAuthority::load(const fs::path& directory, base::Timestamp now) {
  const auto paths = authority_paths(directory);
  ASSIGN_OR_RETURN(const auto root_pem, base::read_file(paths.certificate, kLargestPem));
  ASSIGN_OR_RETURN(const auto issuer_pem, base::read_file(paths.issuer, kLargestPem));
  ASSIGN_OR_RETURN(const auto key_pem, base::read_file(paths.key, kLargestPem));
  ASSIGN_OR_RETURN(const auto root, certificate_from_pem(root_pem));
  ASSIGN_OR_RETURN(issuer_, certificate_from_pem(issuer_pem));
  ASSIGN_OR_RETURN(issuer_key_, key_from_pem(key_pem));
  ASSIGN_OR_RETURN(validity_, validity_of(issuer_.get()));
  renew_at_ = validity_.until - kRenewBefore;
  const Error unfit(Errc::corrupt, "the certificate authority in " + directory.string() + " is not fit for use");
  if (now >= renew_at_ || now < validity_.from) return unfit;
  if (X509_check_private_key(issuer_.get(), issuer_key_.get()) != 1) return unfit;
  if (X509_verify(issuer_.get(), X509_get0_pubkey(root.get())) != 1) return unfit;
  if (!constrains_to(issuer_.get(), names_) || !constrains_to(root.get(), names_)) return unfit;
  std::error_code ignored;  // what cannot be looked at is written anew
  if (!fs::exists(paths.java_store, ignored)) return unfit;
  return write_bundle(paths, root_pem);
}

/// ca.pem comes last: while it is not there, or is another's, what stands beside it does not count.
Result<void> CertificateAuthority::make(const fs::path& directory, base::Timestamp now) {
  const auto paths = authority_paths(directory);
  // A name of its own, so that two authorities in one trust store are not taken for each other.
  const auto name = "Batch Emulator " + base::hex_encode(base::random_bytes(4));
  validity_ = {now - kBackdated, now + kLifetime};
  renew_at_ = validity_.until - kRenewBefore;
  ASSIGN_OR_RETURN(const auto root_key, make_key());
  ASSIGN_OR_RETURN(issuer_key_, make_key());
  ASSIGN_OR_RETURN(const auto root,
                   make_authority(name + " root", root_key.get(), {}, validity_, names_, Below::one_authority));
  ASSIGN_OR_RETURN(issuer_, make_authority(name + " issuer", issuer_key_.get(), {root.get(), root_key.get()}, validity_,
                                           names_, Below::leaves_only));
  ASSIGN_OR_RETURN(const auto key_pem, pem_of(issuer_key_.get()));
  ASSIGN_OR_RETURN(const auto issuer_pem, pem_of(issuer_.get()));
  ASSIGN_OR_RETURN(const auto root_pem, pem_of(root.get()));
  RETURN_IF_ERROR(base::write_file_durably(paths.key, key_pem, kPrivate));
  RETURN_IF_ERROR(base::write_file_durably(paths.issuer, issuer_pem, kPublic));
  RETURN_IF_ERROR(write_bundle(paths, root_pem));
  return base::write_file_durably(paths.certificate, root_pem, kPublic);
}

CertificateAuthority::Stamp CertificateAuthority::stamp_of(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return {};
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  return {.inode = status.st_ino, .modified = status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec};
}

bool CertificateAuthority::is_current(base::Timestamp now) const {
  return now < renew_at_ && stamp_of(root_file_) == stamp_;
}

bool CertificateAuthority::vouches_for(std::string_view host) const {
  if (is_address(host)) {
    return std::ranges::any_of(names_, [host](const std::string& name) { return same_address(host, name); });
  }
  const auto parsed = parse_host(host);
  if (parsed.has_error() || *parsed != host) return false;
  return std::ranges::any_of(names_, [host](const std::string& name) {
    return !is_address(name) && (host == name || host.ends_with("." + name));
  });
}

Result<CertificateHandle> CertificateAuthority::certificate_for(const std::string& host) {
  if (!vouches_for(host)) {
    return Error(Errc::invalid_argument, "making a certificate for " + host + ": not a name of this authority");
  }
  const std::lock_guard guard(mutex_);
  if (const auto found = made_.find(host); found != made_.end()) return shared(found->second.get());
  // Names come from strangers; who asks for so many may wait for a new certificate now and then.
  if (made_.size() >= kMostRemembered) made_.clear();
  // Java names no server in its hello when the name has no dot, so that it gets the certificate of the address.
  std::vector<std::string> hosts = {host};
  const auto address = address_of(host);
  if (address && address->is_loopback() && vouches_for("localhost")) hosts.emplace_back("localhost");
  ASSIGN_OR_RETURN(auto made,
                   make_server_certificate(hosts, server_key_.get(), {issuer_.get(), issuer_key_.get()}, validity_));
  auto answer = shared(made.get());
  made_.emplace(host, std::move(made));
  return answer;
}

}  // namespace http
