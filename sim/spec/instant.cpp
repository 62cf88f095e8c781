#include "sim/spec/instant.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "sim/spec/document.hpp"

namespace twinvoice::spec {
namespace {

constexpr Nanos kDayNs = 86'400 * kNanosPerSecond;
constexpr int kFirstYear = 1970;
constexpr int kLastYear = 2069;

bool leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int days_of_month(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && leap(year) ? 29 : kDays[month - 1];
}

/// Takes the parts of a date off the front of a text.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  [[nodiscard]] bool done() const { return rest_.empty(); }
  [[nodiscard]] bool good() const { return good_; }
  /// True when it is next, and then behind it.
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void need(char c) { good_ = take(c) && good_; }
  /// Exactly so many digits, in [low, high].
  int number(std::size_t digits, int low, int high) {
    int value = 0;
    const std::string_view text = rest_.substr(0, digits);
    for (const char c : text) {
      if (c < '0' || c > '9') good_ = false;
      value = value * 10 + (c - '0');
    }
    good_ = good_ && text.size() == digits && value >= low && value <= high;
    rest_.remove_prefix(text.size());
    return value;
  }
  /// The decimals of a second, in nanoseconds.
  Nanos fraction() {
    Nanos value = 0;
    int digits = 0;
    for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; rest_.remove_prefix(1), ++digits) {
      if (digits < 9) value = value * 10 + (rest_.front() - '0');
    }
    good_ = good_ && digits >= 1 && digits <= 9;
    for (; digits < 9; ++digits) value *= 10;
    return value;
  }

 private:
  std::string_view rest_;
  bool good_ = true;
};

Nanos days_since_1970(int year, int month, int day) {
  Nanos days = day - 1;
  for (int y = kFirstYear; y < year; ++y) days += leap(y) ? 366 : 365;
  for (int m = 1; m < month; ++m) days += days_of_month(year, m);
  return days;
}

Parsed<Nanos> parse_date(std::string_view text) {
  const std::string problem = fmt::format(
      "{} is not an instant such as \"2025-06-18\", \"2025-06-18 00:05:00\" or "
      "\"2025-06-18T08:05:00.25+08:00\", from {} to {}",
      quote(text), kFirstYear, kLastYear);
  Reader r(text);
  const int year = r.number(4, kFirstYear, kLastYear);
  r.need('-');
  const int month = r.number(2, 1, 12);
  r.need('-');
  const int day = r.number(2, 1, r.good() ? days_of_month(year, month) : 31);
  if (!r.good()) return {0, problem};
  Nanos at_ns = days_since_1970(year, month, day) * kDayNs;
  if (r.done()) return {at_ns, {}};
  if (!r.take('T')) r.need(' ');
  at_ns += r.number(2, 0, 23) * 3600 * kNanosPerSecond;
  r.need(':');
  at_ns += r.number(2, 0, 59) * 60 * kNanosPerSecond;
  if (r.good() && r.take(':')) {
    at_ns += r.number(2, 0, 59) * kNanosPerSecond;
    if (r.take('.')) at_ns += r.fraction();
  }
  const bool east = r.take('+');
  if (east || r.take('-')) {
    Nanos offset_ns = r.number(2, 0, 14) * 3600 * kNanosPerSecond;
    if (r.take(':') || !r.done()) offset_ns += r.number(2, 0, 59) * 60 * kNanosPerSecond;
    at_ns += east ? -offset_ns : offset_ns;
  } else {
    static_cast<void>(r.take('Z'));
  }
  if (!r.good() || !r.done() || at_ns < 0) return {0, problem};
  return {at_ns, {}};
}

}  // namespace

bool looks_like_date(std::string_view text) {
  return text.size() >= 5 && text[4] == '-' &&
         std::all_of(text.begin(), text.begin() + 4, [](char c) { return c >= '0' && c <= '9'; });
}

Parsed<Nanos> parse_seconds(std::string_view text) {
  const bool plain = !text.empty() && text.find_first_not_of("0123456789.eE+-") == std::string_view::npos;
  if (!plain) return {0, fmt::format("{} is not a time in seconds", quote(text))};
  const auto parsed = parse_duration(std::string(text) + " s");
  if (!parsed.ok()) {
    return {0, fmt::format("{} is not a time in seconds from 0 to 100 years with at most nine decimals",
                           quote(text))};
  }
  return {parsed.value.ns, {}};
}

Parsed<Nanos> parse_instant(std::string_view text) {
  return looks_like_date(text) ? parse_date(text) : parse_seconds(text);
}

std::string format_instant(Nanos since_1970_ns) {
  Nanos days = since_1970_ns / kDayNs;
  int year = kFirstYear;
  for (; days >= (leap(year) ? 366 : 365); ++year) days -= leap(year) ? 366 : 365;
  int month = 1;
  for (; days >= days_of_month(year, month); ++month) days -= days_of_month(year, month);
  const Nanos second = since_1970_ns % kDayNs / kNanosPerSecond;
  std::string text = fmt::format("{}-{:02}-{:02}T{:02}:{:02}:{:02}", year, month, days + 1, second / 3600,
                                 second / 60 % 60, second % 60);
  if (const Nanos rest_ns = since_1970_ns % kNanosPerSecond; rest_ns > 0) {
    std::string decimals = fmt::format("{:09}", rest_ns);
    decimals.erase(decimals.find_last_not_of('0') + 1);
    text += "." + decimals;
  }
  return text + "Z";
}

}  // namespace twinvoice::spec
