// Syntax: a formula as a tree. Not for use outside this folder.
//
// Chains of operators of one precedence are one node with many operands, so that only parentheses, conditionals, unary
// operators and arguments make a tree deep; the parser bounds that depth, and walking the tree may recurse.
#pragma once

#include "emulator/autoscale/lexer.h"

#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace emulator::autoscale {

struct Expression;
using ExpressionPtr = std::unique_ptr<const Expression>;

struct NumberLiteral {
  double value = 0;
};
struct TextLiteral {
  std::string value;
};
struct Name {
  std::string name;
};
struct Unary {
  char operation = '-';  ///< or '!'
  ExpressionPtr operand;
};
enum class Operation { add, subtract, multiply, divide, less, less_equal, greater, greater_equal, equal, not_equal };
struct Chain {
  struct Link {
    Operation operation{};
    Position at;
    ExpressionPtr operand;
  };
  ExpressionPtr first;
  std::vector<Link> links;
};
/// && and ||: an operand is looked at only when those before it do not decide.
struct Logical {
  bool all = true;  ///< &&, else ||
  std::vector<ExpressionPtr> operands;
};
struct Conditional {
  ExpressionPtr condition, yes, no;
};
struct Call {
  std::string function;
  std::vector<ExpressionPtr> arguments;
};
struct MethodCall {
  ExpressionPtr object;
  std::string method;
  std::vector<ExpressionPtr> arguments;
};
struct Member {
  ExpressionPtr object;
  std::string name;
};

struct Expression {
  Position at;
  std::variant<NumberLiteral, TextLiteral, Name, Unary, Chain, Logical, Conditional, Call, MethodCall, Member> what;
};

struct Statement {
  Position at;
  std::string target;  ///< empty: an expression alone
  ExpressionPtr value;
  bool joined = false;  ///< no ';' stands before it
};

}  // namespace emulator::autoscale
