// A stop reaches everybody who waits, and operations under way are cancelled and waited for.
#include "nodeagent/command/stop_signal.h"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace nodeagent::command {
namespace {

using base::Async;
using base::Result;

class StopSignalTest : public ::testing::Test {
 protected:
  void start(Async<void> coroutine) { boost::asio::co_spawn(context_, std::move(coroutine), rethrow); }
  static void rethrow(std::exception_ptr thrown) {
    if (thrown) std::rethrow_exception(thrown);
  }
  boost::asio::io_context context_;
  std::shared_ptr<StopSignal> stop_ = std::make_shared<StopSignal>();
};

Async<void> wait_and_count(std::shared_ptr<StopSignal> stop, int& woken) {
  co_await stop->wait();
  ++woken;
}

TEST_F(StopSignalTest, EveryWaiterIsWokenOnce) {
  int woken = 0;
  start(wait_and_count(stop_, woken));
  start(wait_and_count(stop_, woken));
  context_.poll();
  EXPECT_EQ(woken, 0);
  stop_->stop();
  stop_->stop();
  context_.restart();
  context_.poll();
  EXPECT_EQ(woken, 2);
  EXPECT_TRUE(stop_->stopped());
}

TEST_F(StopSignalTest, WaitingAfterTheStopReturnsAtOnce) {
  int woken = 0;
  stop_->stop();
  start(wait_and_count(stop_, woken));
  context_.poll();
  EXPECT_EQ(woken, 1);
}

Async<Result<void>> succeed() {
  co_return Result<void>();
}
Async<Result<void>> wait_for_ever() {
  co_return co_await base::wait_for(std::chrono::hours(24));
}
Async<void> keep(Async<Result<void>> operation, std::shared_ptr<StopSignal> stop, std::optional<Result<void>>& result) {
  auto ended = co_await until_stopped(std::move(operation), stop);
  result = std::move(ended);
}

TEST_F(StopSignalTest, OperationThatEndsFirstGivesItsResult) {
  std::optional<Result<void>> result;
  start(keep(succeed(), stop_, result));
  context_.run();
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->has_value());
}

TEST_F(StopSignalTest, OperationUnderWayIsCancelledByTheStop) {
  std::optional<Result<void>> result;
  start(keep(wait_for_ever(), stop_, result));
  context_.poll();
  stop_->stop();
  context_.restart();
  context_.run();
  ASSERT_TRUE(result.has_value());
  ASSERT_TRUE(result->has_error());
  EXPECT_EQ(result->error().code, base::Errc::cancelled);
}

TEST_F(StopSignalTest, OperationIsNotBegunAfterTheStop) {
  std::optional<Result<void>> result;
  stop_->stop();
  start(keep(wait_for_ever(), stop_, result));
  context_.poll();
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->has_error());
}

}  // namespace
}  // namespace nodeagent::command
