// Error: what every expected failure in the product looks like.
//
// An Error is a value: a code that programs compare, a message that people read, and name/value details. Codes of all
// parts travel in one std::error_code: base::Errc for the machine's own troubles, wire::batch::ErrorCode and
// wire::blob::ErrorCode for what the two services answer. Tests compare codes, never messages.
#pragma once

#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace base {

/// Failures that any part may meet and that no service names.
enum class Errc {
  io = 1,             ///< the operating system refused a file, socket or process operation
  not_found,          ///< the named thing does not exist
  already_exists,     ///< the named thing exists and must not
  invalid_argument,   ///< malformed input: text that does not parse, a number out of range
  too_large,          ///< a limit on size or count was passed
  cancelled,          ///< the operation was told to stop
  deadline_exceeded,  ///< the operation's deadline passed
  corrupt,            ///< stored data does not have the form it was written in
  no_space,           ///< the disk is full
  unavailable,        ///< the other side cannot be reached or is shutting down
  locked,             ///< another process holds the lock
  unsupported,        ///< known, but not offered
  internal,           ///< a bug that was noticed
};

const std::error_category& base_category() noexcept;
std::error_code make_error_code(Errc code) noexcept;

/// One name/value pair that explains an Error; becomes an item of `values` in a Batch error document.
struct ErrorDetail {
  std::string key;
  std::string value;
  bool operator==(const ErrorDetail&) const = default;
};

/// An expected failure. The message says what was attempted, on which id, and what came back; no final period.
struct Error {
  std::error_code code;
  std::string message;
  std::vector<ErrorDetail> details;

  Error(std::error_code error_code, std::string text, std::vector<ErrorDetail> more = {})
      : code(error_code), message(std::move(text)), details(std::move(more)) {}

  /// The same error with "context: " before its message: how a caller adds what it was doing.
  [[nodiscard]] Error in(std::string_view context) const&;
  [[nodiscard]] Error in(std::string_view context) &&;

  /// The same error with one more detail.
  [[nodiscard]] Error with(std::string key, std::string value) &&;
};

/// An Error from errno: ENOSPC/EDQUOT become no_space, ENOENT not_found, EEXIST already_exists, the rest io. The
/// message is `attempted` + ": " + the system's text.
Error errno_error(std::string_view attempted, int error_number);

}  // namespace base

template <>
struct std::is_error_code_enum<base::Errc> : std::true_type {};
