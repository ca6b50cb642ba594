// CHECK: for what cannot be false unless the program is wrong. Prints place and values, then aborts.
#pragma once

#include <string>
#include <string_view>

namespace base {
[[noreturn]] void check_failed(const char* file, int line, std::string_view condition, std::string_view explanation);
}

/// CHECK(condition) or CHECK(condition, "text with values").
#define CHECK(condition, ...)                                                                         \
  do {                                                                                                \
    if (!(condition)) ::base::check_failed(__FILE__, __LINE__, #condition, std::string{__VA_ARGS__}); \
  } while (false)
