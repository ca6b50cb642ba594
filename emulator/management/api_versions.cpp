// Choice: of Microsoft.Resources and Microsoft.Storage any version of the usual form is served. Their resources have
// had the shape in which they are shown since 2016, and clients use dozens of versions of them.
#include "emulator/management/operation.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace emulator::management {
namespace {

using wire::management::ErrorCode;
using wire::management::make_error;

/// From the first version with today's shape of these resources on.
constexpr auto kBatchVersions = std::to_array<std::string_view>(
    {"2018-12-01", "2019-04-01", "2019-08-01", "2020-03-01", "2020-05-01", "2020-09-01", "2021-01-01", "2021-06-01",
     "2022-01-01", "2022-06-01", "2022-10-01", "2023-05-01", "2023-11-01", "2024-02-01", "2024-07-01"});

/// "2019-11-01", "2022-12-01-preview".
bool has_form_of_version(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-dd";
  constexpr std::string_view kPreview = "-preview";
  if (text.size() != kForm.size() && (text.size() != kForm.size() + kPreview.size() || !text.ends_with(kPreview))) {
    return false;
  }
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const bool fits = kForm[i] == 'd' ? std::isdigit(static_cast<unsigned char>(text[i])) != 0 : text[i] == kForm[i];
    if (!fits) return false;
  }
  const auto number = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  const int month = number(5);
  const int day = number(8);
  return text.starts_with("20") && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

std::string joined(std::span<const std::string_view> versions) {
  std::string list;
  for (const auto version : versions) list += (list.empty() ? "" : ", ") + std::string(version);
  return list;
}

}  // namespace

std::span<const std::string_view> batch_api_versions() {
  return kBatchVersions;
}

base::Result<void> check_api_version(const Operation& operation, const std::optional<std::string>& version) {
  if (!version || version->empty()) return make_error(ErrorCode::MissingApiVersionParameter);
  if (!has_form_of_version(*version)) {
    return make_error(ErrorCode::InvalidApiVersionParameter, "The api-version '" + *version +
                                                                 "' is invalid. It has the form of a date, as in "
                                                                 "'2024-02-01'.");
  }
  if (operation.provider != Provider::batch) return {};
  if (std::ranges::find(kBatchVersions, std::string_view(*version)) != kBatchVersions.end()) return {};
  return make_error(ErrorCode::NoRegisteredProviderFound,
                    "No registered resource provider found for API version '" + *version +
                        "' for namespace 'Microsoft.Batch'. The supported api-versions are '" + joined(kBatchVersions) +
                        "'.");
}

}  // namespace emulator::management
