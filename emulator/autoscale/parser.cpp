// Precedence is C's (inferred, contract 8.3): unary, * /, + -, relations, equality, &&, ||, and ?: from the right.
#include "emulator/autoscale/parser.h"

#include "emulator/autoscale/formula.h"
#include "emulator/autoscale/functions.h"

#include <array>
#include <optional>

namespace emulator::autoscale {
namespace {

struct Symbol {
  std::string_view text;
  Operation operation;
};
using Level = std::vector<Symbol>;

/// The binary operators that are evaluated one after the other, loosest first.
const std::array<Level, 4>& levels() {
  using enum Operation;
  static const std::array<Level, 4> kLevels = {
      {{{"==", equal}, {"!=", not_equal}},
       {{"<", less}, {"<=", less_equal}, {">", greater}, {">=", greater_equal}},
       {{"+", add}, {"-", subtract}},
       {{"*", multiply}, {"/", divide}}}};
  return kLevels;
}

template <class What>
ExpressionPtr make(Position at, What what) {
  return std::make_unique<const Expression>(Expression{.at = at, .what = std::move(what)});
}

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  base::Result<std::vector<Statement>> run() {
    std::vector<Statement> statements;
    bool joined = false;
    while (true) {
      while (take(";")) {
      }
      if (here().kind == TokenKind::end) return statements;
      if (statements.size() == kMaxStatements) {
        return syntax_error(here().at, "the formula has more than " + std::to_string(kMaxStatements) + " statements");
      }
      ASSIGN_OR_RETURN(Statement parsed, statement());
      parsed.joined = joined;
      statements.push_back(std::move(parsed));
      joined = here().kind != TokenKind::end && !is(";");
      // The service takes a formula in which a ';' is missing between two assignments, and fails to evaluate it
      // (contract 8.1).
      if (joined && !begins_assignment()) return syntax_error(here().at, "expected ';'");
    }
  }

 private:
  [[nodiscard]] const Token& here() const { return tokens_[place_]; }
  [[nodiscard]] bool is(std::string_view symbol) const {
    return here().kind == TokenKind::symbol && here().text == symbol;
  }
  [[nodiscard]] bool begins_assignment() const {
    const Token& next = tokens_[std::min(place_ + 1, tokens_.size() - 1)];
    return here().kind == TokenKind::name && next.kind == TokenKind::symbol && next.text == "=";
  }
  bool take(std::string_view symbol) {
    if (!is(symbol)) return false;
    ++place_;
    return true;
  }
  base::Result<void> expect(std::string_view symbol) {
    if (take(symbol)) return {};
    return syntax_error(here().at, "expected '" + std::string(symbol) + "'");
  }

  base::Result<Statement> statement() {
    Statement made{.at = here().at};
    if (begins_assignment()) {
      made.target = here().text;
      place_ += 2;
    }
    ASSIGN_OR_RETURN(made.value, expression());
    return made;
  }

  base::Result<ExpressionPtr> expression() {
    const Depth depth(depth_);
    if (depth_ > kMaxDepth) return syntax_error(here().at, "the formula is nested too deeply");
    const Position at = here().at;
    ASSIGN_OR_RETURN(ExpressionPtr condition, logical(false));
    if (!take("?")) return condition;
    Conditional made{.condition = std::move(condition)};
    ASSIGN_OR_RETURN(made.yes, expression());
    RETURN_IF_ERROR(expect(":"));
    ASSIGN_OR_RETURN(made.no, expression());
    return make(at, std::move(made));
  }

  base::Result<ExpressionPtr> logical(bool all) {
    const Position at = here().at;
    Logical made{.all = all};
    do {
      ASSIGN_OR_RETURN(ExpressionPtr operand, all ? chain(0) : logical(true));
      made.operands.push_back(std::move(operand));
    } while (take(all ? "&&" : "||"));
    if (made.operands.size() == 1) return std::move(made.operands.front());
    return make(at, std::move(made));
  }

  [[nodiscard]] std::optional<Operation> operation_of(std::size_t level) const {
    for (const Symbol& symbol : levels()[level]) {
      if (is(symbol.text)) return symbol.operation;
    }
    return std::nullopt;
  }

