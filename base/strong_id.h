// One template for every kind of id: two ids of different kinds do not mix.
//
// Batch ids keep their casing and compare without it (contract 4.0), so equality, order and hash fold ASCII case.
#pragma once

#include "base/text.h"

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace base {

/// An id whose text is kept as given and compared case-insensitively. Tag is an empty struct that names the kind.
template <class Tag>
class CaselessId {
 public:
  CaselessId() = default;
  explicit CaselessId(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
  friend bool operator==(const CaselessId& a, const CaselessId& b) { return equal_ignoring_case(a.text_, b.text_); }
  friend std::weak_ordering operator<=>(const CaselessId& a, const CaselessId& b) {
    return compare_ignoring_case(a.text_, b.text_) <=> 0;
  }

 private:
  std::string text_;
};

}  // namespace base

template <class Tag>
struct std::hash<base::CaselessId<Tag>> {
  std::size_t operator()(const base::CaselessId<Tag>& id) const noexcept {
    return std::hash<std::string>{}(base::lower_case(id.text()));
  }
};
