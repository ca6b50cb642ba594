#include "base/coroutine_group.h"

#include "base/check.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

namespace base {

struct CoroutineGroup::State {
  explicit State(Executor on) : executor(on), idle(on) {
    idle.expires_at(boost::asio::steady_timer::time_point::max());
  }
  Executor executor;
  std::size_t limit = 0;
  bool cancelled = false;
  std::list<boost::asio::cancellation_signal> children;
  boost::asio::steady_timer idle;
  std::function<void(std::exception_ptr)> handler;
};

CoroutineGroup::CoroutineGroup(Executor executor, std::size_t limit) : state_(std::make_shared<State>(executor)) {
  state_->limit = limit;
}

CoroutineGroup::~CoroutineGroup() = default;

void CoroutineGroup::on_exception(std::function<void(std::exception_ptr)> handler) {
  state_->handler = std::move(handler);
}

bool CoroutineGroup::spawn(Async<void> child) {
  if (state_->cancelled || state_->children.size() >= state_->limit) return false;
  const auto place = state_->children.emplace(state_->children.end());
  auto finished = [state = state_, place](std::exception_ptr thrown) {
    state->children.erase(place);
    if (state->children.empty()) state->idle.cancel();
    if (!thrown) return;
    CHECK(state->handler != nullptr, "a coroutine of a group threw and nobody handles it");
    state->handler(thrown);
  };
  boost::asio::co_spawn(state_->executor, std::move(child),
                        boost::asio::bind_cancellation_slot(place->slot(), std::move(finished)));
  return true;
}

void CoroutineGroup::cancel() {
  state_->cancelled = true;
  // A child that ends inside emit() erases itself: step first.
  for (auto child = state_->children.begin(); child != state_->children.end();) {
    (child++)->emit(boost::asio::cancellation_type::terminal);
  }
}

Async<void> CoroutineGroup::join() {
  const auto state = state_;
  while (!state->children.empty()) {
    co_await state->idle.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
}

std::size_t CoroutineGroup::size() const noexcept {
  return state_->children.size();
}

}  // namespace base
