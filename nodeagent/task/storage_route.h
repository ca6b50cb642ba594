// The way from a node to a blob: accounts of the emulator are reached at the emulator, whatever host their URLs name.
#pragma once

#include "client/api/route.h"
#include "wire/node/protocol.h"

namespace nodeagent::task {

/// `https://<account>.blob.core.windows.net/...` of an account that the emulator has becomes
/// `http://<account>.blob.localhost:<port>/...` at the emulator's blob endpoint (a SAS does not cover the host). Every
/// other URL is direct_route().
client::api::Route storage_route(const wire::node::NodeSettings& settings, std::string url);

}  // namespace nodeagent::task
