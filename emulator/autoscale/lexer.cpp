#include "emulator/autoscale/lexer.h"

#include "wire/batch/errors.h"

#include <array>
#include <charconv>
#include <cmath>

namespace emulator::autoscale {
namespace {

constexpr auto kTwoCharacterSymbols = std::to_array<std::string_view>({"<=", ">=", "==", "!=", "&&", "||"});
constexpr std::string_view kSymbols = "+-*/()<>!?:;,.=";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}
/// The second and later bytes of a character in UTF-8.
bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  base::Result<std::vector<Token>> run() {
    std::vector<Token> tokens;
    while (true) {
      skip_space();
      ASSIGN_OR_RETURN(Token token, next());
      tokens.push_back(std::move(token));
      if (tokens.back().kind == TokenKind::end) return tokens;
    }
  }

 private:
  [[nodiscard]] bool done() const { return place_ == text_.size(); }
  [[nodiscard]] char here() const { return done() ? '\0' : text_[place_]; }
  [[nodiscard]] std::string_view rest() const { return text_.substr(place_); }

  void advance(std::size_t by = 1) {
    for (; by > 0 && !done(); --by) {
      if (here() == '\n') {
        ++at_.line;
        at_.column = 1;
      } else if (!continues_character(here())) {
        ++at_.column;
      }
      ++place_;
    }
  }

  void skip_space() {
    while (!done()) {
      if (is_space(here())) {
        advance();
      } else if (rest().starts_with("//")) {
        while (!done() && here() != '\n') advance();
      } else {
        return;
      }
    }
  }

  base::Result<Token> next() {
    if (done()) return Token{.kind = TokenKind::end, .at = at_};
    if (starts_name(here())) return name();
    if (is_digit(here()) || (here() == '.' && rest().size() > 1 && is_digit(rest()[1]))) return number();
    if (here() == '"') return quoted();
    for (const auto symbol : kTwoCharacterSymbols) {
      if (rest().starts_with(symbol)) return take(TokenKind::symbol, symbol.size());
    }
    if (kSymbols.find(here()) != std::string_view::npos) return take(TokenKind::symbol, 1);
    return syntax_error(at_, "unexpected character");
  }

  Token take(TokenKind kind, std::size_t size) {
    Token token{.kind = kind, .at = at_, .text = std::string(rest().substr(0, size))};
    advance(size);
    return token;
  }

  Token name() {
    std::size_t size = 1;
    while (size < rest().size() && (starts_name(rest()[size]) || is_digit(rest()[size]))) ++size;
    return take(TokenKind::name, size);
  }

  base::Result<Token> number() {
    double value = 0;
    const auto [end, error] = std::from_chars(rest().data(), rest().data() + rest().size(), value);
    const auto size = static_cast<std::size_t>(end - rest().data());
    if (error != std::errc{} || !std::isfinite(value)) return syntax_error(at_, "the number is out of range");
    Token token = take(TokenKind::number, size);
    token.number = value;
    if (starts_name(here())) return syntax_error(at_, "a name cannot begin here");
    return token;
  }

  base::Result<Token> quoted() {
    const std::size_t end = rest().find_first_of("\"\n", 1);
    if (end == std::string_view::npos || rest()[end] != '"') return syntax_error(at_, "the text has no end");
    Token token = take(TokenKind::text, end + 1);
    token.text = token.text.substr(1, token.text.size() - 2);
    return token;
  }

  std::string_view text_;
  std::size_t place_ = 0;
  Position at_;
};

}  // namespace

std::string at_position(Position at, std::string_view what) {
  return "Line " + std::to_string(at.line) + ", Col " + std::to_string(at.column) + ": " + std::string(what);
}

base::Error syntax_error(Position at, std::string_view what) {
  return wire::batch::make_error(wire::batch::ErrorCode::AutoScalingFormulaSyntaxError,
                                 {{"Reason", at_position(at, what)}});
}

base::Result<std::vector<Token>> tokens_of(std::string_view formula) {
  return Lexer(formula).run();
}

}  // namespace emulator::autoscale
