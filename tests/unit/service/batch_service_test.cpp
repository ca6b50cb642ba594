// The single writer: what is answered is durable, what waits together is committed together, and after a failed commit
// nothing is believed.
#include "emulator/service/batch_service.h"

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/scripted_state_store.h"
#include "wire/batch/errors.h"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <thread>

namespace emulator::service {
namespace {

using namespace std::chrono_literals;
using core::Batch;
using core::JobId;

core::AddJob add_job(const std::string& id) {
  core::AddJob command;
  command.job.id = JobId{id};
  command.job.pool = core::PoolId{"pool"};
  return command;
}

core::AddPool add_pool(const std::string& id, int nodes) {
  core::AddPool command;
  command.pool.id = core::PoolId{id};
  command.pool.target_dedicated = nodes;
  command.pool.resize.timeout = 15min;
  return command;
}

class BatchServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = BatchService::open(io_.get_executor(), workers_, clock_,
                                     std::make_unique<fakes::ScriptedStateStore>(script_), {});
    ASSERT_TRUE(opened.has_value());
    service_ = std::move(*opened);
  }
  void TearDown() override {
    script_->release();
    work_.reset();
    service_.reset();
    for (auto& thread : threads_) thread.join();
  }
  void run(int threads = 2) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { io_.run(); });
  }
  /// A future of what the coroutine answers.
  template <class T>
  std::future<T> spawn(base::Async<T> coroutine) {
    auto promise = std::make_shared<std::promise<T>>();
    auto future = promise->get_future();
    boost::asio::co_spawn(io_, fulfil(std::move(coroutine), promise), [](std::exception_ptr thrown) {
      if (thrown) std::rethrow_exception(thrown);
    });
    return future;
  }
  template <class T>
  static base::Async<void> fulfil(base::Async<T> coroutine, std::shared_ptr<std::promise<T>> promise) {
    promise->set_value(co_await std::move(coroutine));
  }
  std::future<base::Result<core::Reply>> execute(core::Command command) {
    return spawn(service_->execute(std::move(command)));
  }
  template <class F>
  auto read(F look) {
    return spawn(service_->read(std::move(look)));
  }
  auto has_job(const std::string& id) {
    return read([id = JobId{id}](const Batch& batch) { return batch.find_job(id) != nullptr; });
  }
  void stop() { boost::asio::co_spawn(io_, service_->stop(), boost::asio::use_future).get(); }

  std::shared_ptr<fakes::CommitScript> script_ = std::make_shared<fakes::CommitScript>();
  fakes::FakeClock clock_;
  base::Workers workers_{1};
  boost::asio::io_context io_;
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_{
      boost::asio::make_work_guard(io_)};
  std::vector<std::thread> threads_;
  std::unique_ptr<BatchService> service_;
};

template <class T>
bool is_ready(std::future<T>& future) {
  return future.wait_for(0s) == std::future_status::ready;
}

TEST_F(BatchServiceTest, ReplyComesAfterTheCommit) {
  script_->hold();
  run();
  auto reply = execute(add_job("one"));
  script_->wait_for_commit();
  EXPECT_FALSE(is_ready(reply));
  script_->release();
  EXPECT_TRUE(reply.get().has_value());
  EXPECT_EQ(script_->commits().size(), 1U);
}

TEST_F(BatchServiceTest, WhoWaitsLongerThanTheDeadlineIsToldSo) {
  script_->hold();
  run();
  auto late = spawn(service_->execute(add_job("one"), std::chrono::steady_clock::now() + 1ms));
  EXPECT_EQ(late.get().error().code, base::Errc::deadline_exceeded);
  auto look = [](const Batch& batch) { return batch.find_job(JobId{"one"}) != nullptr; };
  auto also_late = spawn(service_->read(look, std::chrono::steady_clock::now() + 1ms));
  EXPECT_EQ(also_late.get().error().code, base::Errc::deadline_exceeded);
  script_->release();
  EXPECT_TRUE(has_job("one").get().value());  // the command was under way all the same
}

TEST_F(BatchServiceTest, AnElapsedDeadlineKeepsACommandFromBeingApplied) {
  run();
  auto late = spawn(service_->execute(add_job("one"), std::chrono::steady_clock::now() - 1ms));
  EXPECT_EQ(late.get().error().code, base::Errc::deadline_exceeded);
  EXPECT_FALSE(has_job("one").get().value());
}

TEST_F(BatchServiceTest, CommandsThatWaitTogetherAreCommittedTogether) {
  script_->hold();
  run();
  auto first = execute(add_job("first"));
  script_->wait_for_commit();
  std::vector<std::future<base::Result<core::Reply>>> others;
  for (int i = 0; i < 20; ++i) others.push_back(execute(add_job("job" + std::to_string(i))));
  while (service_->figures().waiting < 21) std::this_thread::yield();
  script_->release();
  EXPECT_TRUE(first.get().has_value());
  for (auto& other : others) EXPECT_TRUE(other.get().has_value());
  // The first command of an account also dates its statistics.
  EXPECT_EQ(script_->commits(), (std::vector<std::size_t>{2, 20}));
  EXPECT_EQ(service_->figures().largest_batch, 20U);
}

TEST_F(BatchServiceTest, ReaderIsNotToldWhatTheDiskMayForget) {
  script_->hold();
  run();
  auto added = execute(add_job("one"));
  script_->wait_for_commit();
  auto seen = has_job("one");
  while (service_->figures().waiting < 2) std::this_thread::yield();
  EXPECT_FALSE(is_ready(seen));
  script_->release();
  EXPECT_TRUE(seen.get().value());
}

