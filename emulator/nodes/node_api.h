// NodeApi: the three requests of the node protocol. Knows who asks by the token, answers, and passes on.
#pragma once

#include "emulator/nodes/node_life.h"
#include "emulator/nodes/shared.h"
#include "http/message.h"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace emulator::nodes {

/// Every node that has, had or is to have an agent.
using NodeLives = std::map<core::NodeKey, std::shared_ptr<NodeLife>>;

/// Lives on the strand.
class NodeApi {
 public:
  NodeApi(Shared& shared, NodeLives& lives) : shared_(shared), lives_(lives) {}

  /// `path`, the Authorization header and the whole body of a POST. Statuses: docs/node_protocol.md.
  base::Async<http::Response> answer(std::string path, std::string authorization, std::string body);

 private:
  base::Async<http::Response> register_agent(std::string token_hash, std::string body);
  base::Async<http::Response> fetch(std::shared_ptr<NodeLife> life, std::string body);
  base::Async<http::Response> report(std::shared_ptr<NodeLife> life, std::string body);
  [[nodiscard]] std::shared_ptr<NodeLife> find_joined(const std::string& token_hash) const;
  [[nodiscard]] http::Response settings_for(const core::NodeRecord& node, std::int32_t task_slots) const;

  Shared& shared_;
  NodeLives& lives_;
};

/// A plain text answer for a failure.
http::Response refusal(int status, std::string_view why);

}  // namespace emulator::nodes
