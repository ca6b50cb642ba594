#include "http/deadline.h"

namespace http {

struct Deadline::State {
  State(const base::Executor& executor, std::function<void()> action) : timer(executor), on_expiry(std::move(action)) {}
  boost::asio::steady_timer timer;
  std::function<void()> on_expiry;
  Steady::time_point until = Steady::time_point::max();
  Steady::time_point armed_for = Steady::time_point::max();
  bool expired = false;
};

Deadline::Deadline(const base::Executor& executor, std::function<void()> on_expiry)
    : state_(std::make_shared<State>(executor, std::move(on_expiry))) {}

Deadline::~Deadline() = default;

void Deadline::arm(const std::shared_ptr<State>& state, Steady::time_point at) {
  state->armed_for = at;
  state->timer.expires_at(at);
  state->timer.async_wait([watched = std::weak_ptr<State>(state)](const boost::system::error_code& error) {
    // A weak pointer: a timer that fired just before the stream was destroyed finds nothing.
    const auto live = watched.lock();
    if (error || !live) return;
    live->armed_for = Steady::time_point::max();
    if (live->until == Steady::time_point::max()) return;
    if (live->until > Steady::now()) return arm(live, live->until);
    live->until = Steady::time_point::max();
    live->expired = true;
    live->on_expiry();
  });
}

void Deadline::guard(Steady::time_point until) {
  state_->expired = false;
  state_->until = until;
  if (until < state_->armed_for) arm(state_, until);
}

bool Deadline::release() {
  state_->until = Steady::time_point::max();
  return state_->expired;
}

}  // namespace http
