// $filter and $select, without knowing what is listed: which properties exist is the caller's table
// (contract 4.7, 4.8).
//
//   filter     := or ;  or := and ("or" and)* ;  and := term ("and" term)* ;  term := "(" filter ")" | comparison
//   comparison := property op literal | "startswith" "(" property "," text ")"
//
// Parsed with an operator stack into postfix form: neither parsing nor evaluation recurses. Strings compare without
// case; a property that the entity lacks matches nothing. Errors are base::Errc::invalid_argument whose message is the
// reason in a sentence.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace wire::odata {

enum class ValueType { text, integer, boolean, time };
/// The alternatives stand in the order of ValueType.
using Value = std::variant<std::string, std::int64_t, bool, base::Timestamp>;

/// Gives a property's value ("executionInfo/exitCode"), or nothing when the entity lacks it.
using Lookup = std::function<std::optional<Value>(std::string_view property)>;

enum class Operator : unsigned { eq = 1, ne = 2, gt = 4, ge = 8, lt = 16, le = 32, startswith = 64 };
using Operators = unsigned;  ///< a set of Operator bits
inline constexpr Operators kEquality = 1 | 2;
inline constexpr Operators kOrdering = kEquality | 4 | 8 | 16 | 32;
inline constexpr Operators kOrderingAndPrefix = kOrdering | 64;

/// One row of a list's table. Names are case-sensitive.
struct FilterProperty {
  std::string_view name;
  ValueType type;
  Operators operators;
};

struct FilterLimits {
  std::size_t length = 4096;  ///< characters
  std::size_t depth = 32;     ///< open parentheses
  std::size_t terms = 100;    ///< comparisons
};

/// A parsed filter; immutable, safe to share.
class Filter {
 public:
  static base::Result<Filter> parse(std::string_view text, std::span<const FilterProperty> properties,
                                    FilterLimits limits = {});
  [[nodiscard]] bool matches(const Lookup& lookup) const;

 private:
  struct Comparison {
    std::string property;
    Operator op;
    Value literal;
  };
  enum class Connective { conjunction, disjunction };
  using Step = std::variant<Comparison, Connective>;
  friend class FilterParser;
  static bool compare(const Comparison& comparison, const Lookup& lookup);

  std::vector<Step> steps_;  ///< postfix
};

/// The members a reader asked for, as written: names, or paths into objects ("executionInfo/exitCode").
class Select {
 public:
  explicit Select(std::vector<std::string> members) : members_(std::move(members)) {}
  /// Whether the member, or something inside it, was asked for.
  [[nodiscard]] bool contains(std::string_view member) const;
  /// What was asked for inside a member; nothing when the whole member was.
  [[nodiscard]] std::optional<Select> within(std::string_view member) const;
  [[nodiscard]] const std::vector<std::string>& members() const { return members_; }

 private:
  std::vector<std::string> members_;
};

/// "id, state": names or paths separated by commas, spaces allowed, each one of `known` (case-sensitive).
base::Result<Select> parse_select(std::string_view text, const std::function<bool(std::string_view)>& known,
                                  std::size_t max_length = 4096);

}  // namespace wire::odata
