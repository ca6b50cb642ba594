// The server's side of one TLS connection, as bytes in and bytes out: OpenSSL over memory, no sockets.
//
// Asio's own TLS stream is not used here: one of its operations is several of the socket's, none of which a deadline
// could end for sure without closing the connection, and a server wants to answer 408 and say goodbye.
#pragma once

#include "base/result.h"

#include <openssl/ssl.h>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace http {

class ServerTls;

/// Used from one strand.
class TlsSession {
 public:
  enum class Step {
    done,
    wants_input,  ///< send output(), then feed() what the peer sends
    closed,       ///< the peer has said goodbye
    failed        ///< reason() says why; output() may hold an alert for the peer
  };

  /// `host` is whose certificate is shown: in any case when `only`, else when the client names none.
  TlsSession(std::shared_ptr<ServerTls> tls, std::string host, bool only);
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  /// Bytes from the peer.
  void feed(std::string_view bytes);
  Step handshake();
  /// done: `size` decrypted bytes, at least one, are in `into`.
  Step read(std::span<char> into, std::size_t& size);
  /// Encrypts; what is less than a record's 16 KiB becomes one record. False: the session has failed.
  bool write(std::string_view bytes);
  /// Adds the goodbye (close_notify) to the output, if the session still stands.
  void finish();
  /// What waits to be sent. Valid until the next call of another function.
  [[nodiscard]] std::string_view output() const;
  void clear_output();
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

  // For ServerTls, while it answers a client's hello.
  [[nodiscard]] const std::string& host() const noexcept { return host_; }
  [[nodiscard]] bool only() const noexcept { return only_; }
  [[nodiscard]] ServerTls& tls() noexcept { return *tls_; }

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  Step step_after(int result);

  std::shared_ptr<ServerTls> tls_;
  std::string host_;
  bool only_;
  std::unique_ptr<SSL, Free> ssl_;
  BIO* input_ = nullptr;   ///< owned by ssl_
  BIO* output_ = nullptr;  ///< owned by ssl_
  std::string reason_;
};

}  // namespace http
