// The third port, with --names: an HTTP proxy on loopback that answers for the real service's names itself.
#pragma once

#include "emulator/proxy_rules.h"
#include "emulator/sessions.h"
#include "http/server.h"

#include <functional>

namespace emulator {

/// Decides by proxy_rules.h; asks `own_port`, which is known once the port is bound, for the process at the other end
/// when a client sends no credential. What is refused is logged, a host once. `sessions` outlive it.
http::ProxyDecider proxy_decider(const Sessions& sessions, OwnPorts own, std::function<std::uint16_t()> own_port);

}  // namespace emulator
