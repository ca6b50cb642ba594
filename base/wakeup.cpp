// Each waiter has a timer of its own, so that one wait never disturbs another.
#include "base/wakeup.h"

#include <boost/asio/as_tuple.hpp>

namespace base {

void Wakeup::notify() {
  for (auto* timer : waiting_) timer->cancel();
}

Async<void> Wakeup::wait(std::optional<SteadyTime> until) {
  boost::asio::steady_timer timer(executor_, until.value_or(SteadyTime::max()));
  const auto place = waiting_.insert(waiting_.end(), &timer);
  co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  waiting_.erase(place);
}

}  // namespace base
