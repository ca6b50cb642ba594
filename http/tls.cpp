#include "http/tls.h"

namespace http {

namespace ssl = boost::asio::ssl;

base::Result<std::shared_ptr<ssl::context>> make_client_tls(const std::string& ca_file) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  if (::SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION) != 1) {
    return base::Error(base::Errc::internal, "TLS: version 1.2 cannot be demanded");
  }
  boost::system::error_code error;
  context->set_verify_mode(ssl::verify_peer, error);
  if (!error) context->set_default_verify_paths(error);
  if (error) return base::Error(base::Errc::io, "TLS: reading the system's certificates: " + error.message());
  if (!ca_file.empty()) context->load_verify_file(ca_file, error);
  if (error) return base::Error(base::Errc::io, "TLS: reading certificates from " + ca_file + ": " + error.message());
  return context;
}

}  // namespace http
