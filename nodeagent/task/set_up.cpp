// What a node needs before its start task and its tasks (contract 5.3, 7.7): packages, mounts, container images.
#include "nodeagent/task/container.h"
#include "nodeagent/task/failures.h"
#include "nodeagent/task/mounts.h"
#include "nodeagent/task/packages.h"
#include "nodeagent/task/task_run.h"

namespace nodeagent::task {

base::Async<std::optional<wire::node::Failure>> prepare_node(NodeContext& context, wire::node::PrepareNode order,
                                                             std::shared_ptr<StopSignal> stop) {
  context.provisions->hold(order);
  auto deployed = co_await command::until_stopped(deploy_packages(context, std::move(order.packages)), stop);
  if (deployed.has_error()) {
    auto failure = failure_of(deployed.error());
    failure.message = "One or more application packages specified for the pool are invalid";
    co_return failure;
  }
  if (context.mounts != nullptr) {
    auto mounted = co_await context.mounts->mount(std::move(order.mounts), stop);
    if (mounted.has_error()) co_return failure_of(mounted.error());
  }
  context.registries = std::move(order.registries);
  if (!order.containers) co_return std::nullopt;
  co_await remove_containers_left_over(context, stop);
  auto fetched = co_await prefetch_images(context, std::move(order.images), stop);
  if (fetched.has_error()) co_return failure_of(fetched.error());
  co_return std::nullopt;
}

}  // namespace nodeagent::task
