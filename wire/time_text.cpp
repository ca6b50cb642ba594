// Times are taken apart with a small cursor over the text; std::chrono does the calendar.
#include "wire/time_text.h"

#include "base/text.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <optional>

namespace wire {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using base::Ticks;
using base::Timestamp;

constexpr std::int64_t kTicksPerSecond = 10'000'000;
constexpr int kFractionDigits = 7;
/// Ticks from 0001-01-01 to 1970-01-01.
constexpr std::int64_t kEpochTicks = 719'162LL * 86'400 * kTicksPerSecond;
constexpr int kMaxYear = 9999;

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

Error bad_text(std::string_view what, std::string_view text) {
  constexpr std::size_t kShown = 64;
  return Error(Errc::invalid_argument, "not " + std::string(what) + ": '" + std::string(text.substr(0, kShown)) + "'");
}

/// Reads a text from left to right; every step says whether it found what it was asked for.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

  bool skip(char c) {
    if (peek() != c || rest_.empty()) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool skip(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  /// Exactly `digits` decimal digits.
  std::optional<int> number(std::size_t digits) {
    if (rest_.size() < digits) return std::nullopt;
    int value = 0;
    for (char c : rest_.substr(0, digits)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(digits);
    return value;
  }
  /// As many digits as follow, at least one.
  std::optional<std::int64_t> long_number() {
    std::int64_t value = 0;
    auto [end, failure] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (failure != std::errc()) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }
  /// The digits after a decimal point in ticks; those past the seventh are cut off.
  std::optional<std::int64_t> fraction() {
    std::int64_t value = 0;
    int digits = 0;
    while (peek() >= '0' && peek() <= '9') {
      if (digits < kFractionDigits) value = value * 10 + (peek() - '0');
      ++digits;
      rest_.remove_prefix(1);
    }
    if (digits == 0) return std::nullopt;
    for (; digits < kFractionDigits; ++digits) value *= 10;
    return value;
  }
  /// One of the words in exactly that casing; its index.
  template <std::size_t N>
  std::optional<unsigned> word(const std::array<std::string_view, N>& words) {
    for (unsigned i = 0; i < N; ++i) {
      if (skip(words[i])) return i;
    }
    return std::nullopt;
  }

 private:
  std::string_view rest_;
};

std::optional<Timestamp> midnight(int year, int month, int day) {
  std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                   std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || year < 1 || year > kMaxYear) return std::nullopt;
  return Timestamp(std::chrono::sys_days(date));
}

/// hh:mm:ss; the seconds may be missing when `seconds_optional`.
std::optional<Ticks> time_of_day(Cursor& cursor, bool seconds_optional) {
  auto hours = cursor.number(2);
  if (!hours || *hours > 23 || !cursor.skip(':')) return std::nullopt;
  auto minutes = cursor.number(2);
  if (!minutes || *minutes > 59) return std::nullopt;
  Ticks time = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  if (!cursor.skip(':')) return seconds_optional ? std::optional(time) : std::nullopt;
  auto seconds = cursor.number(2);
  if (!seconds || *seconds > 59) return std::nullopt;
  return time + std::chrono::seconds(*seconds);
}

std::string fraction_text(std::int64_t ticks) {
  if (ticks == 0) return {};
  std::array<char, kFractionDigits + 2> digits{};
  std::snprintf(digits.data(), digits.size(), ".%07lld", static_cast<long long>(ticks));
  std::string text(digits.data());
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

struct CalendarTime {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<Ticks> time;
  unsigned weekday;
};

CalendarTime calendar(Timestamp time) {
  auto day = std::chrono::floor<std::chrono::days>(time);
  return {std::chrono::year_month_day(day), std::chrono::hh_mm_ss<Ticks>(time - day),
          std::chrono::weekday(day).c_encoding()};
}

std::optional<Timestamp> parse_rfc1123(Cursor cursor) {
  if (!cursor.word(kDays) || !cursor.skip(", ")) return std::nullopt;
  auto day = cursor.number(2);
  if (!day) day = cursor.number(1);
  if (!day || !cursor.skip(' ')) return std::nullopt;
  auto month = cursor.word(kMonths);
  if (!month || !cursor.skip(' ')) return std::nullopt;
  auto year = cursor.number(4);
  if (!year || !cursor.skip(' ')) return std::nullopt;
  auto date = midnight(*year, static_cast<int>(*month) + 1, *day);
  auto time = time_of_day(cursor, false);
  if (!date || !time || !cursor.skip(" GMT") || !cursor.at_end()) return std::nullopt;
  return *date + *time;
}

std::optional<Timestamp> parse_rfc850(Cursor cursor) {
  constexpr int kFirstYearOfLastCentury = 70;
  if (!cursor.word(kLongDays) || !cursor.skip(", ")) return std::nullopt;
  auto day = cursor.number(2);
  if (!day || !cursor.skip('-')) return std::nullopt;
  auto month = cursor.word(kMonths);
  if (!month || !cursor.skip('-')) return std::nullopt;
  auto year = cursor.number(2);
  if (!year || !cursor.skip(' ')) return std::nullopt;
  int full_year = *year + (*year >= kFirstYearOfLastCentury ? 1900 : 2000);
  auto date = midnight(full_year, static_cast<int>(*month) + 1, *day);
  auto time = time_of_day(cursor, false);
  if (!date || !time || !cursor.skip(" GMT") || !cursor.at_end()) return std::nullopt;
  return *date + *time;
}

/// Z, an offset, or nothing; what must be subtracted to get UTC.
std::optional<Ticks> zone(Cursor& cursor) {
  if (cursor.at_end() || cursor.skip('Z') || cursor.skip('z')) return Ticks{0};
  bool east = cursor.skip('+');
  if (!east && !cursor.skip('-')) return std::nullopt;
  auto hours = cursor.number(2);
  if (!hours || *hours > 23) return std::nullopt;
  cursor.skip(':');
  auto minutes = cursor.number(2);
  if (!minutes || *minutes > 59) return std::nullopt;
  Ticks offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return east ? offset : -offset;
}

std::optional<Timestamp> parse_iso(Cursor cursor) {
  auto year = cursor.number(4);
  if (!year || !cursor.skip('-')) return std::nullopt;
  auto month = cursor.number(2);
  if (!month || !cursor.skip('-')) return std::nullopt;
  auto day = cursor.number(2);
  if (!day) return std::nullopt;
  auto date = midnight(*year, *month, *day);
  if (!date || cursor.at_end()) return date;
  if (!cursor.skip('T') && !cursor.skip('t')) return std::nullopt;
  auto time = time_of_day(cursor, true);
  if (!time) return std::nullopt;
  if (cursor.skip('.')) {
    auto ticks = cursor.fraction();
    if (!ticks) return std::nullopt;
    *time += Ticks(*ticks);
  }
  auto offset = zone(cursor);
  if (!offset || !cursor.at_end()) return std::nullopt;
  return *date + *time - *offset;
}

/// value += count * unit, unless that does not fit.
bool add(std::int64_t& value, std::int64_t count, std::int64_t unit) {
  std::int64_t product = 0;
  return !__builtin_mul_overflow(count, unit, &product) && !__builtin_add_overflow(value, product, &value);
}

struct Unit {
  char letter;
  std::int64_t seconds;
};
constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::array<Unit, 4> kDateUnits = {
    {{'Y', 365 * kDaySeconds}, {'M', 30 * kDaySeconds}, {'W', 7 * kDaySeconds}, {'D', kDaySeconds}}};
constexpr std::array<Unit, 3> kTimeUnits = {{{'H', 3600}, {'M', 60}, {'S', 1}}};

/// Numbers with unit letters in the order of `units`, each at most once. False on anything else.
template <std::size_t N>
bool add_units(Cursor& cursor, const std::array<Unit, N>& units, std::int64_t& ticks, int& found) {
  std::size_t next = 0;
  while (cursor.peek() >= '0' && cursor.peek() <= '9') {
    auto count = cursor.long_number();
    if (!count) return false;
    std::optional<std::int64_t> fraction = 0;
    bool has_fraction = cursor.skip('.');
    if (has_fraction) fraction = cursor.fraction();
    while (next < N && units[next].letter != cursor.peek()) ++next;
    if (next == N || !fraction || (has_fraction && cursor.peek() != 'S')) return false;
    cursor.skip(cursor.peek());
    if (!add(ticks, *count, units[next].seconds * kTicksPerSecond) || !add(ticks, *fraction, 1)) return false;
    ++next;
    ++found;
  }
  return true;
}

std::optional<Ticks> parse_period(Cursor cursor) {
  bool negative = cursor.skip('-');
  if (!cursor.skip('P')) return std::nullopt;
  std::int64_t ticks = 0;
  int found = 0;
  if (!add_units(cursor, kDateUnits, ticks, found)) return std::nullopt;
  if (cursor.skip('T')) {
    int times = 0;
    if (!add_units(cursor, kTimeUnits, ticks, times) || times == 0) return std::nullopt;
    found += times;
  }
  if (found == 0 || !cursor.at_end()) return std::nullopt;
  return Ticks(negative ? -ticks : ticks);
}

}  // namespace

std::string print_http_date(Timestamp time) {
  auto parts = calendar(std::chrono::floor<std::chrono::seconds>(time));
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT", kDays[parts.weekday].data(),
                static_cast<unsigned>(parts.date.day()), kMonths[static_cast<unsigned>(parts.date.month()) - 1].data(),
                static_cast<int>(parts.date.year()), static_cast<int>(parts.time.hours().count()),
                static_cast<int>(parts.time.minutes().count()), static_cast<int>(parts.time.seconds().count()));
  return text.data();
}

Result<Timestamp> parse_http_date(std::string_view text) {
  Cursor cursor(base::trim(text));
  if (auto time = parse_rfc1123(cursor)) return *time;
  if (auto time = parse_rfc850(cursor)) return *time;
  return bad_text("an RFC 1123 date", text);
}

namespace {

std::string print_with_fraction(Timestamp time, const std::string& fraction) {
  auto parts = calendar(time);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(parts.date.year()),
                static_cast<unsigned>(parts.date.month()), static_cast<unsigned>(parts.date.day()),
                static_cast<int>(parts.time.hours().count()), static_cast<int>(parts.time.minutes().count()),
                static_cast<int>(parts.time.seconds().count()));
  return text.data() + fraction + "Z";
}

}  // namespace

