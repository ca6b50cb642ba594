// What only the emulator has: things that happen to the real service by themselves are caused here.
//   POST /.emulator/pools/{pool}/nodes/{node}/preempt   the machine of a low-priority node is taken away
//   POST /.emulator/pools/{pool}/nodes/{node}/restore   there is capacity for it again
#include "base/text.h"
#include "emulator/rest/authenticate.h"
#include "emulator/rest/responses.h"
#include "emulator/rest/rest_api.h"
#include "wire/batch/errors.h"

namespace emulator::rest {
namespace {

using wire::batch::ErrorCode;
using wire::batch::make_error;

base::Result<core::Command> command_of(const http::Request& request) {
  const auto parts = base::split(request.path, '/');  // "", ".emulator", "pools", P, "nodes", N, action
  constexpr std::size_t kParts = 7;
  if (parts.size() != kParts || parts[2] != "pools" || parts[4] != "nodes") return make_error(ErrorCode::InvalidUri);
  if (request.method != "POST") return make_error(ErrorCode::UnsupportedHttpVerb);
  const core::NodeKey node{core::PoolId{parts[3]}, core::NodeId{parts[5]}};
  if (parts[6] == "preempt") return core::Command{core::PreemptNode{node}};
  if (parts[6] == "restore") return core::Command{core::RestoreNode{node}};
  return make_error(ErrorCode::InvalidUri);
}

}  // namespace

base::Async<http::Response> RestApi::control(http::Request& request) {
  const auto account = authenticate(request);
  if (!account) co_return answer_error(account.error(), request);
  auto command = command_of(request);
  if (!command) co_return answer_error(command.error(), request);
  const auto reply = co_await (*account)->service->execute(*std::move(command));
  if (!reply) co_return answer_error(reply.error(), request);
  http::Response response;
  constexpr int kAccepted = 202;
  response.status = kAccepted;
  add_common_headers(response, request);
  co_return response;
}

}  // namespace emulator::rest
