#include "emulator/proxy_port.h"

#include "emulator/peer_session.h"

#include <spdlog/spdlog.h>
#include <memory>
#include <set>
#include <string>

namespace emulator {
namespace {

/// Of hosts that are remembered as complained about.
constexpr std::size_t kMostHosts = 1'000;

http::ProxyDecision::Kind kind_of(ProxyRuling::Action action) {
  using Kind = http::ProxyDecision::Kind;
  switch (action) {
    case ProxyRuling::Action::serve: return Kind::serve;
    case ProxyRuling::Action::tunnel: return Kind::tunnel;
    case ProxyRuling::Action::ask_for_credential: return Kind::needs_credential;
    case ProxyRuling::Action::refuse: break;
  }
  return Kind::refuse;
}

}  // namespace

http::ProxyDecider proxy_decider(const Sessions& sessions, OwnPorts own, std::function<std::uint16_t()> own_port) {
  // Programs that ask for a host ask again and again, and most do not show the answer's text.
  auto complained = std::make_shared<std::set<std::string>>();
  return [&sessions, own, own_port = std::move(own_port), complained](const http::ProxyRequest& request) {
    // /proc is no disk: a look at it takes some milliseconds at most, and only who sends no credential causes it.
    const ProxyQuestion question{.connect = request.connect,
                                 .host = request.host,
                                 .port = request.port,
                                 .authorization = request.authorization,
                                 .session_of_peer = [&] { return session_of_peer(request.peer_port, own_port()); }};
    auto ruling = decide(question, sessions, own);
    if (ruling.action == ProxyRuling::Action::refuse && complained->size() < kMostHosts &&
        complained->insert(request.host).second) {
      spdlog::warn("{}", ruling.text);
    }
    // Who sees it has lost sight of where the refusal comes from.
    auto explanation = ruling.text.empty() ? std::string{} : "batch-emulator run: " + ruling.text;
    return http::ProxyDecision{
        .kind = kind_of(ruling.action), .session = std::move(ruling.session), .explanation = std::move(explanation)};
  };
}

}  // namespace emulator
