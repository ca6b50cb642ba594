// The names of the real services that the emulator answers for, and of what it is when nobody says otherwise.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace emulator {

/// "ACCOUNT.REGION.batch.azure.com" (clients.md 2.2).
inline constexpr std::string_view kBatchDomain = ".batch.azure.com";
/// "ACCOUNT.blob.core.windows.net", "ACCOUNT-secondary.blob.core.windows.net".
inline constexpr std::string_view kBlobDomain = ".blob.core.windows.net";
inline constexpr std::string_view kLoginHost = "login.microsoftonline.com";
inline constexpr std::string_view kManagementHost = "management.azure.com";
/// The instance metadata service; http only.
inline constexpr std::string_view kMetadataHost = "169.254.169.254";

/// What a Batch or storage account may be called: 3 to 24 lower-case letters and digits. Names become file names, host
/// names and parts of signatures.
constexpr bool is_account_name(std::string_view name) {
  constexpr std::size_t kShortest = 3;
  constexpr std::size_t kLongest = 24;
  return name.size() >= kShortest && name.size() <= kLongest &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

/// Where accounts are that were made by options or on the spot, as Azure Resource Manager shows them.
inline constexpr std::string_view kDefaultSubscription = "00000000-0000-0000-0000-000000000001";
inline constexpr std::string_view kDefaultResourceGroup = "batch-emulator";
/// A real region: some clients look theirs up in tables of their own.
inline constexpr std::string_view kDefaultLocation = "eastus";
/// Who clients are that sign in with what `run` gives them.
inline constexpr std::string_view kDefaultTenant = "00000000-0000-0000-0000-00000000000a";
inline constexpr std::string_view kDefaultClient = "00000000-0000-0000-0000-00000000000b";

}  // namespace emulator
