// Lexer: a formula's text as tokens, each with its place. Not for use outside this folder.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace emulator::autoscale {

/// Both count from 1; columns are characters.
struct Position {
  std::int32_t line = 1;
  std::int32_t column = 1;
};
/// "Line 15, Col 44: " and what is wrong there (contract 8.9).
std::string at_position(Position at, std::string_view what);
/// AutoScalingFormulaSyntaxError.
base::Error syntax_error(Position at, std::string_view what);

enum class TokenKind { name, number, text, symbol, end };

struct Token {
  TokenKind kind = TokenKind::end;
  Position at;
  std::string text;  ///< of a name, a symbol, or the inside of a text
  double number = 0;
};

/// The last token is the end. AutoScalingFormulaSyntaxError.
base::Result<std::vector<Token>> tokens_of(std::string_view formula);

}  // namespace emulator::autoscale
