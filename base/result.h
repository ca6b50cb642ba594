// Result<T>: a value or the Error that kept us from it.
//
// The macros keep the error path short. In a function: RETURN_IF_ERROR(f()); ASSIGN_OR_RETURN(auto x, g());
// in a coroutine: CO_RETURN_IF_ERROR, CO_ASSIGN_OR_RETURN. The expression may contain co_await.
#pragma once

#include "base/error.h"

#include <concepts>
#include <optional>
#include <utility>
#include <variant>

namespace base {

[[noreturn]] void fail_on_result_without_value(const Error& error);

/// A value of T or an Error. value() on an error stops the process (a bug): test first. Implicit from both.
///
/// Written on std::variant, not on boost::system::result: that class cannot be [[nodiscard]] when derived and
/// returned from a coroutine under GCC 12 without copying its error.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  template <class U = T>
  requires(std::constructible_from<T, U&&> && !std::same_as<std::remove_cvref_t<U>, Error> &&
           !std::same_as<std::remove_cvref_t<U>, Result>) Result(U&& value)
      : state_(std::in_place_index<0>, std::forward<U>(value)) {}

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  [[nodiscard]] bool has_error() const noexcept { return state_.index() == 1; }
  explicit operator bool() const noexcept { return has_value(); }

  T& value() & { return check(), *std::get_if<0>(&state_); }
  const T& value() const& { return check(), *std::get_if<0>(&state_); }
  T&& value() && { return check(), std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  /// Only when has_error().
  const Error& error() const& { return *std::get_if<1>(&state_); }
  Error&& error() && { return std::move(*std::get_if<1>(&state_)); }

  template <class U>
  T value_or(U&& other) && {
    return has_value() ? std::move(*this).value() : static_cast<T>(std::forward<U>(other));
  }

 private:
  void check() const {
    if (has_error()) fail_on_result_without_value(*std::get_if<1>(&state_));
  }
  std::variant<T, Error> state_;
};

/// Success or an Error. Success is `return {};`.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}
  [[nodiscard]] bool has_value() const noexcept { return !error_; }
  [[nodiscard]] bool has_error() const noexcept { return error_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }
  void value() const {
    if (error_) fail_on_result_without_value(*error_);
  }
  const Error& error() const& { return *error_; }
  Error&& error() && { return std::move(*error_); }

 private:
  std::optional<Error> error_;
};

}  // namespace base

#define BASE_CONCAT_INNER(a, b) a##b
#define BASE_CONCAT(a, b) BASE_CONCAT_INNER(a, b)

#define RETURN_IF_ERROR_WITH(keyword, ...)                                                                 \
  do {                                                                                                     \
    if (auto base_result = (__VA_ARGS__); base_result.has_error()) keyword std::move(base_result).error(); \
  } while (false)
#define RETURN_IF_ERROR(...) RETURN_IF_ERROR_WITH(return, __VA_ARGS__)
#define CO_RETURN_IF_ERROR(...) RETURN_IF_ERROR_WITH(co_return, __VA_ARGS__)

#define ASSIGN_OR_RETURN_WITH(keyword, name, target, ...) \
  auto name = (__VA_ARGS__);                              \
  if (name.has_error()) keyword std::move(name).error();  \
  target = std::move(name).value()
#define ASSIGN_OR_RETURN(target, ...) \
  ASSIGN_OR_RETURN_WITH(return, BASE_CONCAT(base_result_, __LINE__), target, __VA_ARGS__)
#define CO_ASSIGN_OR_RETURN(target, ...) \
  ASSIGN_OR_RETURN_WITH(co_return, BASE_CONCAT(base_result_, __LINE__), target, __VA_ARGS__)
