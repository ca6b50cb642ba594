// Numbers and times as the command writes them.
#include "nodeagent/media/arguments.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace nodeagent::media {

std::optional<double> parse_number(std::string_view text) {
  if (text.empty() || std::isspace(static_cast<unsigned char>(text.front()))) return std::nullopt;
  const std::string copy(text);
  char* end = nullptr;
  double value = std::strtod(copy.c_str(), &end);
  if (end == copy.c_str() || !std::isfinite(value)) return std::nullopt;
  std::string_view suffix = end;
  constexpr std::string_view kPowers = "kMGTP";
  if (!suffix.empty()) {
    const char letter = suffix.front() == 'K' ? 'k' : suffix.front();
    const auto power = kPowers.find(letter);
    if (power != std::string_view::npos) {
      suffix.remove_prefix(1);
      const bool binary = suffix.starts_with('i');
      if (binary) suffix.remove_prefix(1);
      value *= std::pow(binary ? 1024.0 : 1000.0, static_cast<double>(power + 1));
    }
  }
  if (suffix.starts_with('B')) {
    value *= 8;
    suffix.remove_prefix(1);
  }
  if (!suffix.empty() || !std::isfinite(value)) return std::nullopt;
  return value;
}

namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;

/// Digits at the front of `text`, at most nine of them; removes them.
std::optional<std::int64_t> take_digits(std::string_view& text) {
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + std::min<std::size_t>(text.size(), 12), value);
  if (code != std::errc{} || text.front() == '-') return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

/// `.123456` as microseconds; removes it, further digits too.
std::int64_t take_fraction(std::string_view& text) {
  if (!text.starts_with('.')) return 0;
  text.remove_prefix(1);
  std::int64_t micros = 0;
  std::int64_t unit = kMicrosPerSecond / 10;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    micros += unit * (text.front() - '0');
    unit /= 10;
    text.remove_prefix(1);
  }
  return micros;
}

}  // namespace

std::optional<std::int64_t> parse_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  std::int64_t seconds = 0;
  std::int64_t first = 0;
  int fields = 0;
  while (true) {
    if (text.empty()) return std::nullopt;
    if (fields == 0 && text.front() == '.') break;  // ".5"
    const auto field = take_digits(text);
    if (!field) return std::nullopt;
    if (++fields == 1) first = *field;
    if (fields > 1 && *field > 59) return std::nullopt;
    seconds = seconds * 60 + *field;
    if (fields == 3 || !text.starts_with(':')) break;
    text.remove_prefix(1);
  }
  if (fields == 2 && first > 59) return std::nullopt;  // Minutes; hours may be as many as wanted.
  std::int64_t scale = kMicrosPerSecond;
  const auto fraction = take_fraction(text);
  std::int64_t micros = 0;
  if (fields <= 1 && text == "ms") {
    scale = 1000;
    text = {};
  } else if (fields <= 1 && text == "us") {
    scale = 1;
    text = {};
  } else if (fields <= 1 && text == "s") {
    text = {};
  }
  if (!text.empty()) return std::nullopt;
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / kMicrosPerSecond - 1;
  if (seconds > kMost) return std::nullopt;
  micros = seconds * scale + fraction * scale / kMicrosPerSecond;
  return negative ? -micros : micros;
}

}  // namespace nodeagent::media