std::string print_timestamp(Timestamp time) {
  return print_with_fraction(time, fraction_text(calendar(time).time.subseconds().count()));
}

std::string print_long_timestamp(Timestamp time) {
  std::array<char, 24> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%07lld",
                static_cast<long long>(calendar(time).time.subseconds().count()));
  return print_with_fraction(time, fraction.data());
}

Result<Timestamp> parse_timestamp(std::string_view text) {
  if (auto time = parse_iso(Cursor(text))) return *time;
  return bad_text("an ISO 8601 time", text);
}

std::string print_duration(Ticks duration) {
  if (duration == Ticks::zero()) return "PT0S";
  // The smallest value has no positive counterpart; unsigned arithmetic has.
  bool negative = duration < Ticks::zero();
  auto ticks = static_cast<std::uint64_t>(duration.count());
  if (negative) ticks = 0 - ticks;
  std::uint64_t seconds = ticks / kTicksPerSecond;
  auto fraction = static_cast<std::int64_t>(ticks % kTicksPerSecond);
  std::uint64_t days = seconds / kDaySeconds;
  seconds %= kDaySeconds;

  std::string text = negative ? "-P" : "P";
  if (days != 0) text += std::to_string(days) + "D";
  if (seconds == 0 && fraction == 0) return text;
  text += "T";
  if (auto hours = seconds / 3600; hours != 0) text += std::to_string(hours) + "H";
  if (auto minutes = seconds / 60 % 60; minutes != 0) text += std::to_string(minutes) + "M";
  if (seconds % 60 != 0 || fraction != 0) text += std::to_string(seconds % 60) + fraction_text(fraction) + "S";
  return text;
}

Result<Ticks> parse_duration(std::string_view text) {
  if (auto duration = parse_period(Cursor(text))) return *duration;
  return bad_text("an ISO 8601 duration", text);
}

std::string etag_of(Timestamp last_modified) {
  std::array<char, 32> text{};
  auto ticks = static_cast<unsigned long long>(last_modified.time_since_epoch().count() + kEpochTicks);
  std::snprintf(text.data(), text.size(), "0x%llX", ticks);
  return text.data();
}

Result<Timestamp> parse_etag(std::string_view text) {
  std::string_view digits = base::trim(text);
  if (digits.starts_with("W/")) digits.remove_prefix(2);
  if (digits.size() >= 2 && digits.front() == '"' && digits.back() == '"') digits = digits.substr(1, digits.size() - 2);
  if (!digits.starts_with("0x") && !digits.starts_with("0X")) return bad_text("an ETag", text);
  digits.remove_prefix(2);
  std::int64_t ticks = 0;
  auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), ticks, 16);
  if (failure != std::errc() || end != digits.data() + digits.size() || ticks < 0) return bad_text("an ETag", text);
  return Timestamp(Ticks(ticks - kEpochTicks));
}

}  // namespace wire
