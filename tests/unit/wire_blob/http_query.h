// A query string as decoded fields, for tests below the http library.
#pragma once

#include "base/text.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wire::blob {

inline std::vector<std::pair<std::string, std::string>> query_fields(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> fields;
  for (const auto& field : base::split(query, '&')) {
    const auto equals = field.find('=');
    fields.emplace_back(field.substr(0, equals), *base::percent_decode(field.substr(equals + 1)));
  }
  return fields;
}

}  // namespace wire::blob
