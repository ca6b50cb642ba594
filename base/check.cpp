#include "base/check.h"

#include "base/result.h"

#include <cstdio>
#include <cstdlib>

namespace base {

void check_failed(const char* file, int line, std::string_view condition, std::string_view explanation) {
  std::fprintf(stderr, "%s:%d: check failed: %.*s %.*s\n", file, line, static_cast<int>(condition.size()),
               condition.data(), static_cast<int>(explanation.size()), explanation.data());
  std::abort();
}

void fail_on_result_without_value(const Error& error) {
  check_failed(__FILE__, __LINE__, "result.has_value()", error.message);
}

}  // namespace base
