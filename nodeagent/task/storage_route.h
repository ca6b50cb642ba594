// The way from a node to a blob: accounts of the emulator are reached at the emulator, whatever host their URLs name.
#pragma once

#include "client/api/route.h"
#include "wire/node/protocol.h"

namespace nodeagent::task {

/// Where the real service's names are emulated (settings.proxy), every URL that is not this machine's own goes through
/// the proxy, which serves all accounts of `*.blob.core.windows.net`, also those that nobody has heard of yet, and
/// refuses what no `--allow` names.
///
/// Elsewhere `https://<account>.blob.core.windows.net/...` of an account that the emulator has becomes
/// `http://<account>.blob.localhost:<port>/...` at the emulator's blob endpoint (a SAS does not cover the host). Every
/// other URL is direct_route().
client::api::Route storage_route(const wire::node::NodeSettings& settings, std::string url);

}  // namespace nodeagent::task
