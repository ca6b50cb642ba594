// What the agent's tests share: one thread of coroutines, an emulator that plays a script, and tasks that end on
// demand.
#pragma once

#include "base/async.h"
#include "base/clock.h"
#include "base/wakeup.h"
#include "nodeagent/emulator_client.h"
#include "nodeagent/runs.h"
#include "wire/node/protocol.h"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace nodeagent {

inline constexpr int kOk = 200;
inline constexpr std::chrono::seconds kTestLimit{10};

/// Runs coroutines on one thread until a condition holds.
class Loop {
 public:
  boost::asio::io_context io{1};
  base::SystemClock clock;

  void spawn(base::Async<void> coroutine) {
    boost::asio::co_spawn(io, std::move(coroutine), [](std::exception_ptr thrown) {
      if (thrown) std::rethrow_exception(thrown);
    });
  }
  /// Runs what is ready, and what becomes ready, until `condition`; fails the test after kTestLimit.
  bool until(const std::function<bool()>& condition) {
    const auto limit = clock.steady_now() + kTestLimit;
    while (!condition() && clock.steady_now() < limit) {
      io.restart();
      io.run_one_for(std::chrono::milliseconds(50));
    }
    EXPECT_TRUE(condition());
    return condition();
  }
  /// Runs everything that is ready now.
  void settle() {
    io.restart();
    io.poll();
  }
};

/// Answers by a function of the test; without one for a path the request waits.
class ScriptedEmulator {
 public:
  using Reply = std::function<std::optional<base::Result<Answer>>(const std::string& body)>;
  explicit ScriptedEmulator(base::Executor executor) : changed_(executor) {}

  void on(std::string_view path, Reply reply) {
    replies_[std::string(path)] = std::move(reply);
    changed_.notify();
  }
  void again() { changed_.notify(); }
  Post post() {
    return [this](std::string path, std::string body) { return answer(std::move(path), std::move(body)); };
  }
  std::vector<std::pair<std::string, std::string>> requests;
  [[nodiscard]] std::size_t count(std::string_view path) const {
    std::size_t found = 0;
    for (const auto& [at, body] : requests) found += at == path ? 1 : 0;
    return found;
  }
  [[nodiscard]] std::string last(std::string_view path) const {
    for (auto request = requests.rbegin(); request != requests.rend(); ++request) {
      if (request->first == path) return request->second;
    }
    return {};
  }

 private:
  base::Async<base::Result<Answer>> answer(std::string path, std::string body) {
    requests.emplace_back(path, body);
    while (true) {
      const auto known = replies_.find(path);
      if (known != replies_.end()) {
        if (auto reply = known->second(body)) co_return std::move(*reply);
      }
      co_await changed_.wait(std::nullopt);
    }
  }
  base::Wakeup changed_;
  std::map<std::string, Reply> replies_;
};

inline Answer ok(std::string text) {
  return {kOk, std::move(text)};
}
inline base::Error no_connection() {
  return {base::Errc::unavailable, "no connection"};
}

/// Runs that end when the test says so, or when they are stopped.
class HeldTasks {
 public:
  explicit HeldTasks(base::Executor executor) : changed_(executor) {}

  TaskActions actions() {
    TaskActions made;
    made.run = [this](wire::node::RunTask order, std::shared_ptr<StopSignal> stop,
                      std::shared_ptr<task::Coordination> coordination) {
      coordinations.push_back(std::move(coordination));
      return hold(order.run.task_id + "#" + std::to_string(order.run.attempt), std::move(stop));
    };
    made.run_start = [this](wire::node::RunStartTask, std::shared_ptr<StopSignal> stop) {
      return hold("start", std::move(stop));
    };
    made.remove_files = [this](std::string, std::string task_id) { return remove(std::move(task_id)); };
    made.prepare = [this](wire::node::PrepareNode order, std::shared_ptr<StopSignal>) {
      return prepare(order.packages.size());
    };
    return made;
  }
  /// Lets the named run, or the next of its name, end with this exit code.
  void end(const std::string& name, std::int32_t exit_code = 0) {
    ends_[name].push_back(exit_code);
    changed_.notify();
  }
  void wake() { changed_.notify(); }
  std::vector<std::string> happened;
  std::optional<wire::node::Failure> preparation_failure;
  std::vector<std::shared_ptr<task::Coordination>> coordinations;  ///< of the runs, in their order

 private:
  base::Async<std::optional<wire::node::Failure>> prepare(std::size_t packages) {
    happened.push_back("prepare " + std::to_string(packages));
    co_return preparation_failure;
  }
  base::Async<task::Ending> hold(std::string name, std::shared_ptr<StopSignal> stop) {
    happened.push_back("begin " + name);
    while (ends_[name].empty() && !stop->stopped()) co_await changed_.wait(std::nullopt);
    task::Ending ending;
    if (!ends_[name].empty()) {
      ending.end = wire::node::RunEnd::exited;
      ending.exit_code = ends_[name].front();
      ends_[name].pop_front();
    } else {
      ending.end = wire::node::RunEnd::stopped;
    }
    happened.push_back("end " + name);
    co_return ending;
  }
  base::Async<void> remove(std::string task_id) {
    happened.push_back("remove " + task_id);
    co_return;
  }
  base::Wakeup changed_;
  std::map<std::string, std::deque<std::int32_t>> ends_;
};

inline wire::node::RunTask order_for(const std::string& task, std::uint64_t attempt = 1) {
  wire::node::RunTask order;
  order.run = {"job", task, attempt};
  return order;
}

}  // namespace nodeagent
