#include "nodeagent/link.h"

#include <spdlog/spdlog.h>
#include <algorithm>

namespace nodeagent {
namespace {

namespace node = wire::node;

constexpr int kOk = 200;
constexpr int kUnauthorized = 401;
constexpr int kConflict = 409;
constexpr int kUpgradeRequired = 426;

}  // namespace

std::chrono::milliseconds Backoff::next() {
  return std::exchange(wait_, std::min(wait_ * 2, kLongestRetryWait));
}

Verdict verdict_on(const Answer& answer) {
  switch (answer.status) {
    case kOk: return Verdict::accepted;
    case kConflict: return Verdict::register_again;
    case kUnauthorized:
    case kUpgradeRequired: return Verdict::end;
    default: return Verdict::try_again;
  }
}

Link::Link(base::Executor executor, const base::Clock& clock, Post post, std::function<void(Verdict)> on_verdict)
    : clock_(clock),
      post_(std::move(post)),
      on_verdict_(std::move(on_verdict)),
      changed_(executor),
      drained_(executor) {}

void Link::report(node::ReportBody body) {
  reports_.push_back({next_number_++, std::move(body)});
  changed_.notify();
}

void Link::registered(std::string session) {
  session_ = std::move(session);
  changed_.notify();
}

void Link::unregistered() {
  session_.clear();
}

base::Async<void> Link::run() {
  Backoff backoff;
  while (true) {
    if (session_.empty() || reports_.empty()) {
      co_await changed_.wait(std::nullopt);
      continue;
    }
    const auto session = session_;
    const auto verdict = co_await send_once();
    if (verdict == Verdict::accepted) {
      backoff.reset();
      if (reports_.empty()) drained_.notify();
      continue;
    }
    // The registration may have been renewed while this was on its way: then it only has to be sent again.
    if (verdict != Verdict::try_again && session_ == session) {
      unregistered();
      on_verdict_(verdict);
      continue;
    }
    auto waited = co_await base::wait_for(backoff.next());
    if (waited.has_error()) co_return;
  }
}

base::Async<Verdict> Link::send_once() {
  auto answer = co_await post_(std::string(node::kReportPath), next_message());
  if (answer.has_error()) {
    spdlog::debug("reports have to wait: {}", answer.error().message);
    co_return Verdict::try_again;
  }
  const auto verdict = verdict_on(*answer);
  if (verdict != Verdict::accepted) co_return verdict;
  const auto acknowledged = node::decode_acknowledged(answer->text);
  if (acknowledged.has_error()) {
    spdlog::error("an acknowledgement cannot be read: {}", acknowledged.error().message);
    co_return Verdict::try_again;
  }
  while (!reports_.empty() && reports_.front().number <= acknowledged->last_report) reports_.pop_front();
  co_return Verdict::accepted;
}

std::string Link::next_message() const {
  node::Reports message{.session = session_};
  const auto count = std::min(reports_.size(), node::kMostPerMessage);
  message.reports.assign(reports_.begin(), reports_.begin() + static_cast<std::ptrdiff_t>(count));
  return node::encode(message);
}

base::Async<void> Link::drained(base::SteadyTime until) {
  while (!reports_.empty() && clock_.steady_now() < until) co_await drained_.wait(until);
}

std::vector<node::TaskRun> Link::unacknowledged_runs() const {
  std::vector<node::TaskRun> runs;
  for (const auto& report : reports_) {
    if (const auto* finished = std::get_if<node::TaskFinished>(&report.body)) runs.push_back(finished->run);
  }
  return runs;
}

bool Link::start_task_unacknowledged() const {
  return std::ranges::any_of(reports_, [](const node::Report& report) {
    return std::holds_alternative<node::StartTaskFinished>(report.body);
  });
}

}  // namespace nodeagent
