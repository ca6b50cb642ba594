// A tokenizer, an operator stack, and a postfix program of comparisons and connectives.
#include "wire/odata.h"

#include "base/text.h"
#include "wire/time_text.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace wire::odata {
namespace {

using base::Errc;
using base::Error;
using base::Result;

struct OperatorName {
  std::string_view name;
  Operator op;
};
constexpr std::array<OperatorName, 6> kOperators = {{{"eq", Operator::eq},
                                                     {"ne", Operator::ne},
                                                     {"gt", Operator::gt},
                                                     {"ge", Operator::ge},
                                                     {"lt", Operator::lt},
                                                     {"le", Operator::le}}};

Error refusal(std::string reason) {
  return Error(Errc::invalid_argument, std::move(reason));
}

std::string in_quotes(std::string_view text) {
  return "'" + std::string(text) + "'";
}

std::string_view name_of(Operator op) {
  for (const auto& [name, value] : kOperators) {
    if (value == op) return name;
  }
  return "startswith";
}

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '/' ||
         c == '-' || c == '.' || c == ':';
}

enum class TokenKind { word, text, open, close, comma, end };
struct Token {
  TokenKind kind;
  std::string value;  ///< of words and texts, quotes removed
};

class Tokens {
 public:
  explicit Tokens(std::string_view text) : rest_(text) {}

  Result<Token> next() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) rest_.remove_prefix(1);
    if (rest_.empty()) return Token{TokenKind::end, ""};
    char c = rest_.front();
    if (c == '(') return symbol(TokenKind::open);
    if (c == ')') return symbol(TokenKind::close);
    if (c == ',') return symbol(TokenKind::comma);
    if (c == '\'') return text();
    auto end = std::find_if_not(rest_.begin(), rest_.end(), is_word_character);
    auto length = static_cast<std::size_t>(end - rest_.begin());
    if (length == 0) return refusal("The filter contains a character that belongs to no expression");
    std::string word(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return Token{TokenKind::word, std::move(word)};
  }

 private:
  Token symbol(TokenKind kind) {
    rest_.remove_prefix(1);
    return {kind, ""};
  }
  /// A quote inside is doubled.
  Result<Token> text() {
    std::string value;
    rest_.remove_prefix(1);
    while (!rest_.empty()) {
      char c = rest_.front();
      rest_.remove_prefix(1);
      if (c != '\'') {
        value += c;
      } else if (!rest_.empty() && rest_.front() == '\'') {
        value += c;
        rest_.remove_prefix(1);
      } else {
        return Token{TokenKind::text, std::move(value)};
      }
    }
    return refusal("A text in the filter is not closed by a quote");
  }

  std::string_view rest_;
};

template <class T>
bool holds(Operator op, const T& left, const T& right) {
  switch (op) {
    case Operator::eq: return left == right;
    case Operator::ne: return left != right;
    case Operator::gt: return left > right;
    case Operator::ge: return left >= right;
    case Operator::lt: return left < right;
    case Operator::le: return left <= right;
    case Operator::startswith: return false;
  }
  return false;
}

}  // namespace

/// One use of the tokenizer and the operator stack.
class FilterParser {
 public:
  FilterParser(std::string_view text, std::span<const FilterProperty> properties, FilterLimits limits)
      : tokens_(text), properties_(properties), limits_(limits) {}

  Result<Filter> parse() {
    RETURN_IF_ERROR(advance());
    for (;;) {
      RETURN_IF_ERROR(operand());
      while (token_.kind == TokenKind::close) RETURN_IF_ERROR(close());
      if (token_.kind == TokenKind::end) break;
      RETURN_IF_ERROR(connective());
    }
    while (!stack_.empty()) {
      if (stack_.back() == Pending::open) return refusal("A parenthesis in the filter is not closed");
      emit();
    }
    return std::move(filter_);
  }

 private:
  enum class Pending { open, disjunction, conjunction };  // in rising strength

  Result<void> advance() {
    ASSIGN_OR_RETURN(token_, tokens_.next());
    return {};
  }

  void emit() {
    filter_.steps_.emplace_back(stack_.back() == Pending::conjunction ? Filter::Connective::conjunction
                                                                      : Filter::Connective::disjunction);
    stack_.pop_back();
  }

