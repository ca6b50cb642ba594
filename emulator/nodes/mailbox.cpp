#include "emulator/nodes/mailbox.h"

#include "base/text.h"

namespace emulator::nodes {

using wire::node::RemoveTaskFiles;
using wire::node::RunTask;

Mailbox::Run Mailbox::key(const wire::node::TaskRun& run) {
  return {base::lower_case(run.job_id), base::lower_case(run.task_id), run.attempt};
}

void Mailbox::reset(std::uint64_t last_order, const std::vector<wire::node::TaskRun>& runs) {
  std::vector<RemoveTaskFiles> removals;
  for (auto& order : orders_) {
    if (order.removal) removals.push_back(std::move(order.files));
  }
  orders_.clear();
  runs_.clear();
  next_ = last_order + 1;
  for (const auto& run : runs) runs_.insert(key(run));
  for (auto& files : removals) post(std::move(files));
}

bool Mailbox::post(wire::node::OrderBody body) {
  if (orders_.size() >= kMostOrdersWaiting) return false;
  if (const auto* task = std::get_if<RunTask>(&body); task && !runs_.insert(key(task->run)).second) return false;
  Waiting order{.number = next_++};
  if (const auto* files = std::get_if<RemoveTaskFiles>(&body)) {
    order.removal = true;
    order.files = *files;
  }
  order.text = wire::node::encode(wire::node::Order{order.number, std::move(body)});
  orders_.push_back(std::move(order));
  ++posted_;
  return true;
}

void Mailbox::acknowledge(std::uint64_t last_order) {
  while (!orders_.empty() && orders_.front().number <= last_order) orders_.pop_front();
}

void Mailbox::run_ended(const wire::node::TaskRun& run) {
  runs_.erase(key(run));
}

std::string Mailbox::message() const {
  std::vector<std::string> texts;
  std::size_t bytes = 0;
  for (const auto& order : orders_) {
    if (texts.size() == wire::node::kMostPerMessage) break;
    if (!texts.empty() && bytes + order.text.size() > wire::node::kMessageBudget) break;
    bytes += order.text.size();
    texts.push_back(order.text);
  }
  return wire::node::join_orders(texts);
}

}  // namespace emulator::nodes
