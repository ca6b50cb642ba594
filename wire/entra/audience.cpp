// The GUIDs are those of the services' applications in every tenant.
#include "wire/entra/audience.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace wire::entra {
namespace {

struct Row {
  Audience audience;
  std::string_view name;
};

/// The first row of an audience is its usual name.
constexpr auto kRows = std::to_array<Row>({
    {Audience::batch, "https://batch.core.windows.net"},
    {Audience::batch, "ddbf3205-c6bd-46ae-8127-60eb93363864"},
    {Audience::storage, "https://storage.azure.com"},
    {Audience::storage, "e406a681-f3d4-42a8-90b6-c2b029497af1"},
    {Audience::management, "https://management.azure.com"},
    {Audience::management, "https://management.core.windows.net"},
    {Audience::management, "797f4846-ba00-4fd7-ba43-dac1f8f63013"},
});
constexpr std::string_view kScheme = "https://";
constexpr std::string_view kBlobHost = ".blob.core.windows.net";
constexpr std::size_t kLongestName = 256;

/// 3 to 24 lower-case letters and digits (contract of the Blob service).
bool is_storage_account(std::string_view name) {
  constexpr std::size_t kShortest = 3;
  constexpr std::size_t kLongest = 24;
  return name.size() >= kShortest && name.size() <= kLongest &&
         std::ranges::all_of(name, [](unsigned char c) { return std::islower(c) != 0 || std::isdigit(c) != 0; });
}

}  // namespace

std::optional<Resource> resource_of(std::string_view name) {
  if (name.size() > kLongestName) return std::nullopt;
  while (name.ends_with('/')) name.remove_suffix(1);
  for (const auto& row : kRows) {
    if (base::equal_ignoring_case(row.name, name)) return Resource{row.audience, {}};
  }
  const auto lower = base::lower_case(name);
  if (!lower.starts_with(kScheme) || !lower.ends_with(kBlobHost)) return std::nullopt;
  auto account = lower.substr(kScheme.size(), lower.size() - kScheme.size() - kBlobHost.size());
  if (!is_storage_account(account)) return std::nullopt;
  return Resource{Audience::storage, std::move(account)};
}

std::string_view name_of(Audience audience) {
  return std::ranges::find(kRows, audience, &Row::audience)->name;
}

}  // namespace wire::entra