  /// Any number of '(' and one comparison.
  Result<void> operand() {
    while (token_.kind == TokenKind::open) {
      if (++depth_ > limits_.depth) return refusal("The filter is nested too deeply");
      stack_.push_back(Pending::open);
      RETURN_IF_ERROR(advance());
    }
    if (++terms_ > limits_.terms) return refusal("The filter has too many comparisons");
    return comparison();
  }

  Result<void> close() {
    while (!stack_.empty() && stack_.back() != Pending::open) emit();
    if (stack_.empty()) return refusal("A parenthesis in the filter is closed but was not opened");
    stack_.pop_back();
    --depth_;
    return advance();
  }

  Result<void> connective() {
    bool conjunction = token_.kind == TokenKind::word && token_.value == "and";
    if (!conjunction && !(token_.kind == TokenKind::word && token_.value == "or")) {
      return refusal("The filter has something else than 'and' or 'or' between two comparisons");
    }
    Pending pending = conjunction ? Pending::conjunction : Pending::disjunction;
    while (!stack_.empty() && stack_.back() >= pending) emit();
    stack_.push_back(pending);
    return advance();
  }

  Result<void> comparison() {
    if (token_.kind != TokenKind::word) return refusal("The filter lacks a comparison where one is expected");
    std::string name = std::move(token_.value);
    RETURN_IF_ERROR(advance());
    if (name == "startswith" && token_.kind == TokenKind::open) return prefix_comparison();

    ASSIGN_OR_RETURN(const FilterProperty* property, find(name));
    const OperatorName* found = nullptr;
    for (const auto& candidate : kOperators) {
      if (token_.kind == TokenKind::word && token_.value == candidate.name) found = &candidate;
    }
    if (found == nullptr) return refusal("The filter has no known operator after " + in_quotes(name));
    RETURN_IF_ERROR(check_offered(*property, found->op));
    RETURN_IF_ERROR(advance());
    ASSIGN_OR_RETURN(Value value, literal(*property));
    filter_.steps_.emplace_back(Filter::Comparison{std::move(name), found->op, std::move(value)});
    return {};
  }

  /// After "startswith", at the parenthesis.
  Result<void> prefix_comparison() {
    RETURN_IF_ERROR(advance());
    std::string name = token_.kind == TokenKind::word ? token_.value : "";
    ASSIGN_OR_RETURN(const FilterProperty* property, find(name));
    RETURN_IF_ERROR(check_offered(*property, Operator::startswith));
    RETURN_IF_ERROR(advance());
    if (token_.kind != TokenKind::comma) return refusal("startswith needs a property, a comma and a text");
    RETURN_IF_ERROR(advance());
    if (token_.kind != TokenKind::text) return refusal("startswith needs a text in quotes");
    std::string prefix = std::move(token_.value);
    RETURN_IF_ERROR(advance());
    if (token_.kind != TokenKind::close) return refusal("startswith is not closed by a parenthesis");
    RETURN_IF_ERROR(advance());
    filter_.steps_.emplace_back(Filter::Comparison{std::move(name), Operator::startswith, std::move(prefix)});
    return {};
  }

  Result<const FilterProperty*> find(std::string_view name) {
    for (const auto& property : properties_) {
      if (property.name == name) return &property;
    }
    return refusal("The property " + in_quotes(name) + " cannot be used in a filter of this list");
  }

  static Result<void> check_offered(const FilterProperty& property, Operator op) {
    if ((property.operators & static_cast<Operators>(op)) != 0) return {};
    return refusal("The operator " + in_quotes(name_of(op)) + " is not supported for " + in_quotes(property.name));
  }

  /// The value after an operator, of the property's type; reads past it.
  Result<Value> literal(const FilterProperty& property) {
    Token token = std::move(token_);
    RETURN_IF_ERROR(advance());
    switch (property.type) {
      case ValueType::text:
        if (token.kind == TokenKind::text) return Value(std::move(token.value));
        return refusal("The value for " + in_quotes(property.name) + " is not a text in quotes");
      case ValueType::integer: return integer(property, token);
      case ValueType::boolean:
        if (token.kind == TokenKind::word && token.value == "true") return Value(true);
        if (token.kind == TokenKind::word && token.value == "false") return Value(false);
        return refusal("The value for " + in_quotes(property.name) + " is neither true nor false");
      case ValueType::time: return time(property, token);
    }
    return refusal("The value has no type");
  }

