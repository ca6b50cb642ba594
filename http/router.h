// Templates of paths to rows of a route table. Matches the still-encoded path and decodes each parameter once.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
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
/// ({name*} takes the rest of the path, slashes included and at least one byte, and only stands last). A segment may
/// mix text and parameters: "/certificates(algorithm={a},thumbprint={t})". Fixed text compares exactly, in the path's
/// encoded form; where several templates fit, fixed text wins over a parameter and a parameter over a tail, from left
/// to right. Rows are found by their first segment, so that a table of a hundred rows costs a handful of comparisons.
class Router {
 public:
  struct Match {
    std::size_t row;  ///< what add() was given
    PathParameters parameters;
  };
  /// A template that does not have this form is a bug and stops the process.
  void add(std::string_view method, std::string_view path_template, std::size_t row);
  /// The row for method and path. not_found: no template fits; unsupported: templates fit, but not with this method;
  /// invalid_argument: a parameter is wrongly encoded (or decodes to a NUL byte).
  [[nodiscard]] base::Result<Match> match(std::string_view method, std::string_view encoded_path) const;
  /// The methods of all templates that fit, in order of add() and without repeats: for an Allow header.
  [[nodiscard]] std::vector<std::string> methods(std::string_view encoded_path) const;

 private:
  /// Part of a segment: fixed text, or the name of a parameter.
  struct Part {
    bool parameter = false;
    std::string text;
  };
  struct Segment {
    std::vector<Part> parts;
    bool tail = false;
  };
  struct Row {
    std::string method;
    std::vector<Segment> segments;
    std::size_t row;
  };
  using Values = std::vector<std::pair<std::string_view, std::string_view>>;
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };

  static Segment parse_segment(std::string_view text);
  static bool match_parts(const std::vector<Part>& parts, std::string_view text, Values& values);
  static bool match_row(const Row& row, std::string_view path, Values& values);
  static int specificity(const Segment& segment);
  static bool more_specific(const Row& a, const Row& b);
  template <class Visit>
  void for_each_candidate(std::string_view path, Visit visit) const;

  std::vector<Row> rows_;
  std::unordered_map<std::string, std::vector<std::size_t>, TextHash, std::equal_to<>> by_first_segment_;
  std::vector<std::size_t> other_rows_;  ///< whose first segment has a parameter
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
