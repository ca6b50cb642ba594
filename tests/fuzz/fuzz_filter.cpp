// $filter from strangers: any text parses or is refused, and what parses can be evaluated.
#include "wire/batch/filter.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using wire::batch::ListKind;
  if (size == 0) return 0;
  constexpr auto kLists = static_cast<std::size_t>(ListKind::certificates) + 1;
  auto kind = static_cast<ListKind>(data[0] % kLists);
  std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (auto filter = wire::batch::parse_filter(kind, text)) {
    auto lookup = [](std::string_view property) -> std::optional<wire::odata::Value> {
      if (property.ends_with("Code")) return std::int64_t{1};
      if (property.ends_with("Time")) return base::Timestamp{};
      return std::string("value");
    };
    (void)filter->matches(lookup);
  }
  (void)wire::batch::parse_select(wire::batch::Version::v15_0, wire::batch::EntityType::task, text);
  return 0;
}
