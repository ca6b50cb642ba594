// EntraApi: the token service of Entra ID (login.microsoftonline.com) and the managed identities of a virtual machine
// (169.254.169.254), as far as clients of Batch, Storage and Azure Resource Manager need them.
//
// There is no directory: any tenant, client id and secret is good. What is checked is what clients can get wrong: the
// form of requests, the grant, the resource. Neither secrets nor tokens reach an error's text.
#pragma once

#include "base/async.h"
#include "base/clock.h"
#include "emulator/entra/device_codes.h"
#include "emulator/entra/exchange.h"
#include "emulator/entra/key_file.h"
#include "http/message.h"
#include "http/router.h"
#include "wire/entra/token.h"

#include <filesystem>
#include <string_view>

namespace emulator::entra {

/// Used from one executor, except for its verifiers, which are safe from every thread.
class EntraApi {
 public:
  /// `directory` is <data-dir>/entra. Nothing is read or written before a request comes.
  EntraApi(std::filesystem::path directory, base::Workers& workers, const base::Clock& clock);

  /// Whether the path is one of the token service's or of the metadata service's: for the port that serves them beside
  /// the Batch API, with which they have no path in common.
  static bool owns(std::string_view path);

  /// Answers a request for either service. Never throws on its own account. `request` must live until the coroutine has
  /// ended.
  base::Async<http::Response> handle(http::Request& request);

  /// Reads tokens of this emulator that are meant for `audience`, now. Good for as long as the EntraApi lives.
  [[nodiscard]] wire::entra::TokenVerifier verifier(wire::entra::Audience audience);

 private:
  base::Async<base::Result<http::Response>> answer(http::Request& request);
  base::Async<base::Result<http::Response>> answer_metadata(http::Request& request);
  base::Result<http::Response> dispatch(std::size_t row, const Exchange& exchange);

  KeyFile key_;
  base::Workers& workers_;
  const base::Clock& clock_;
  http::Router router_;
  DeviceCodes codes_;
};

}  // namespace emulator::entra
