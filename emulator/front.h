// Front: which part of the emulator answers a request. By the host it is addressed to where that is the name of a real
// service, otherwise by the port it came to.
#pragma once

#include "blobstore/blob_service.h"
#include "emulator/account_directory.h"
#include "emulator/entra/entra_api.h"
#include "emulator/management/management_api.h"
#include "emulator/ports.h"
#include "emulator/rest/rest_api.h"
#include "emulator/sessions_api.h"
#include "http/server.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace emulator {

inline constexpr std::string_view kHealthPath = "/healthz";
inline constexpr std::string_view kEventsPath = "/events";
/// Agents of accounts after the first reach their node service below this prefix and the account's name.
inline constexpr std::string_view kAccountPrefix = "/.account/";

/// The parts; all of them outlive the Front.
struct FrontParts {
  const base::Clock& clock;
  base::Workers& workers;
  AccountDirectory& accounts;
  rest::RestApi& batch;
  management::ManagementApi& management;
  blobstore::BlobService& blob;
  SessionsApi& sessions;
  entra::EntraApi* entra = nullptr;  ///< null: Entra ID is off
  /// Requests so far, by port, for the status.
  std::function<std::pair<std::uint64_t, std::uint64_t>()> requests;
};

class Front {
 public:
  Front(FrontParts parts, std::uint16_t batch_port, std::uint16_t blob_port)
      : parts_(std::move(parts)), batch_port_(batch_port), blob_port_(blob_port) {}

  /// Never throws on its own account. `request` must live until the coroutine has ended.
  base::Async<http::Response> handle(http::Request& request, Port port);
  /// The answer to a request that the gate of a port refused, in the form of the port's service.
  [[nodiscard]] http::Response refuse(http::Refusal refusal, const http::Request& request, Port port,
                                      std::string_view explanation) const;

 private:
  /// The services by name.
  enum class Service { none, batch_port, blob_port, batch, blob, management, entra };
  [[nodiscard]] Service service_of(const http::Request& request, Port port) const;

  base::Async<http::Response> serve_batch_port(http::Request& request);
  base::Async<http::Response> serve_batch(http::Request& request);
  base::Async<http::Response> serve_blob(http::Request& request);
  base::Async<http::Response> serve_management(http::Request& request);
  base::Async<http::Response> serve_entra(http::Request& request);
  base::Async<http::Response> serve_status(http::Request& request);
  base::Async<http::Response> serve_events(http::Request& request);
  std::shared_ptr<BatchAccount> account_of_agent(http::Request& request) const;

  FrontParts parts_;
  std::uint16_t batch_port_;
  std::uint16_t blob_port_;
};

}  // namespace emulator
