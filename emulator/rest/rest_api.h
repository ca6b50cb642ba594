// RestApi: every request of the Batch port, from authentication to the answer.
//
// The steps stand in the order of contract 3.4: authentication, route and api-version, query and headers, body, then
// the handler (semantics, existence, conditions, state). An error at any step is the same base::Error and becomes an
// answer in one place.
#pragma once

#include "emulator/rest/call.h"
#include "http/server.h"
#include "wire/entra/token.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace emulator::rest {

/// No request of the Batch port is read further than this, what is too large and only discarded included.
inline constexpr std::uint64_t kLargestBodyRead = std::uint64_t{64} * 1024 * 1024;

/// Paths of what only the emulator has.
inline constexpr std::string_view kControlPrefix = "/.emulator/";

/// What is known of a request once it has been answered; for the log.
struct Answered {
  const http::Request& request;
  std::string_view account;    ///< "" when it was not authenticated
  std::string_view operation;  ///< "" when no route fits
  int status = 0;
  const base::Error* error = nullptr;  ///< null on success
  std::chrono::steady_clock::duration took{};
};
using AnswerObserver = std::function<void(const Answered&)>;

/// Used from the executor that the accounts' services were opened on. `surroundings` outlive it, and so does what the
/// accounts refer to.
class RestApi {
 public:
  RestApi(Surroundings surroundings, std::shared_ptr<AccountSource> accounts, AnswerObserver observer = {},
          wire::entra::TokenVerifier verify_token = {});
  /// Over accounts that stay as they are.
  RestApi(Surroundings surroundings, std::vector<Account> accounts, AnswerObserver observer = {},
          wire::entra::TokenVerifier verify_token = {});

  /// Never throws on its own account. `request` must live until the coroutine has ended.
  base::Async<http::Response> handle(http::Request& request);
  /// Answers a request below kControlPrefix (control.cpp).
  base::Async<http::Response> control(http::Request& request);
  /// The answer to a request that the server's gate refused.
  [[nodiscard]] http::Response refuse(http::Refusal refusal, const http::Request& request,
                                      std::string_view explanation) const;

  /// The account that signed the request (authenticate.h).
  [[nodiscard]] base::Result<std::shared_ptr<const Account>> authenticate(const http::Request& request) const;
  /// The answer for an error outside the table's operations, with all headers.
  [[nodiscard]] http::Response answer_error(const base::Error& error, const http::Request& request) const;

 private:
  base::Async<base::Result<http::Response>> answer(http::Request& request, Call& call);
  base::Result<void> find_operation(Call& call, const http::Query& query) const;

  Surroundings surroundings_;
  std::shared_ptr<AccountSource> accounts_;
  AnswerObserver observer_;
  wire::entra::TokenVerifier verify_token_;
  http::Router router_;
};

}  // namespace emulator::rest
