// The facade: from any thread to the strand, and from notices to the nodes they concern.
#include "emulator/nodes/node_service.h"

#include "base/durable_file.h"
#include "base/random.h"
#include "base/text.h"
#include "emulator/nodes/node_api.h"

#include <spdlog/spdlog.h>
#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>
#include <mutex>

namespace emulator::nodes {
namespace {

constexpr std::string_view kPost = "POST";
constexpr std::chrono::milliseconds kRetryWait{50};
/// Below the time that clients wait for an answer.
constexpr std::chrono::milliseconds kLongestLogUpload{25'000};
constexpr int kMethodNotAllowed = 405;
constexpr int kTooLarge = 413;
constexpr int kUnavailable = 503;

// A fetch that waits must count as a sign of life for as long as it may wait.
constexpr std::chrono::milliseconds kShortestSilence = wire::node::kLongestFetch + std::chrono::seconds(5);

/// An upload of logs, or why there was none.
struct LogUpload {
  NodeService::UploadedLogs uploaded;
  std::string unavailable;
};

}  // namespace

struct NodeService::State : std::enable_shared_from_this<State> {
  State(base::Executor executor, base::Workers& workers, const base::Clock& clock, service::BatchService& service,
        NodeOptions options, AssignmentSource assignments)
      : shared(boost::asio::make_strand(executor), workers, clock, service, std::move(options), std::move(assignments),
               base::random_guid()),
        api(shared, lives),
        reaping(shared.strand, 1),
        work_came(shared.strand) {}

  void take_notices();
  void carry_out(core::Notice notice);
  std::shared_ptr<NodeLife> life_of(const core::NodeKey& key);
  base::Async<void> hand_out(std::shared_ptr<State> self);
  base::Async<void> stop(std::shared_ptr<State> self, std::chrono::milliseconds grace);
  base::Async<Figures> figures(std::shared_ptr<State> self);
  base::Async<LogUpload> upload_logs(std::shared_ptr<State> self, core::NodeKey node, wire::node::UploadLogs order);

  Shared shared;
  NodeLives lives;
  NodeApi api;
  std::atomic<bool> stopping = false;
  base::CoroutineGroup reaping;
  /// Notices for agents, in the order of the core, that still need their records.
  std::vector<core::Notice> work;
  base::Wakeup work_came;
  std::uint64_t orders_of_gone_nodes = 0;

  std::mutex mutex;  ///< guards `arrived` only
  std::vector<core::Notice> arrived;
};

base::Result<std::unique_ptr<NodeService>> NodeService::open(base::Executor executor, base::Workers& workers,
                                                             const base::Clock& clock, service::BatchService& service,
                                                             NodeOptions options, AssignmentSource assignments) {
  options.silence_limit = std::max(options.silence_limit, kShortestSilence);
  RETURN_IF_ERROR(base::make_directory(options.data_dir / "nodes", 0700));
  RETURN_IF_ERROR(check_process_handles());
  RETURN_IF_ERROR(ChildExits::become_subreaper());
  auto state = std::make_shared<State>(executor, workers, clock, service, std::move(options), std::move(assignments));
  const auto begin = [state] {
    state->reaping.spawn(state->shared.exits.run());
    state->shared.group.spawn(state->hand_out(state));
  };
  boost::asio::post(state->shared.strand, begin);
  return std::unique_ptr<NodeService>(new NodeService(std::move(state)));
}

NodeService::NodeService(std::shared_ptr<State> state) : state_(std::move(state)) {}
NodeService::~NodeService() = default;

bool NodeService::owns(std::string_view path) {
  return path.starts_with(wire::node::kPathPrefix);
}

void NodeService::deliver(const core::Notice& notice) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->arrived.push_back(notice);
    if (state_->arrived.size() > 1) return;
  }
  boost::asio::post(state_->shared.strand, [state = state_] { state->take_notices(); });
}

void NodeService::State::take_notices() {
  std::vector<core::Notice> notices;
  {
    const std::lock_guard lock(mutex);
    notices.swap(arrived);
  }
  if (stopping) return;
  for (auto& notice : notices) carry_out(std::move(notice));
  if (!work.empty()) work_came.notify();
}

void NodeService::State::carry_out(core::Notice notice) {
  if (const auto* start = std::get_if<core::StartAgent>(&notice)) {
    if (auto life = life_of(start->node)) life->start_agent(*start);
  } else if (const auto* halt = std::get_if<core::HaltNode>(&notice)) {
    if (auto life = life_of(halt->node)) life->halt(*halt);
  } else if (const auto* leave = std::get_if<core::StopAgent>(&notice)) {
    if (auto life = life_of(leave->node)) life->leave(leave->incarnation);
  } else {
    work.push_back(std::move(notice));
  }
}

std::shared_ptr<NodeLife> NodeService::State::life_of(const core::NodeKey& key) {
  auto& life = lives[key];
  if (life) return life;
  // By the time it is gone a new node may have taken its name.
  auto gone = [this, key] {
    const auto found = lives.find(key);
    if (found == lives.end()) return;
    orders_of_gone_nodes += found->second->mailbox().posted();
    lives.erase(found);
  };
  life = std::make_shared<NodeLife>(shared, key, std::move(gone));
  auto kept = life;
  if (!shared.group.spawn(life->run())) {
    spdlog::error("node {}: there are too many nodes", key.node.text());
    lives.erase(key);
    return nullptr;
  }
  return kept;
}

