// TLS as the client uses it: 1.2 or later, certificates checked against the system's authorities.
#pragma once

#include "base/result.h"

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

namespace http {

/// Reads the system's certificates (SSL_CERT_FILE and SSL_CERT_DIR are honoured) and those of `ca_file`, if given.
/// Costs milliseconds and a few MiB, so it is called when the first https URL is met.
base::Result<std::shared_ptr<boost::asio::ssl::context>> make_client_tls(const std::string& ca_file);

}  // namespace http