  base::Result<ExpressionPtr> chain(std::size_t level) {
    if (level == levels().size()) return unary();
    const Position at = here().at;
    ASSIGN_OR_RETURN(ExpressionPtr first, chain(level + 1));
    Chain made;
    while (const auto operation = operation_of(level)) {
      Chain::Link link{.operation = *operation, .at = here().at};
      ++place_;
      ASSIGN_OR_RETURN(link.operand, chain(level + 1));
      made.links.push_back(std::move(link));
    }
    if (made.links.empty()) return first;
    made.first = std::move(first);
    return make(at, std::move(made));
  }

  base::Result<ExpressionPtr> unary() {
    if (!is("-") && !is("!")) return postfix();
    const Depth depth(depth_);
    if (depth_ > kMaxDepth) return syntax_error(here().at, "the formula is nested too deeply");
    const Position at = here().at;
    Unary made{.operation = here().text.front()};
    ++place_;
    ASSIGN_OR_RETURN(made.operand, unary());
    return make(at, std::move(made));
  }

  base::Result<ExpressionPtr> postfix() {
    ASSIGN_OR_RETURN(ExpressionPtr object, primary());
    const int outer = depth_;
    while (take(".")) {
      if (++depth_ > kMaxDepth) return syntax_error(here().at, "the formula is nested too deeply");
      if (here().kind != TokenKind::name) return syntax_error(here().at, "expected a name after '.'");
      const Token name = here();
      ++place_;
      if (!take("(")) {
        object = make(name.at, Member{.object = std::move(object), .name = name.text});
        continue;
      }
      MethodCall call{.object = std::move(object), .method = name.text};
      ASSIGN_OR_RETURN(call.arguments, arguments());
      RETURN_IF_ERROR(check_method_call(name.at, call.method, call.arguments.size()));
      object = make(name.at, std::move(call));
    }
    depth_ = outer;
    return object;
  }

  base::Result<ExpressionPtr> primary() {
    const Token token = here();
    if (token.kind == TokenKind::end) return syntax_error(token.at, "the formula ends in the middle of an expression");
    ++place_;
    switch (token.kind) {
      case TokenKind::number: return make(token.at, NumberLiteral{token.number});
      case TokenKind::text: return make(token.at, TextLiteral{token.text});
      case TokenKind::name: return name(token);
      case TokenKind::symbol:
      case TokenKind::end: break;
    }
    if (token.text != "(") return syntax_error(token.at, "unexpected '" + token.text + "'");
    ASSIGN_OR_RETURN(ExpressionPtr inner, expression());
    RETURN_IF_ERROR(expect(")"));
    return inner;
  }

  base::Result<ExpressionPtr> name(const Token& token) {
    if (!take("(")) return make(token.at, Name{token.text});
    Call call{.function = token.text};
    ASSIGN_OR_RETURN(call.arguments, arguments());
    RETURN_IF_ERROR(check_function_call(token.at, call.function, call.arguments.size()));
    return make(token.at, std::move(call));
  }

  /// After the opening parenthesis.
  base::Result<std::vector<ExpressionPtr>> arguments() {
    std::vector<ExpressionPtr> list;
    if (take(")")) return list;
    do {
      ASSIGN_OR_RETURN(ExpressionPtr argument, expression());
      list.push_back(std::move(argument));
    } while (take(","));
    RETURN_IF_ERROR(expect(")"));
    return list;
  }

  /// Counts a level of nesting while it lives.
  class Depth {
   public:
    explicit Depth(int& depth) : depth_(depth) { ++depth_; }
    ~Depth() { --depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;

   private:
    int& depth_;
  };

  std::vector<Token> tokens_;
  std::size_t place_ = 0;
  int depth_ = 0;
};

}  // namespace

base::Result<std::vector<Statement>> parse_statements(std::string_view formula) {
  ASSIGN_OR_RETURN(std::vector<Token> tokens, tokens_of(formula));
  return Parser(std::move(tokens)).run();
}

}  // namespace emulator::autoscale
