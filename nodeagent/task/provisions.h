// Provisions: what the pool wants on the node, and which packages are on their way to it.
#pragma once

#include "base/async.h"
#include "base/wakeup.h"
#include "wire/node/protocol.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace nodeagent::task {

struct NodeContext;

/// What is on its way to the node, and what the pool wants on it. Used on one executor.
class Provisions {
 public:
  /// Set by PrepareNode, before any task.
  void hold(const wire::node::PrepareNode& order) {
    pool_packages_ = order.packages;
    certificates_ = order.certificates;
  }
  [[nodiscard]] const std::vector<wire::node::Package>& pool_packages() const noexcept { return pool_packages_; }
  [[nodiscard]] const std::vector<wire::node::Certificate>& certificates() const noexcept { return certificates_; }

 private:
  friend base::Async<base::Result<void>> deploy_package(NodeContext& context, wire::node::Package package);

  /// One package that somebody is bringing; the others wait for him.
  struct Delivery {
    explicit Delivery(base::Executor executor) : ended(std::move(executor)) {}
    base::Wakeup ended;
    bool over = false;
    std::optional<base::Error> failure;
  };
  std::map<std::filesystem::path, std::shared_ptr<Delivery>> under_way_;
  std::vector<wire::node::Package> pool_packages_;
  std::vector<wire::node::Certificate> certificates_;
};

}  // namespace nodeagent::task
