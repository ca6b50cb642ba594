#include "http/server_tls.h"

#include "base/check.h"
#include "base/text.h"
#include "http/x509.h"

#include <openssl/err.h>
#include <array>

namespace http {
namespace {

using base::Async;
using base::Errc;
using base::Error;
using base::Result;

/// RFC 7301: names with their lengths before them.
constexpr std::array<unsigned char, 9> kAlpn = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
/// Tickets are bound to it; any name does.
constexpr std::array<unsigned char, 4> kSessionContext = {'h', 't', 't', 'p'};

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kAlpn.data(), kAlpn.size(), offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

/// Where an SSL object keeps the session that it belongs to.
int session_index() {
  static const int kIndex = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return kIndex;
}

Result<std::shared_ptr<SSL_CTX>> make_context() {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  SSL_CTX* made = context.get();
  if (made == nullptr || SSL_CTX_set_min_proto_version(made, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_session_id_context(made, kSessionContext.data(), kSessionContext.size()) != 1 ||
      SSL_CTX_set_num_tickets(made, 1) != 1) {
    return Error(Errc::internal, "setting TLS up: " + openssl_reason());
  }
  SSL_CTX_set_options(made, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(made, SSL_MODE_RELEASE_BUFFERS);
  // Tickets carry the sessions; nothing is remembered here.
  SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(made, choose_protocol, nullptr);
  return context;
}

}  // namespace

ServerTls::ServerTls(ServerTlsOptions options, base::Workers& workers, const base::Clock& clock)
    : options_(std::move(options)), workers_(workers), clock_(clock) {}

ServerTls::~ServerTls() = default;

std::shared_ptr<CertificateAuthority> ServerTls::authority() const {
  const std::lock_guard guard(mutex_);
  return authority_;
}

bool ServerTls::ready() const {
  const auto known = authority();
  return known && known->is_current(clock_.now());
}

/// Blocks: on a worker.
Result<void> ServerTls::open() {
  const std::lock_guard opening(opening_);
  if (ready()) return {};
  ASSIGN_OR_RETURN(auto opened, CertificateAuthority::open(options_.directory, options_.names, clock_));
  const std::lock_guard guard(mutex_);
  authority_ = std::move(opened);
  if (context_) return {};
  ASSIGN_OR_RETURN(context_, make_context());
  // Called for every hello, with and without a server name.
  SSL_CTX_set_tlsext_servername_callback(context_.get(), &ServerTls::on_server_name);
  return {};
}

Async<Result<std::unique_ptr<TlsSession>>> ServerTls::accept(std::string host, bool only) {
  const auto self = shared_from_this();
  if (!ready()) {
    auto work = [self] { return self->open(); };
    const auto opened = co_await base::on_worker(workers_, std::move(work));
    if (opened.has_error()) {
      if (options_.on_failure) options_.on_failure(opened.error());
      co_return opened.error();
    }
  }
  co_return std::make_unique<TlsSession>(self, std::move(host), only);
}

SSL* ServerTls::new_ssl(TlsSession& session) {
  const std::lock_guard guard(mutex_);
  SSL* ssl = SSL_new(context_.get());
  CHECK(ssl != nullptr && SSL_set_ex_data(ssl, session_index(), &session) == 1, "no memory for TLS");
  return ssl;
}

int ServerTls::on_server_name(SSL* ssl, int* alert, void*) {
  auto* session = static_cast<TlsSession*>(SSL_get_ex_data(ssl, session_index()));
  *alert = SSL_AD_INTERNAL_ERROR;
  const int shown = session->tls().show_certificate(ssl, *session);
  if (shown == SSL_AD_UNRECOGNIZED_NAME) *alert = shown;
  return shown == 0 ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/// 0, or the alert.
int ServerTls::show_certificate(SSL* ssl, TlsSession& session) {
  const char* named = session.only() ? nullptr : SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  const auto host = named == nullptr ? session.host() : base::lower_case(named);
  const auto known = authority();
  if (!known->vouches_for(host)) return SSL_AD_UNRECOGNIZED_NAME;
  const auto certificate = known->certificate_for(host);
  if (certificate.has_error()) {
    if (options_.on_failure) options_.on_failure(certificate.error());
    return SSL_AD_INTERNAL_ERROR;
  }
  const bool shown = SSL_use_certificate(ssl, certificate->get()) == 1 &&
                     SSL_use_PrivateKey(ssl, known->server_key()) == 1 && SSL_clear_chain_certs(ssl) == 1 &&
                     SSL_add1_chain_cert(ssl, known->issuer()) == 1;
  ERR_clear_error();
  return shown ? 0 : SSL_AD_INTERNAL_ERROR;
}

}  // namespace http
