// The api-versions the emulator serves, in order (contract 1.2). Compare with <: "from 12.0" is `version >=
// Version::v12_0`. There is no 13.0.
#pragma once

#include "base/result.h"

#include <string_view>

namespace wire::batch {

enum class Version {
  v2_2,
  v3_0,
  v3_1,
  v4_0,
  v5_0,
  v5_1,
  v6_0,
  v6_1,
  v7_0,
  v8_0,
  v9_0,
  v10_0,
  v11_0,
  v12_0,
  v14_0,
  v15_0,
  v16_0,
  v17_0,
  v18_0,
  v19_0,
  v20_0,
  v2025_06_01,
};
inline constexpr Version kOldestVersion = Version::v2_2;
inline constexpr Version kNewestVersion = Version::v2025_06_01;

/// "2015-12-01.2.2": the value of the api-version query parameter.
std::string_view name_of(Version version);
/// UnsupportedRequestVersion for anything else.
base::Result<Version> parse_version(std::string_view text);

}  // namespace wire::batch
