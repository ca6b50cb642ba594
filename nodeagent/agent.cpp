#include "nodeagent/agent.h"

#include "nodeagent/options.h"

#include <spdlog/spdlog.h>
#include <unistd.h>
#include <algorithm>
#include <boost/system/system_error.hpp>
#include <exception>

namespace nodeagent {
namespace {

namespace node = wire::node;

/// serve and the link.
constexpr std::size_t kServices = 2;
/// The emulator orders one, and again when it has restarted.
constexpr std::size_t kMostPreparations = 4;
constexpr std::size_t kMostLogUploads = 8;

/// A cancelled coroutine ends with this exception; every other one is a bug.
void expect_cancellation(std::exception_ptr thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const boost::system::system_error& error) {
    if (error.code() != boost::asio::error::operation_aborted) throw;
  }
}

}  // namespace

Agent::Agent(base::Executor executor, const base::Clock& clock, node::Handover identity, AgentSurroundings surroundings)
    : clock_(clock),
      identity_(std::move(identity)),
      surroundings_(std::move(surroundings)),
      link_(executor, clock, surroundings_.post, [this](Verdict verdict) { obey(verdict); }),
      runs_(executor, clock, surroundings_.actions,
            [this](node::ReportBody report) { link_.report(std::move(report)); }),
      start_task_(executor, clock, surroundings_.actions,
                  [this](node::ReportBody report) { link_.report(std::move(report)); }),
      services_(executor, kServices),
      preparations_(executor, kMostPreparations),
      uploads_(executor, kMostLogUploads),
      drained_(executor) {
  services_.on_exception(expect_cancellation);
  preparations_.on_exception(expect_cancellation);
  uploads_.on_exception(expect_cancellation);
}

base::Async<void> Agent::run() {
  services_.spawn(serve());
  services_.spawn(link_.run());
  while (!draining_) co_await drained_.wait(std::nullopt);
  runs_.stop_all();
  start_task_.stop();
  preparation_stop_->stop();
  co_await runs_.join();
  co_await start_task_.join();
  co_await preparations_.join();
  uploads_.cancel();
  co_await uploads_.join();
  if (last_reports_wanted_) co_await link_.drained(clock_.steady_now() + kLastReports);
  services_.cancel();
  co_await services_.join();
}

void Agent::drain(std::string why) {
  if (draining_) return;
  spdlog::info("node {}: ending: {}", identity_.node_id, why);
  draining_ = true;
  drained_.notify();
}

base::Async<void> Agent::serve() {
  while (!draining_) {
    bool answered = false;
    if (registered_) {
      answered = co_await fetch_once();
    } else {
      answered = co_await register_once();
    }
    if (draining_) co_return;
    if (answered) {
      backoff_.reset();
      continue;
    }
    check_away();
    auto waited = co_await base::wait_for(backoff_.next());
    if (waited.has_error()) co_return;
  }
}

std::string Agent::registration() const {
  node::Registration message;
  message.pool_id = identity_.pool_id;
  message.node_id = identity_.node_id;
  message.incarnation = identity_.incarnation;
  message.pid = ::getpid();
  message.agent_version = kAgentVersion;
  message.running = runs_.under_way();
  for (auto& run : link_.unacknowledged_runs()) message.running.push_back(std::move(run));
  message.start_task_running = start_task_.running() || link_.start_task_unacknowledged();
  message.known_before = known_before_;
  message.last_order = last_order_;
  return node::encode(message);
}

base::Async<bool> Agent::register_once() {
  auto answer = co_await surroundings_.post(std::string(node::kRegisterPath), registration());
  if (answer.has_error()) {
    spdlog::debug("the emulator is not reached: {}", answer.error().message);
    co_return false;
  }
  if (const auto verdict = verdict_on(*answer); verdict != Verdict::accepted) {
    spdlog::debug("registration refused: {} {}", answer->status, answer->text);
    obey(verdict);
    co_return false;
  }
  auto settings = node::decode_node_settings(answer->text);
  if (settings.has_error()) {
    drain(settings.error().message);
    co_return false;
  }
  settings_ = std::move(settings).value();
  if (auto settled = surroundings_.settle(settings_); settled.has_error()) {
    drain(settled.error().message);
    co_return false;
  }
  registered_ = true;
  known_before_ = true;
  link_.registered(settings_.session);
  spdlog::info("node {}: registered with the emulator, {} task slots", identity_.node_id, settings_.task_slots);
  co_return true;
}

base::Async<bool> Agent::fetch_once() {
  auto message = node::encode(node::Fetch{settings_.session, last_order_});
  auto answer = co_await surroundings_.post(std::string(node::kFetchPath), std::move(message));
  if (answer.has_error()) {
    spdlog::debug("the emulator is not reached: {}", answer.error().message);
    co_return false;
  }
  if (const auto verdict = verdict_on(*answer); verdict != Verdict::accepted) {
    obey(verdict);
    co_return false;
  }
  auto orders = node::decode_orders(answer->text);
  if (orders.has_error()) {
    drain(orders.error().message);
    co_return false;
  }
  for (auto& order : orders->orders) carry_out(std::move(order));
  co_return true;
}

base::Async<void> Agent::prepare(node::PrepareNode order) {
  node::NodePrepared report;
  report.failure = co_await surroundings_.actions.prepare(std::move(order), preparation_stop_);
  if (preparation_stop_->stopped()) co_return;
  if (report.failure) spdlog::warn("node {}: {}", identity_.node_id, report.failure->message);
  link_.report(std::move(report));
}

void Agent::obey(Verdict verdict) {
  if (verdict == Verdict::register_again) {
    registered_ = false;
    link_.unregistered();
  }
  if (verdict == Verdict::end) drain("the emulator does not know this agent any more");
}

void Agent::check_away() {
  if (clock_.steady_now() - surroundings_.last_heard() < settings_.emulator_away_limit) return;
  drain("the emulator has been away for too long");
}

base::Async<void> Agent::upload_logs(node::UploadLogs order) {
  auto uploaded = co_await surroundings_.upload_logs(std::move(order));
  link_.report(std::move(uploaded));
}

void Agent::carry_out(node::Order order) {
  if (order.number <= last_order_) return;
  last_order_ = order.number;
  if (auto* task = std::get_if<node::RunTask>(&order.body)) {
    runs_.run(std::move(*task));
  } else if (const auto* primary = std::get_if<node::StartPrimary>(&order.body)) {
    runs_.start_primary(primary->run);
  } else if (auto* start = std::get_if<node::RunStartTask>(&order.body)) {
    start_task_.run(std::move(*start));
  } else if (auto* preparation = std::get_if<node::PrepareNode>(&order.body)) {
    preparations_.spawn(prepare(std::move(*preparation)));
  } else if (const auto* stop = std::get_if<node::StopTask>(&order.body)) {
    const auto reported = link_.unacknowledged_runs();
    runs_.stop(stop->run, std::ranges::find(reported, stop->run) != reported.end());
  } else if (auto* files = std::get_if<node::RemoveTaskFiles>(&order.body)) {
    runs_.remove_files(std::move(files->job_id), std::move(files->task_id));
  } else if (auto* logs = std::get_if<node::UploadLogs>(&order.body)) {
    if (surroundings_.upload_logs) uploads_.spawn(upload_logs(std::move(*logs)));
  } else {
    last_reports_wanted_ = true;
    drain("ordered to shut down");
  }
}

}  // namespace nodeagent
