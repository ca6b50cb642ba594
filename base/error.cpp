#include "base/error.h"

#include <cerrno>
#include <cstring>

namespace base {
namespace {

class BaseCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "base"; }
  std::string message(int value) const override {
    switch (static_cast<Errc>(value)) {
      case Errc::io: return "input/output error";
      case Errc::not_found: return "not found";
      case Errc::already_exists: return "already exists";
      case Errc::invalid_argument: return "invalid argument";
      case Errc::too_large: return "too large";
      case Errc::cancelled: return "cancelled";
      case Errc::deadline_exceeded: return "deadline exceeded";
      case Errc::corrupt: return "corrupt data";
      case Errc::no_space: return "no space left";
      case Errc::unavailable: return "unavailable";
      case Errc::locked: return "locked by another process";
      case Errc::unsupported: return "not supported";
      case Errc::internal: return "internal error";
    }
    return "unknown error";
  }
};

Errc code_of(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT: return Errc::no_space;
    case ENOENT: return Errc::not_found;
    case EEXIST: return Errc::already_exists;
    default: return Errc::io;
  }
}

}  // namespace

const std::error_category& base_category() noexcept {
  static const BaseCategory category;
  return category;
}

std::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), base_category()};
}

Error Error::in(std::string_view context) const& {
  return Error(*this).in(context);
}

Error Error::in(std::string_view context) && {
  message.insert(0, std::string(context) + ": ");
  return std::move(*this);
}

Error Error::with(std::string key, std::string value) && {
  details.push_back({std::move(key), std::move(value)});
  return std::move(*this);
}

Error errno_error(std::string_view attempted, int error_number) {
  return {code_of(error_number), std::string(attempted) + ": " + std::generic_category().message(error_number)};
}

}  // namespace base
