// The process at the other end of a connection.
#include "emulator/peer_session.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cstring>

namespace emulator {
namespace {

constexpr uid_t kNobody = 65534;

template <class Address>
std::uint16_t port_of(int socket) {
  Address address{};
  socklen_t length = sizeof address;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length);
  if constexpr (std::is_same_v<Address, sockaddr_in>)
    return ntohs(address.sin_port);
  else
    return ntohs(address.sin6_port);
}

/// A listening socket on loopback, and the program `connect` of a child: /bin/bash has sockets of its own.
class PeerSessionTest : public testing::Test {
 protected:
  PeerSessionTest() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::listen(listener_, 4);
    port_ = port_of<sockaddr_in>(listener_);
  }
  ~PeerSessionTest() override {
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      ::waitpid(child_, nullptr, 0);
    }
    ::close(listener_);
  }

  /// The port from which a bash with this environment has connected.
  std::uint16_t connected_from(const char* variable, uid_t user = ::geteuid()) {
    const std::string script = "exec 3<>/dev/tcp/127.0.0.1/" + std::to_string(port_) + "; read <&3";
    std::array<const char*, 4> arguments{"bash", "-c", script.c_str(), nullptr};
    std::array<const char*, 2> environment{variable, nullptr};
    child_ = ::fork();
    if (child_ == 0) {
      if (user != ::geteuid() && ::setuid(user) != 0) ::_exit(127);
      ::execve("/bin/bash", const_cast<char**>(arguments.data()), const_cast<char**>(environment.data()));
      ::_exit(127);
    }
    sockaddr_in peer{};
    socklen_t length = sizeof peer;
    const int accepted = ::accept4(listener_, reinterpret_cast<sockaddr*>(&peer), &length, SOCK_CLOEXEC);
    EXPECT_GE(accepted, 0);
    return ntohs(peer.sin_port);
  }

  int listener_;
  std::uint16_t port_ = 0;
  pid_t child_ = 0;
};

TEST_F(PeerSessionTest, IsTheOneInTheEnvironmentOfTheProcessThatConnected) {
  EXPECT_EQ(session_of_peer(connected_from("BATCH_EMULATOR_SESSION=s0123"), port_), "s0123");
}

TEST_F(PeerSessionTest, IsNoneWithoutTheVariable) {
  EXPECT_EQ(session_of_peer(connected_from("OTHER=s0123"), port_), "");
}

TEST_F(PeerSessionTest, IsNoneForAConnectionThatDoesNotExist) {
  EXPECT_EQ(session_of_peer(1, port_), "");
}

TEST_F(PeerSessionTest, AProcessOfTheSameUserIsSeenAsSuch) {
  const auto peer_port = connected_from("NAME=value");
  EXPECT_TRUE(peer_is_own_user(peer_port, port_));
}

TEST_F(PeerSessionTest, AProcessOfAnotherUserIsNotTheOwnUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can be somebody else";
  const auto peer_port = connected_from("NAME=value", kNobody);
  EXPECT_FALSE(peer_is_own_user(peer_port, port_));
}

TEST_F(PeerSessionTest, AConnectionThatDoesNotExistIsNobodys) {
  EXPECT_FALSE(peer_is_own_user(1, port_));
}

}  // namespace
}  // namespace emulator
