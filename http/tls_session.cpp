#include "http/tls_session.h"

#include "base/check.h"
#include "http/server_tls.h"
#include "http/x509.h"

#include <openssl/err.h>
#include <algorithm>
#include <limits>

namespace http {
namespace {

int as_int(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
}

}  // namespace

TlsSession::TlsSession(std::shared_ptr<ServerTls> tls, std::string host, bool only)
    : tls_(std::move(tls)), host_(std::move(host)), only_(only), ssl_(tls_->new_ssl(*this)) {
  input_ = BIO_new(BIO_s_mem());
  output_ = BIO_new(BIO_s_mem());
  CHECK(input_ != nullptr && output_ != nullptr, "no memory for TLS");
  SSL_set_bio(ssl_.get(), input_, output_);
  SSL_set_accept_state(ssl_.get());
}

void TlsSession::feed(std::string_view bytes) {
  // A memory BIO takes everything; it fails for want of memory only.
  CHECK(bytes.empty() || BIO_write(input_, bytes.data(), as_int(bytes.size())) == as_int(bytes.size()));
}

TlsSession::Step TlsSession::step_after(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_NONE: return Step::done;
    case SSL_ERROR_WANT_READ: return Step::wants_input;
    case SSL_ERROR_ZERO_RETURN: return Step::closed;
    default: break;
  }
  reason_ = openssl_reason();
  return Step::failed;
}

TlsSession::Step TlsSession::handshake() {
  if (!reason_.empty()) return Step::failed;
  ERR_clear_error();
  return step_after(SSL_do_handshake(ssl_.get()));
}

TlsSession::Step TlsSession::read(std::span<char> into, std::size_t& size) {
  size = 0;
  if (!reason_.empty()) return Step::failed;
  ERR_clear_error();
  const int got = SSL_read(ssl_.get(), into.data(), as_int(into.size()));
  if (got <= 0) return step_after(got);
  size = static_cast<std::size_t>(got);
  return Step::done;
}

bool TlsSession::write(std::string_view bytes) {
  if (!reason_.empty()) return false;
  if (bytes.empty()) return true;
  ERR_clear_error();
  // Memory takes all of it, and renegotiation is off: a write never waits for the peer.
  const int wrote = SSL_write(ssl_.get(), bytes.data(), as_int(bytes.size()));
  if (wrote == as_int(bytes.size())) return true;
  if (step_after(wrote) != Step::failed) reason_ = "a write that did not end";
  return false;
}

void TlsSession::finish() {
  if (!reason_.empty() || SSL_is_init_finished(ssl_.get()) != 1) return;
  ERR_clear_error();
  static_cast<void>(SSL_shutdown(ssl_.get()));  // 0 or 1: the alert is in the output; less: there is none to send
}

std::string_view TlsSession::output() const {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(output_, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

void TlsSession::clear_output() {
  static_cast<void>(BIO_reset(output_));  // of a writable memory BIO it does not fail
}

}  // namespace http
