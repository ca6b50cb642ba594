// Orders that wait for an agent: numbered, repeated, never given twice.
#include "emulator/nodes/mailbox.h"

#include <gtest/gtest.h>

namespace emulator::nodes {
namespace {

using wire::node::Order;
using wire::node::RemoveTaskFiles;
using wire::node::RunTask;
using wire::node::ShutDown;
using wire::node::StopTask;
using wire::node::TaskRun;

std::vector<Order> orders_in(const Mailbox& mailbox) {
  return wire::node::decode_orders(mailbox.message()).value().orders;
}

RunTask task(const std::string& id, std::uint64_t attempt = 1) {
  RunTask order;
  order.run = {"job", id, attempt};
  order.command_line = "true";
  return order;
}

TEST(MailboxTest, OrdersAreNumberedInTheOrderTheyCame) {
  Mailbox mailbox;
  mailbox.post(task("a"));
  mailbox.post(StopTask{{"job", "a", 1}});
  const auto orders = orders_in(mailbox);
  ASSERT_EQ(orders.size(), 2U);
  EXPECT_EQ(orders[0].number, 1U);
  EXPECT_TRUE(std::holds_alternative<RunTask>(orders[0].body));
  EXPECT_EQ(orders[1].number, 2U);
}

TEST(MailboxTest, OrdersAreRepeatedUntilAcknowledged) {
  Mailbox mailbox;
  mailbox.post(task("a"));
  mailbox.post(task("b"));
  EXPECT_EQ(orders_in(mailbox).size(), 2U);
  EXPECT_EQ(orders_in(mailbox).size(), 2U);
  mailbox.acknowledge(1);
  ASSERT_EQ(orders_in(mailbox).size(), 1U);
  EXPECT_EQ(orders_in(mailbox)[0].number, 2U);
  mailbox.acknowledge(2);
  EXPECT_TRUE(mailbox.empty());
}

TEST(MailboxTest, ARunIsOrderedOnce) {
  Mailbox mailbox;
  EXPECT_TRUE(mailbox.post(task("a")));
  EXPECT_FALSE(mailbox.post(task("A")));
  mailbox.acknowledge(1);
  EXPECT_FALSE(mailbox.post(task("a")));
  EXPECT_TRUE(mailbox.post(task("a", 2)));
}

TEST(MailboxTest, ARunThatTheAgentAlreadyHasIsNotOrdered) {
  Mailbox mailbox;
  mailbox.reset(7, {TaskRun{"job", "a", 1}});
  EXPECT_FALSE(mailbox.post(task("a")));
  EXPECT_TRUE(mailbox.post(task("b")));
  EXPECT_EQ(orders_in(mailbox)[0].number, 8U);
}

TEST(MailboxTest, AnEndedRunIsForgotten) {
  Mailbox mailbox;
  mailbox.post(task("a"));
  mailbox.run_ended({"job", "a", 1});
  EXPECT_TRUE(mailbox.post(task("a")));
}

TEST(MailboxTest, OnlyRemovalsStayForTheNextAgent) {
  Mailbox mailbox;
  mailbox.post(task("a"));
  mailbox.post(RemoveTaskFiles{"job", "z"});
  mailbox.post(ShutDown{});
  mailbox.reset(0, {});
  const auto orders = orders_in(mailbox);
  ASSERT_EQ(orders.size(), 1U);
  EXPECT_EQ(orders[0].number, 1U);
  EXPECT_EQ(std::get<RemoveTaskFiles>(orders[0].body).task_id, "z");
}

TEST(MailboxTest, AMessageHoldsNoMoreOrdersThanTheProtocolAllows) {
  Mailbox mailbox;
  for (std::size_t i = 0; i < wire::node::kMostPerMessage + 5; ++i) mailbox.post(task("t" + std::to_string(i)));
  EXPECT_EQ(orders_in(mailbox).size(), wire::node::kMostPerMessage);
  mailbox.acknowledge(wire::node::kMostPerMessage);
  EXPECT_EQ(orders_in(mailbox).size(), 5U);
}

TEST(MailboxTest, LongOrdersAreSpreadOverMessages) {
  Mailbox mailbox;
  auto long_task = task("a");
  long_task.command_line.assign(wire::node::kMessageBudget * 2 / 3, 'x');
  mailbox.post(long_task);
  long_task.run.task_id = "b";
  mailbox.post(long_task);
  EXPECT_EQ(orders_in(mailbox).size(), 1U);
  mailbox.acknowledge(1);
  EXPECT_EQ(orders_in(mailbox).size(), 1U);
}

TEST(MailboxTest, AFullBoxRefuses) {
  Mailbox mailbox;
  for (std::size_t i = 0; i < kMostOrdersWaiting; ++i) ASSERT_TRUE(mailbox.post(ShutDown{}));
  EXPECT_FALSE(mailbox.post(ShutDown{}));
}

TEST(MailboxTest, AnEmptyBoxGivesAnEmptyMessage) {
  EXPECT_TRUE(orders_in(Mailbox()).empty());
}

}  // namespace
}  // namespace emulator::nodes
