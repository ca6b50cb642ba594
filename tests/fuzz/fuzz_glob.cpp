// Patterns of output files: no pattern and no name may crash, hang or read outside, and escapes must mean themselves.
#include "base/check.h"
#include "base/text.h"
#include "nodeagent/task/glob.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using nodeagent::task::GlobPattern;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const auto cut = text.find('\n');
  const auto pattern_text = text.substr(0, cut);
  const auto path = cut == std::string_view::npos ? std::string_view() : text.substr(cut + 1);

  const auto pattern = GlobPattern::parse(nodeagent::task::expand_variables(pattern_text, {{"A", "*"}, {"B", "x/y"}}));
  CHECK(pattern.wild_from() <= pattern.names().size());
  const auto fixed = pattern.fixed_part();
  CHECK(!fixed.starts_with('/') || pattern.absolute());
  const bool matches = pattern.matches_rest(base::split(path, '/'));
  (void)matches;
  if (pattern_text.size() < 200 && path.size() < 200) {
    // What has no wildcard matches only itself; a star matches every name that is not hidden.
    const bool plain = pattern_text.find_first_of("*?[") == std::string_view::npos;
    if (plain) CHECK(nodeagent::task::name_matches(pattern_text, path) == (pattern_text == path));
    CHECK(nodeagent::task::name_matches("*", path) == !path.starts_with('.'));
  }
  return 0;
}
