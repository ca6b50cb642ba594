#include "wire/batch/versions.h"

#include "wire/batch/errors.h"

#include <array>
#include <cstddef>

namespace wire::batch {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(kNewestVersion) + 1> kVersionNames = {
    "2015-12-01.2.2",  "2016-02-01.3.0",  "2016-07-01.3.1",  "2017-01-01.4.0",  "2017-05-01.5.0",  "2017-06-01.5.1",
    "2017-09-01.6.0",  "2018-03-01.6.1",  "2018-08-01.7.0",  "2018-12-01.8.0",  "2019-06-01.9.0",  "2019-08-01.10.0",
    "2020-03-01.11.0", "2020-09-01.12.0", "2021-06-01.14.0", "2022-01-01.15.0", "2022-10-01.16.0", "2023-05-01.17.0",
    "2023-11-01.18.0", "2024-02-01.19.0", "2024-07-01.20.0", "2025-06-01"};

}  // namespace

std::string_view name_of(Version version) {
  return kVersionNames[static_cast<std::size_t>(version)];
}

base::Result<Version> parse_version(std::string_view text) {
  for (std::size_t i = 0; i < kVersionNames.size(); ++i) {
    if (kVersionNames[i] == text) return static_cast<Version>(i);
  }
  constexpr std::size_t kShown = 64;
  return make_error(ErrorCode::UnsupportedRequestVersion,
                    {{"QueryParameterName", "api-version"},
                     {"QueryParameterValue", std::string(text.substr(0, kShown))},
                     {"Reason", "The emulator serves 2015-12-01.2.2 to 2025-06-01"}});
}

}  // namespace wire::batch