// One look at the core for all notices that came meanwhile. It need not wait for the disk: the assignments themselves
// were committed before they were noticed, and whatever ended one since is followed by a notice of its own.
base::Async<void> NodeService::State::hand_out(std::shared_ptr<State> self) {
  while (!self->stopping) {
    if (self->work.empty()) {
      co_await self->work_came.wait(std::nullopt);
      continue;
    }
    const auto notices = std::make_shared<const std::vector<core::Notice>>(std::exchange(self->work, {}));
    auto look = [notices](const core::Batch& batch) { return gather(batch, *notices); };
    const auto gathered = co_await self->shared.service.read_ahead(std::move(look));
    if (gathered.has_error()) {
      // The service is busy or about to end. The notices are kept: nobody would repeat them.
      spdlog::warn("{} notices for nodes have to wait: {}", notices->size(), gathered.error().message);
      self->work.insert(self->work.begin(), notices->begin(), notices->end());
      co_await self->work_came.wait(self->shared.clock.steady_now() + kRetryWait);
      continue;
    }
    for (const auto& item : *gathered) {
      const auto found = self->lives.find(item.node);
      if (found != self->lives.end()) found->second->deliver(item);
    }
  }
}

base::Async<http::Response> NodeService::handle(http::Request& request) {
  if (request.method != kPost) co_return refusal(kMethodNotAllowed, "the node protocol has POST only");
  auto body = co_await http::read_all(*request.body, wire::node::kLargestMessage);
  if (body.has_error()) {
    auto response = refusal(kTooLarge, body.error().message);
    response.close = true;
    co_return response;
  }
  if (state_->stopping) co_return refusal(kUnavailable, "the emulator is shutting down");
  auto answer =
      state_->api.answer(request.path, std::string(request.headers.get("Authorization")), std::move(body).value());
  co_return co_await boost::asio::co_spawn(state_->shared.strand, std::move(answer), boost::asio::use_awaitable);
}

base::Async<void> NodeService::stop(std::chrono::milliseconds grace) {
  auto stopping = state_->stop(state_, grace);
  co_await boost::asio::co_spawn(state_->shared.strand, std::move(stopping), boost::asio::use_awaitable);
}

base::Async<void> NodeService::State::stop(std::shared_ptr<State> self, std::chrono::milliseconds grace) {
  self->stopping = true;
  const auto kill_at = self->shared.clock.steady_now() + grace;
  for (const auto& [key, life] : self->lives) life->shut_down(kill_at);
  self->work_came.notify();
  co_await self->shared.group.join();
  // Reaped until the last: only then is an orphan of an agent really gone.
  self->shared.exits.stop();
  co_await self->reaping.join();
}

base::Async<base::Result<NodeService::UploadedLogs>> NodeService::upload_logs(core::NodeKey node,
                                                                              wire::node::UploadLogs order) {
  auto uploading = state_->upload_logs(state_, std::move(node), std::move(order));
  auto ended = co_await boost::asio::co_spawn(state_->shared.strand, std::move(uploading), boost::asio::use_awaitable);
  if (!ended.unavailable.empty()) co_return base::Error(base::Errc::unavailable, std::move(ended.unavailable));
  co_return std::move(ended.uploaded);
}

base::Async<LogUpload> NodeService::State::upload_logs(std::shared_ptr<State> self, core::NodeKey node,
                                                       wire::node::UploadLogs order) {
  LogUpload ended;
  const auto found = self->lives.find(node);
  if (self->stopping || found == self->lives.end() || !found->second->has_joined()) {
    ended.unavailable = "node " + node.node.text() + " has no agent that listens";
    co_return ended;
  }
  const auto id = base::random_guid();
  order.id = id;
  order.directory = base::lower_case(node.pool.text()) + "/" + node.node.text() + "/" + id;
  ended.uploaded.directory = order.directory;
  const auto wait = std::make_shared<LogUploadWait>(self->shared.strand);
  self->shared.log_uploads[id] = wait;
  found->second->order(std::move(order));
  const auto until = self->shared.clock.steady_now() + kLongestLogUpload;
  while (!wait->result && self->shared.clock.steady_now() < until && !self->stopping) {
    co_await wait->ended.wait(until);
  }
  self->shared.log_uploads.erase(id);
  if (!wait->result) {
    ended.unavailable = "node " + node.node.text() + " did not upload its logs in time";
    co_return ended;
  }
  ended.uploaded.files = wait->result->files;
  if (wait->result->failure) {
    ended.uploaded.failure = wait->result->failure->code + ": " + wait->result->failure->message;
  }
  co_return ended;
}

base::Async<NodeService::Figures> NodeService::figures() {
  auto asking = state_->figures(state_);
  co_return co_await boost::asio::co_spawn(state_->shared.strand, std::move(asking), boost::asio::use_awaitable);
}

base::Async<NodeService::Figures> NodeService::State::figures(std::shared_ptr<State> self) {
  Figures figures;
  figures.orders = self->orders_of_gone_nodes;
  figures.reports = self->shared.reports;
  for (const auto& [key, life] : self->lives) {
    figures.agents += life->has_process() ? 1 : 0;
    figures.orders_waiting += life->mailbox().size();
    figures.orders += life->mailbox().posted();
  }
  co_return figures;
}

}  // namespace emulator::nodes
