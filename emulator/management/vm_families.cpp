#include "emulator/management/vm_families.h"

#include "base/text.h"
#include "wire/batch/vm_sizes.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

namespace emulator::management {
namespace {

constexpr std::string_view kStandard = "standard_";

/// Families with names that follow no rule (as listed by the live service for eastus).
struct Exception {
  std::string_view start;
  std::string_view end;
  std::string_view family;
};
constexpr auto kExceptions = std::to_array<Exception>({
    {"hb120rs", "_v2", "standardHBrsv2Family"},
    {"hb120rs", "_v3", "standardHBv3Family"},
    {"nc", "_t4_v3", "Standard NCASv3_T4 Family"},
});
/// Of the first A series; those of the second have a version.
constexpr std::string_view kFirstSmallA = "standardA0_A7Family";
constexpr std::string_view kFirstLargeA = "standardA8_A11Family";

/// "d16ads_v5": series "d", number "16", features "ads", version "v5".
struct Parts {
  std::string series;
  std::string number;
  std::string features;
  std::string version;
};

Parts parts_of(std::string_view size) {
  if (size.starts_with(kStandard)) size.remove_prefix(kStandard.size());
  Parts parts;
  std::size_t at = 0;
  const auto take = [&](auto wanted) {
    const auto begin = at;
    while (at < size.size() && wanted(static_cast<unsigned char>(size[at]))) ++at;
    return std::string(size.substr(begin, at - begin));
  };
  const auto is_letter = [](unsigned char c) { return std::isalpha(c) != 0; };
  parts.series = take(is_letter);
  parts.number = take([](unsigned char c) { return std::isdigit(c) != 0; });
  parts.features = take(is_letter);
  const auto underscore = size.rfind("_v");
  if (underscore != std::string_view::npos) parts.version = size.substr(underscore + 1);
  return parts;
}

}  // namespace

bool is_cloud_service_size(std::string_view size) {
  return !size.starts_with(kStandard);
}

std::string display_name_of_size(std::string_view size) {
  if (is_cloud_service_size(size)) {
    // ExtraSmall and ExtraLarge are two words.
    constexpr std::string_view kExtra = "extra";
    const bool is_extra = size.starts_with(kExtra);
    const auto word = [](std::string_view text) {
      return base::upper_case(text.substr(0, 1)) + std::string(text.substr(1));
    };
    return is_extra ? "Extra" + word(size.substr(kExtra.size())) : word(size);
  }
  const auto parts = parts_of(size);
  auto rest = std::string(size.substr(kStandard.size() + parts.series.size()));
  // An accelerator's name: "_t4".
  if (const auto accelerator = rest.find("_t"); accelerator != std::string::npos) rest[accelerator + 1] = 'T';
  return "Standard_" + base::upper_case(parts.series) + rest;
}

std::string family_of_size(std::string_view size) {
  if (is_cloud_service_size(size)) return std::string(kFirstSmallA);
  const auto bare = size.substr(kStandard.size());
  for (const auto& exception : kExceptions) {
    if (bare.starts_with(exception.start) && bare.ends_with(exception.end)) return std::string(exception.family);
  }
  const auto parts = parts_of(size);
  if (parts.series == "a" && parts.version.empty()) {
    const bool is_small = parts.number.size() == 1 && parts.number < "8";
    return std::string(is_small ? kFirstSmallA : kFirstLargeA);
  }
  // More memory and a faster network make no family.
  std::string features;
  for (const char c : parts.features) {
    if (c != 'm' && c != 'r') features += c;
  }
  return "standard" + base::upper_case(parts.series + features) + parts.version + "Family";
}

std::vector<std::string> vm_families() {
  std::set<std::string> families;
  for (const auto& size : wire::batch::vm_sizes()) families.insert(family_of_size(size.name));
  return {families.begin(), families.end()};
}

}  // namespace emulator::management
