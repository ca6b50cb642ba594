#include "emulator/nodes/wakeup.h"

namespace emulator::nodes {

void Wakeup::notify() {
  for (auto* timer : waiting_) timer->cancel();
}

base::Async<void> Wakeup::wait(std::optional<base::SteadyTime> until) {
  boost::asio::steady_timer timer(executor_, until.value_or(base::SteadyTime::max()));
  const auto place = waiting_.insert(waiting_.end(), &timer);
  co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  waiting_.erase(place);
}

}  // namespace emulator::nodes
