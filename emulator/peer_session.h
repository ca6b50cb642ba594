// Which session the process at the other end of a loopback connection was given.
//
// Many Java clients have no way to send a proxy credential that comes from outside their code: okhttp and
// HttpsURLConnection want an Authenticator. The kernel knows better who calls: the socket belongs to a process, and
// the process carries the name of its session in its environment. Both can be read for processes of one's own user
// alone, who could read the session's secret as well, so this gives away nothing that the credential protects.
#pragma once

#include <cstdint>
#include <string>

namespace emulator {

/// The value of wire::kSessionVariable of the process that connected from 127.0.0.1:`peer_port` to
/// 127.0.0.1:`own_port`. Empty when no such process can be seen: of another user, in another process namespace, or
/// without the variable. Reads /proc: some milliseconds on a busy machine.
std::string session_of_peer(std::uint16_t peer_port, std::uint16_t own_port);

/// Whether the socket at 127.0.0.1:`peer_port` that is connected to 127.0.0.1:`own_port` belongs to the user that the
/// emulator runs as, or to root. False when it cannot be seen.
bool peer_is_own_user(std::uint16_t peer_port, std::uint16_t own_port);

}  // namespace emulator
