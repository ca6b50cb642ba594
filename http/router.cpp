#include "http/router.h"

#include "base/check.h"
#include "base/text.h"

#include <algorithm>

namespace http {
namespace {

using base::Errc;
using base::Error;

/// The first segment of a path that starts with '/', without the slashes.
std::string_view first_segment(std::string_view path) {
  path.remove_prefix(1);
  return path.substr(0, path.find('/'));
}

}  // namespace

const std::string& PathParameters::get(std::string_view name) const {
  static const std::string none;
  for (const auto& [key, value] : values_) {
    if (key == name) return value;
  }
  return none;
}

Router::Segment Router::parse_segment(std::string_view text) {
  Segment segment;
  while (!text.empty()) {
    const auto open = text.find('{');
    if (open > 0) segment.parts.push_back({false, std::string(text.substr(0, open))});
    if (open == std::string_view::npos) return segment;
    const auto close = text.find('}', open);
    CHECK(close != std::string_view::npos && close > open + 1, std::string(text));
    auto name = text.substr(open + 1, close - open - 1);
    if (name.ends_with('*')) {
      CHECK(open == 0 && close + 1 == text.size() && segment.parts.empty(), std::string(text));
      name.remove_suffix(1);
      segment.tail = true;
    }
    CHECK(segment.parts.empty() || !segment.parts.back().parameter, "two parameters touch: " + std::string(text));
    segment.parts.push_back({true, std::string(name)});
    text.remove_prefix(close + 1);
  }
  return segment;
}

void Router::add(std::string_view method, std::string_view path_template, std::size_t row) {
  CHECK(path_template.starts_with('/'), std::string(path_template));
  Row added{.method = std::string(method), .segments = {}, .row = row};
  for (const auto& text : base::split(path_template.substr(1), '/')) {
    CHECK(added.segments.empty() || !added.segments.back().tail, std::string(path_template));
    added.segments.push_back(parse_segment(text));
  }
  const auto& first = added.segments.front().parts;
  const bool fixed = std::ranges::none_of(first, &Part::parameter);
  auto& list = fixed ? by_first_segment_[std::string(first_segment(path_template))] : other_rows_;
  list.push_back(rows_.size());
  rows_.push_back(std::move(added));
}

/// Text and parameters in turn; a parameter takes at least one byte and ends at the first place where the text after it
/// begins.
bool Router::match_parts(const std::vector<Part>& parts, std::string_view text, Values& values) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!parts[i].parameter) {
      if (!text.starts_with(parts[i].text)) return false;
      text.remove_prefix(parts[i].text.size());
      continue;
    }
    const bool last = i + 1 == parts.size();
    const auto end = last ? text.size() : text.find(parts[i + 1].text, 1);
    if (text.empty() || end == std::string_view::npos) return false;
    values.emplace_back(parts[i].text, text.substr(0, end));
    text.remove_prefix(end);
  }
  return text.empty();
}

bool Router::match_row(const Row& row, std::string_view path, Values& values) {
  for (std::size_t i = 0; i < row.segments.size(); ++i) {
    // `path` is at the slash before this segment.
    if (!path.starts_with('/')) return false;
    path.remove_prefix(1);
    const auto& segment = row.segments[i];
    const auto text = segment.tail ? path : path.substr(0, path.find('/'));
    if (!match_parts(segment.parts, text, values)) return false;
    path.remove_prefix(text.size());
  }
  return path.empty();
}

int Router::specificity(const Segment& segment) {
  if (segment.tail) return 0;
  if (segment.parts.size() == 1 && segment.parts.front().parameter) return 1;
  return std::ranges::any_of(segment.parts, &Part::parameter) ? 2 : 3;
}

bool Router::more_specific(const Row& a, const Row& b) {
  const std::size_t common = std::min(a.segments.size(), b.segments.size());
  for (std::size_t i = 0; i < common; ++i) {
    const int x = specificity(a.segments[i]);
    const int y = specificity(b.segments[i]);
    if (x != y) return x > y;
  }
  return false;
}

template <class Visit>
void Router::for_each_candidate(std::string_view path, Visit visit) const {
  if (!path.starts_with('/')) return;
  const auto named = by_first_segment_.find(first_segment(path));
  if (named != by_first_segment_.end()) {
    for (const std::size_t index : named->second) visit(rows_[index]);
  }
  for (const std::size_t index : other_rows_) visit(rows_[index]);
}

base::Result<Router::Match> Router::match(std::string_view method, std::string_view encoded_path) const {
  const Row* best = nullptr;
  Values best_values;
  bool path_known = false;
  for_each_candidate(encoded_path, [&](const Row& row) {
    if (path_known && row.method != method) return;
    Values values;
    if (!match_row(row, encoded_path, values)) return;
    path_known = true;
    if (row.method != method || (best != nullptr && !more_specific(row, *best))) return;
    best = &row;
    best_values = std::move(values);
  });
  if (!path_known) return Error(Errc::not_found, "no route has this path");
  if (best == nullptr) return Error(Errc::unsupported, "the path is known, but not with this method");
  Match found{.row = best->row, .parameters = {}};
  for (const auto& [name, text] : best_values) {
    ASSIGN_OR_RETURN(std::string value, base::percent_decode(text));
    if (value.find('\0') != std::string::npos) {
      return Error(Errc::invalid_argument, "the path parameter " + std::string(name) + " has a NUL byte");
    }
    found.parameters.add(std::string(name), std::move(value));
  }
  return found;
}

std::vector<std::string> Router::methods(std::string_view encoded_path) const {
  std::vector<std::string> found;
  for_each_candidate(encoded_path, [&](const Row& row) {
    Values values;
    if (!match_row(row, encoded_path, values)) return;
    if (std::ranges::find(found, row.method) == found.end()) found.push_back(row.method);
  });
  return found;
}

}  // namespace http
