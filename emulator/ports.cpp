#include "emulator/ports.h"

#include "base/text.h"
#include "emulator/authority.h"
#include "emulator/names.h"
#include "emulator/proxy_port.h"
#include "emulator/rest/rest_api.h"
#include "http/certificates.h"
#include "http/gate.h"

#include <spdlog/spdlog.h>

namespace emulator {

base::Result<std::unique_ptr<Ports>> Ports::listen(PortsSetting setting) {
  std::unique_ptr<Ports> ports{new Ports{std::move(setting)}};
  RETURN_IF_ERROR(ports->bind());
  return ports;
}

std::uint64_t Ports::largest_blob_body() const {
  constexpr std::uint64_t kMib = 1024 * 1024;
  return static_cast<std::uint64_t>(setting_.options.max_blob_body_mib) * kMib;
}

base::Result<void> Ports::bind() {
  const auto& options = setting_.options;
  http::ServerTlsOptions tls{.directory = authority_directory(setting_.data_dir),
                             .names = authority_names(),
                             .on_failure = [](const base::Error& error) { spdlog::error("https: {}", error.message); }};
  tls_ = std::make_shared<http::ServerTls>(std::move(tls), setting_.workers, setting_.clock);
  http::ServerOptions server;
  server.tls = tls_;
  server.max_connections = static_cast<std::size_t>(options.max_connections);
  server.allowed_origins = options.allowed_origins;
  server.allowed_hosts = {"localhost", "127.0.0.1", "[::1]"};
  for (const auto& host : options.allowed_hosts) server.allowed_hosts.push_back(base::lower_case(host));

  auto batch = server;
  batch.port = static_cast<std::uint16_t>(options.batch_port);
  batch.max_body_bytes = rest::kLargestBodyRead;
  batch.allowed_hosts.push_back("*.batch.localhost");  // <account>.<region>.batch.localhost
  auto blob = server;
  blob.port = static_cast<std::uint16_t>(options.blob_port);
  blob.max_body_bytes = largest_blob_body();
  blob.origin_allowed = setting_.blob_allows_origin;
  blob.allowed_hosts.push_back("*.blob.localhost");
  blob.allowed_hosts.push_back("*.blob.core.windows.net");  // what node agents send here
  ASSIGN_OR_RETURN(batch_, http::Server::listen(setting_.executor, std::move(batch)));
  ASSIGN_OR_RETURN(blob_, http::Server::listen(setting_.executor, std::move(blob)));
  return options.names ? bind_proxy(std::move(server)) : base::Result<void>{};
}

/// Clients read the authority's files before they connect, so it is made now.
base::Result<void> Ports::bind_proxy(http::ServerOptions server) {
  ASSIGN_OR_RETURN(std::ignore, http::CertificateAuthority::open(authority_directory(setting_.data_dir),
                                                                 authority_names(), setting_.clock));
  server.port = static_cast<std::uint16_t>(setting_.options.proxy_port);
  server.max_body_bytes = largest_blob_body();
  server.origin_allowed = [allows = setting_.blob_allows_origin](const http::Headers& headers,
                                                                 std::string_view target) {
    const auto host = http::parse_host(headers.get("Host")).value_or(std::string{});
    return host.ends_with(kBlobDomain) && allows(headers, target);
  };
  server.proxy =
      proxy_decider(setting_.sessions, {.batch = batch_port(), .blob = blob_port()}, [this] { return proxy_->port(); });
  ASSIGN_OR_RETURN(proxy_, http::Server::listen(setting_.executor, std::move(server)));
  return {};
}

std::optional<NamesSettings> Ports::names() const {
  if (!proxy_) return std::nullopt;
  const auto paths = http::authority_paths(std::filesystem::absolute(authority_directory(setting_.data_dir)));
  return NamesSettings{.proxy_port = proxy_->port(),
                       .entra = setting_.options.entra,
                       .ca_certificate = paths.certificate,
                       .ca_bundle = paths.bundle,
                       .ca_java_store = paths.java_store};
}

void Ports::start(const Handle& handle, const Refuse& refuse) {
  const auto start_one = [&](http::Server& server, Port port) {
    server.start([handle, port](http::Request& request) { return handle(request, port); },
                 [refuse, port](http::Refusal refusal, const http::Request& request, std::string_view explanation) {
                   return refuse(refusal, request, port, explanation);
                 });
  };
  start_one(*batch_, Port::batch);
  start_one(*blob_, Port::blob);
  if (proxy_) start_one(*proxy_, Port::proxy);
}

base::Async<void> Ports::stop(std::chrono::milliseconds grace) {
  if (proxy_) co_await proxy_->stop(grace);
  co_await batch_->stop(grace);
  co_await blob_->stop(grace);
}

}  // namespace emulator