TEST_F(BatchServiceTest, ReaderDoesNotSeeCommandsThatCameAfterIt) {
  script_->hold();
  run();
  auto first = execute(add_job("first"));
  script_->wait_for_commit();
  auto seen = has_job("later");
  while (service_->figures().waiting < 2) std::this_thread::yield();
  auto later = execute(add_job("later"));
  script_->release();
  EXPECT_FALSE(seen.get().value());
  EXPECT_TRUE(later.get().has_value());
}

TEST_F(BatchServiceTest, ReadsCommitNothing) {
  run();
  EXPECT_FALSE(has_job("none").get().value());
  EXPECT_TRUE(script_->commits().empty());
}

TEST_F(BatchServiceTest, LookThatReturnsAResultIsNotWrappedTwice) {
  run();
  auto answer = read([](const Batch&) -> base::Result<int> { return base::Error(base::Errc::not_found, "no"); });
  EXPECT_EQ(answer.get().error().code, base::Errc::not_found);
}

TEST_F(BatchServiceTest, RefusalIsAnsweredWithItsError) {
  run();
  (void)execute(add_job("one")).get();
  EXPECT_EQ(execute(add_job("ONE")).get().error().code, wire::batch::ErrorCode::JobExists);
}

TEST_F(BatchServiceTest, NoticesFollowTheCommitInOrder) {
  std::promise<void> both;
  std::vector<core::NodeKey> started;
  service_->start([&](const core::Notice& notice) {
    if (const auto* start = std::get_if<core::StartAgent>(&notice)) started.push_back(start->node);
    if (started.size() == 2) both.set_value();
  });
  script_->hold();
  run();
  auto reply = execute(add_pool("pool", 2));
  script_->wait_for_commit();
  EXPECT_TRUE(started.empty());
  script_->release();
  EXPECT_TRUE(reply.get().has_value());
  both.get_future().get();
}

TEST_F(BatchServiceTest, TimeAloneSettlesANewPool) {
  service_->start([](const core::Notice&) {});
  run();
  (void)execute(add_pool("pool", 0)).get();
  clock_.advance(1s);
  const auto is_steady = [](const Batch& batch) {
    return batch.find_pool(core::PoolId{"pool"})->allocation_state == wire::batch::AllocationState::steady;
  };
  while (!read(is_steady).get().value()) std::this_thread::yield();
}

TEST_F(BatchServiceTest, FailedCommitIsReportedOnceAndNothingIsAnsweredAfterIt) {
  int failures = 0;
  std::promise<base::Error> failed;
  service_->on_failed_commit([&](const base::Error& error) {
    if (++failures == 1) failed.set_value(error);
  });
  script_->fail_at(2);
  run();
  EXPECT_TRUE(execute(add_job("one")).get().has_value());
  EXPECT_EQ(execute(add_job("two")).get().error().code, base::Errc::unavailable);
  EXPECT_EQ(failed.get_future().get().code, base::Errc::no_space);
  EXPECT_EQ(execute(add_job("three")).get().error().code, base::Errc::unavailable);
  EXPECT_EQ(has_job("one").get().error().code, base::Errc::unavailable);
  EXPECT_EQ(failures, 1);
}

TEST_F(BatchServiceTest, WhatGatheredBehindAFailedCommitIsRefusedToo) {
  script_->hold();
  script_->fail_at(1);
  run();
  auto first = execute(add_job("first"));
  script_->wait_for_commit();
  auto second = execute(add_job("second"));
  auto seen = has_job("first");
  while (service_->figures().waiting < 3) std::this_thread::yield();
  script_->release();
  EXPECT_EQ(first.get().error().code, base::Errc::unavailable);
  EXPECT_EQ(second.get().error().code, base::Errc::unavailable);
  EXPECT_EQ(seen.get().error().code, base::Errc::unavailable);
}

TEST_F(BatchServiceTest, StopLetsWhatIsUnderWayEndAndRefusesTheRest) {
  script_->hold();
  run();
  auto first = execute(add_job("first"));
  script_->wait_for_commit();
  auto second = execute(add_job("second"));
  while (service_->figures().waiting < 2) std::this_thread::yield();
  auto stopped = boost::asio::co_spawn(io_, service_->stop(), boost::asio::use_future);
  script_->release();
  stopped.get();
  EXPECT_TRUE(first.get().has_value());
  EXPECT_TRUE(second.get().has_value());
  EXPECT_EQ(script_->commits().size(), 2U);
  EXPECT_EQ(execute(add_job("late")).get().error().code, base::Errc::unavailable);
}

TEST_F(BatchServiceTest, StoppingAnIdleServiceReturns) {
  service_->start([](const core::Notice&) {});
  run();
  stop();
  stop();
}

TEST_F(BatchServiceTest, FullQueueAnswersServerBusy) {
  script_->hold();
  run(1);
  auto first = execute(add_job("first"));
  script_->wait_for_commit();
  std::vector<std::future<base::Result<bool>>> reads;
  for (int i = 0; i < 9'999; ++i) reads.push_back(has_job("first"));
  auto refused = execute(add_job("one too many"));
  EXPECT_EQ(refused.get().error().code, wire::batch::ErrorCode::ServerBusy);
  script_->release();
  EXPECT_TRUE(first.get().has_value());
  for (auto& seen : reads) EXPECT_TRUE(seen.get().value());
}

TEST_F(BatchServiceTest, NodesOfTheStoreAreStartedAgain) {
  run();
  (void)execute(add_pool("pool", 3)).get();
  std::promise<void> all;
  int started = 0;
  service_->start([&](const core::Notice& notice) {
    if (std::holds_alternative<core::StartAgent>(notice) && ++started == 3) all.set_value();
  });
  all.get_future().get();
}

}  // namespace
}  // namespace emulator::service