  static Result<Value> integer(const FilterProperty& property, const Token& token) {
    std::int64_t number = 0;
    const char* end = token.value.data() + token.value.size();
    auto parsed = std::from_chars(token.value.data(), end, number);
    if (token.kind == TokenKind::word && parsed.ec == std::errc() && parsed.ptr == end) return Value(number);
    return refusal("The value for " + in_quotes(property.name) + " is not an integer");
  }

  /// datetime'...': the word is already read, the text may follow.
  Result<Value> time(const FilterProperty& property, const Token& token) {
    bool is_time = token.kind == TokenKind::word && base::equal_ignoring_case(token.value, "datetime") &&
                   token_.kind == TokenKind::text;
    if (!is_time) return refusal("The value for " + in_quotes(property.name) + " is not of the form DateTime'...'");
    std::string text = std::move(token_.value);
    RETURN_IF_ERROR(advance());
    auto parsed = parse_timestamp(text);
    if (!parsed) parsed = parse_http_date(text);
    if (!parsed) return refusal("The time for " + in_quotes(property.name) + " is neither ISO 8601 nor RFC 1123");
    return Value(*parsed);
  }

  Tokens tokens_;
  std::span<const FilterProperty> properties_;
  FilterLimits limits_;
  Token token_{TokenKind::end, ""};
  std::vector<Pending> stack_;
  std::size_t depth_ = 0;
  std::size_t terms_ = 0;
  Filter filter_;
};

Result<Filter> Filter::parse(std::string_view text, std::span<const FilterProperty> properties, FilterLimits limits) {
  if (text.size() > limits.length) return refusal("The filter is too long");
  return FilterParser(text, properties, limits).parse();
}

bool Filter::compare(const Comparison& comparison, const Lookup& lookup) {
  auto value = lookup(comparison.property);
  if (!value || value->index() != comparison.literal.index()) return false;
  if (const auto* text = std::get_if<std::string>(&*value)) {
    const auto& literal = std::get<std::string>(comparison.literal);
    if (comparison.op == Operator::startswith) return base::starts_with_ignoring_case(*text, literal);
    return holds(comparison.op, base::compare_ignoring_case(*text, literal), 0);
  }
  return std::visit(
      [&](const auto& left) {
        using T = std::decay_t<decltype(left)>;
        return holds(comparison.op, left, std::get<T>(comparison.literal));
      },
      *value);
}

bool Filter::matches(const Lookup& lookup) const {
  std::vector<bool> results;
  for (const auto& step : steps_) {
    if (const auto* comparison = std::get_if<Comparison>(&step)) {
      results.push_back(compare(*comparison, lookup));
      continue;
    }
    bool right = results.back();
    results.pop_back();
    bool conjunction = std::get<Connective>(step) == Connective::conjunction;
    results.back() = conjunction ? results.back() && right : results.back() || right;
  }
  return !results.empty() && results.back();
}

bool Select::contains(std::string_view member) const {
  return std::any_of(members_.begin(), members_.end(), [member](std::string_view path) {
    return path.starts_with(member) && (path.size() == member.size() || path[member.size()] == '/');
  });
}

std::optional<Select> Select::within(std::string_view member) const {
  std::vector<std::string> inside;
  for (std::string_view path : members_) {
    if (path == member) return std::nullopt;
    if (path.starts_with(member) && path[member.size()] == '/') inside.emplace_back(path.substr(member.size() + 1));
  }
  return Select(std::move(inside));
}

Result<Select> parse_select(std::string_view text, const std::function<bool(std::string_view)>& known,
                            std::size_t max_length) {
  if (text.size() > max_length) return refusal("The list of selected members is too long");
  std::vector<std::string> members;
  for (const auto& item : base::split(text, ',')) {
    std::string member(base::trim(item));
    if (!known(member)) return refusal("There is no member " + in_quotes(member) + " to select");
    members.push_back(std::move(member));
  }
  return Select(std::move(members));
}

}  // namespace wire::odata
