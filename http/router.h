// Templates of paths to rows of a route table. Matches the still-encoded path and decodes each parameter once.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace http {

/// The parameters of a matched path, by their names in the template, percent-decoded once.
class PathParameters {
 public:
  void add(std::string name, std::string value) { values_.emplace_back(std::move(name), std::move(value)); }
  /// "" when there is no such parameter.
  [[nodiscard]] const std::string& get(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

/// Index of paths like "/pools/{poolId}/nodes/{nodeId}" and, with a tail, "/jobs/{j}/tasks/{t}/files/{filePath*}"
/// ({name*} takes the rest of the path, slashes included, and only stands last).
class Router {
 public:
  struct Match {
    std::size_t row;  ///< what add() was given
    PathParameters parameters;
  };
  void add(std::string_view method, std::string_view path_template, std::size_t row);
  /// The row for method and path. not_found: no template fits; unsupported: templates fit, but not with this method;
  /// invalid_argument: a parameter is wrongly encoded (or decodes to a NUL byte).
  [[nodiscard]] base::Result<Match> match(std::string_view method, std::string_view encoded_path) const;

 private:
  struct Row {
    std::string method;
    std::vector<std::string> segments;
    std::size_t row;
  };
  std::vector<Row> rows_;
};

/// Decoded query parameters in order. Names compare case-insensitively (contract 1.3).
class Query {
 public:
  /// invalid_argument on wrong encoding. `+` stays a plus unless `plus_is_space`.
  static base::Result<Query> parse(std::string_view encoded, bool plus_is_space = false);
  [[nodiscard]] std::optional<std::string> find(std::string_view name) const;
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& fields() const noexcept { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

}  // namespace http
