#include "emulator/rest/execute.h"

namespace emulator::rest {

base::Async<base::Result<core::Version>> execute(const Call& call, core::Command command) {
  auto reply = co_await call.service().execute(std::move(command));
  if (!reply) co_return std::move(reply).error();
  co_return reply->written.version;
}

bool is_write_conflict(const base::Error& error) {
  return error.code == base::Errc::unavailable;
}

}  // namespace emulator::rest
