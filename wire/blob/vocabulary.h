// The words of the Blob service that programs decide on: versions, public access, tiers, and which list of blocks is
// meant.
//
// What goes out is spelt as the table says; what comes in is compared as the service does (exactly, unless noted).
#pragma once

#include "base/text.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wire::blob {

/// Every x-ms-version from 2015-02-21 on. Versions are dates, so text order is their order.
inline constexpr auto kServiceVersions = std::to_array<std::string_view>(
    {"2015-02-21", "2015-04-05", "2015-07-08", "2015-12-11", "2016-05-31", "2016-10-16", "2017-04-17", "2017-07-29",
     "2017-11-09", "2018-03-28", "2018-06-17", "2018-11-09", "2019-02-02", "2019-07-07", "2019-10-10", "2019-12-12",
     "2020-02-10", "2020-04-08", "2020-06-12", "2020-08-04", "2020-10-02", "2020-12-06", "2021-02-12", "2021-04-10",
     "2021-06-08", "2021-08-06", "2021-10-04", "2021-12-02", "2022-11-02", "2023-01-03", "2023-05-03", "2023-08-03",
     "2023-11-03", "2024-02-04", "2024-05-04", "2024-08-04", "2024-11-04", "2025-01-05", "2025-05-05", "2025-07-05",
     "2025-11-05", "2026-02-06", "2026-04-06", "2026-06-06", "2026-10-06", "2026-12-06"});
inline constexpr std::string_view kOldestVersion = kServiceVersions.front();
inline constexpr std::string_view kNewestVersion = kServiceVersions.back();

constexpr bool is_service_version(std::string_view version) {
  return std::binary_search(kServiceVersions.begin(), kServiceVersions.end(), version);
}
static_assert(std::is_sorted(kServiceVersions.begin(), kServiceVersions.end()));

/// User-defined names and values, in the order given; names keep their casing.
using MetadataFields = std::vector<std::pair<std::string, std::string>>;

/// What a container shows to everybody ("Set Container ACL", x-ms-blob-public-access).
enum class PublicAccess { none, blob, container };
constexpr auto names_of(PublicAccess) {
  return std::to_array<std::string_view>({"", "blob", "container"});
}

/// Tiers a block blob may be in here. Archive is refused by name: its blobs cannot be read.
enum class AccessTier { inferred_hot, hot, cool, cold };
constexpr auto names_of(AccessTier) {
  return std::to_array<std::string_view>({"Hot", "Hot", "Cool", "Cold"});
}

/// "Get Block List", blocklisttype.
enum class BlockListType { committed, uncommitted, all };
constexpr auto names_of(BlockListType) {
  return std::to_array<std::string_view>({"committed", "uncommitted", "all"});
}

/// Where "Put Block List" looks for a block.
enum class BlockSearch { committed, uncommitted, latest };
constexpr auto names_of(BlockSearch) {
  return std::to_array<std::string_view>({"Committed", "Uncommitted", "Latest"});
}

/// The spelling that goes out.
template <class Enum>
constexpr std::string_view name_of(Enum value) {
  return names_of(Enum{})[static_cast<std::size_t>(value)];
}
/// The enumerator of this spelling, compared without case; the last of equals.
template <class Enum>
std::optional<Enum> parse_name(std::string_view name) {
  constexpr auto names = names_of(Enum{});
  for (std::size_t i = names.size(); i-- > 0;) {
    if (base::equal_ignoring_case(names[i], name)) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace wire::blob
