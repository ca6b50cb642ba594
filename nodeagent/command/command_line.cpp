#include "nodeagent/command/command_line.h"

namespace nodeagent::command {
namespace {

/// Characters that a shell does not take literally outside quotes. '#' and '~' are special only at some places, which
/// is more than is worth telling apart.
constexpr std::string_view kShellCharacters = "|&;<>()$`*?[]{}~#!\n\r";
constexpr std::string_view kEscapedInDoubleQuotes = "\\\"$`";

/// Reads words one after another. With `strict` it stops at the first character that only a shell understands.
class WordReader {
 public:
  WordReader(std::string_view text, bool strict) : rest_(text), strict_(strict) {}

  /// False at the first thing that cannot be read; words() is then incomplete.
  bool read_all() {
    while (!rest_.empty()) {
      const char c = take();
      if (c == '\0') return false;
      if (!read_one(c)) return false;
    }
    end_word();
    return true;
  }
  std::vector<std::string> words() && { return std::move(words_); }

 private:
  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  void add(char c) {
    word_ += c;
    in_word_ = true;
  }
  void end_word() {
    if (in_word_) words_.push_back(std::move(word_));
    word_.clear();
    in_word_ = false;
  }

  bool read_one(char c) {
    if (strict_ && kShellCharacters.find(c) != std::string_view::npos) return false;
    switch (c) {
      case ' ':
      case '\t':
      case '\n':
      case '\r': end_word(); return true;
      case '\'': return read_single_quotes();
      case '"': return read_double_quotes();
      case '\\': return read_escape();
      default: add(c); return true;
    }
  }

  bool read_single_quotes() {
    in_word_ = true;
    const auto end = rest_.find('\'');
    if (end == std::string_view::npos || rest_.substr(0, end).find('\0') != std::string_view::npos) return false;
    word_.append(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return true;
  }

  bool read_double_quotes() {
    in_word_ = true;
    while (!rest_.empty()) {
      char c = take();
      if (c == '"') return true;
      if (c == '\0' || (strict_ && (c == '$' || c == '`'))) return false;
      if (c == '\\' && !rest_.empty()) {
        if (strict_ && rest_.front() == '\n') return false;  // a shell would join the lines
        if (kEscapedInDoubleQuotes.find(rest_.front()) != std::string_view::npos) c = take();
      }
      add(c);
    }
    return false;
  }

  bool read_escape() {
    if (rest_.empty()) {
      add('\\');
      return true;
    }
    const char c = take();
    if (c == '\0' || (strict_ && (c == '\n' || c == '\r'))) return false;
    add(c);
    return true;
  }

  std::string_view rest_;
  bool strict_;
  bool in_word_ = false;
  std::string word_;
  std::vector<std::string> words_;
};

}  // namespace

base::Result<std::vector<std::string>> split_command_line(std::string_view text) {
  WordReader reader(text, false);
  if (!reader.read_all()) {
    return base::Error(base::Errc::invalid_argument, "reading the command line: a quote is not closed, or a NUL byte");
  }
  auto words = std::move(reader).words();
  if (words.empty()) return base::Error(base::Errc::invalid_argument, "reading the command line: it is empty");
  return words;
}

std::optional<std::vector<std::string>> split_plain_shell_text(std::string_view text) {
  WordReader reader(text, true);
  if (!reader.read_all()) return std::nullopt;
  auto words = std::move(reader).words();
  if (words.empty()) return std::nullopt;
  return words;
}

}  // namespace nodeagent::command
