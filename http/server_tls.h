// TLS of a server whose certificates come from an authority in a directory: nothing is read or made before the first
// client wants TLS, so that a server which never meets one costs nothing.
//
// TLS 1.2 and 1.3, HTTP/1.1 by ALPN, session tickets (clients that open a connection for each request then skip most of
// the handshake). The client's server name decides the certificate; names that the authority does not vouch for are
// refused with the alert unrecognized_name.
#pragma once

#include "base/async.h"
#include "base/clock.h"
#include "http/certificates.h"
#include "http/tls_session.h"

#include <openssl/ssl.h>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace http {

struct ServerTlsOptions {
  std::filesystem::path directory;                     ///< of the authority (certificates.h)
  std::vector<std::string> names;                      ///< as CertificateAuthority::open wants them
  std::function<void(const base::Error&)> on_failure;  ///< told when there is no certificate to be had; may be empty
};

/// Shared by servers; safe from every thread. `workers` and `clock` outlive it.
class ServerTls : public std::enable_shared_from_this<ServerTls> {
 public:
  ServerTls(ServerTlsOptions options, base::Workers& workers, const base::Clock& clock);
  ~ServerTls();
  ServerTls(const ServerTls&) = delete;
  ServerTls& operator=(const ServerTls&) = delete;

  /// A session for a connection that has sent its first byte. Opens the authority on a worker when that was not done
  /// yet, it is time for a new one, or another process has made one (clients trust what the files say); its failure is
  /// told to on_failure. `host`, `only`: see TlsSession.
  base::Async<base::Result<std::unique_ptr<TlsSession>>> accept(std::string host, bool only);

  /// For TlsSession.
  SSL* new_ssl(TlsSession& session);

 private:
  base::Result<void> open();
  [[nodiscard]] bool ready() const;
  std::shared_ptr<CertificateAuthority> authority() const;
  static int on_server_name(SSL* ssl, int* alert, void* self);
  int show_certificate(SSL* ssl, TlsSession& session);

  ServerTlsOptions options_;
  base::Workers& workers_;
  const base::Clock& clock_;
  mutable std::mutex mutex_;
  std::mutex opening_;                               ///< held while the authority is opened
  std::shared_ptr<CertificateAuthority> authority_;  ///< guarded by mutex_
  std::shared_ptr<SSL_CTX> context_;                 ///< guarded by mutex_; made once
};

}  // namespace http
