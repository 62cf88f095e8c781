#include "sim/spec/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "sim/spec/document.hpp"

namespace twinvoice::spec {
namespace {

__extension__ using Wide = unsigned __int128;

struct Unit {
  std::string_view name;
  std::int64_t factor;   ///< base units in one of these, or ...
  std::int64_t divisor;  ///< ... one base unit in that many of these
};

constexpr std::int64_t kMinute = 60 * kNanosPerSecond;
constexpr std::array<Unit, 7> kDurationUnits{{{"ns", 1, 1},
                                              {"us", 1'000, 1},
                                              {"ms", 1'000'000, 1},
                                              {"s", kNanosPerSecond, 1},
                                              {"min", kMinute, 1},
                                              {"h", 60 * kMinute, 1},
                                              {"d", 24 * 60 * kMinute, 1}}};
/// Other names that are read and never written: as Go, Prometheus and Istio have them.
constexpr std::array<Unit, 4> kDurationAliases{
    {{"m", kMinute, 1}, {"w", 7 * 24 * 60 * kMinute, 1}, {"\u00b5s", 1'000, 1}, {"\u03bcs", 1'000, 1}}};
constexpr std::array<Unit, 8> kRateUnits{{{"tps", 1, 1},
                                          {"rps", 1, 1},
                                          {"qps", 1, 1},
                                          {"/s", 1, 1},
                                          {"/min", 1, 60},
                                          {"/h", 1, 3'600},
                                          {"/d", 1, 86'400},
                                          {"/day", 1, 86'400}}};
constexpr std::array<Unit, 10> kBytesUnits{{{"B", 1, 1},
                                            {"kB", 1'000, 1},
                                            {"KB", 1'000, 1},
                                            {"MB", 1'000'000, 1},
                                            {"GB", 1'000'000'000, 1},
                                            {"TB", 1'000'000'000'000, 1},
                                            {"KiB", 1LL << 10, 1},
                                            {"MiB", 1LL << 20, 1},
                                            {"GiB", 1LL << 30, 1},
                                            {"TiB", 1LL << 40, 1}}};
constexpr std::array<Unit, 6> kBandwidthUnits{{{"bps", 1, 1},
                                               {"kbps", 1'000, 1},
                                               {"Kbps", 1'000, 1},
                                               {"Mbps", 1'000'000, 1},
                                               {"Gbps", 1'000'000'000, 1},
                                               {"Tbps", 1'000'000'000'000, 1}}};

/// One dimension as told to people.
struct Dimension {
  std::string_view name;      ///< with its article
  std::string_view examples;  ///< two, of different units: which one was meant nobody knows
  std::span<const Unit> units;
  std::span<const Unit> aliases;  ///< other names that are read
  std::string_view also;          ///< of these, what is told of them behind the list of units
  bool mega_is_not_milli;         ///< M and m are two units
};
constexpr Dimension kDurationDimension{"a duration",     kDurationExamples,          kDurationUnits,
                                       kDurationAliases, ", also m (minutes) and w", true};
constexpr Dimension kRateDimension{"a rate", kRateExamples, kRateUnits, {}, "", false};
constexpr Dimension kBytesDimension{"a size", kBytesExamples, kBytesUnits, {}, "", false};
constexpr Dimension kBandwidthDimension{"a bandwidth", kBandwidthExamples, kBandwidthUnits, {}, "", false};

std::string unit_list(std::span<const Unit> units) {
  std::string out;
  for (const Unit& unit : units) out += (out.empty() ? "" : ", ") + std::string(unit.name);
  return out;
}

/// A decimal number as its significant digits and a power of ten.
struct Decimal {
  std::string digits;  ///< without leading zeros and trailing zeros; empty for 0
  int exponent = 0;    ///< value = digits * 10^exponent
  [[nodiscard]] bool is_zero() const { return digits.empty(); }
};

/// Number and unit of a quantity's text.
struct Split {
  Decimal number;
  std::string_view number_text;
  std::string_view unit;
  std::string problem;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr std::size_t kLongestQuantity = 80;

void normalise(Decimal& number) {
  const std::size_t first = number.digits.find_first_not_of('0');
  number.digits.erase(0, first == std::string::npos ? number.digits.size() : first);
  while (!number.digits.empty() && number.digits.back() == '0') {
    number.digits.pop_back();
    ++number.exponent;
  }
  if (number.digits.empty()) number.exponent = 0;
}

/// digits [. digits] [e [+-] digits] [space] unit
Split split(std::string_view text, std::string_view name) {
  Split out;
  const auto refuse = [&](std::string problem) {
    out.problem = std::move(problem);
    return out;
  };
  if (text.empty()) return refuse(fmt::format("{} is missing in \"\"", name));
  if (text.size() > kLongestQuantity)
    return refuse(fmt::format("{} is too long to be {}", quote(text), name));
  if (text.front() == '-') return refuse(fmt::format("{} cannot be negative", name));
  if (text.front() == ' ' || text.back() == ' ')
    return refuse(fmt::format("{} has a space at its end", quote(text)));
  std::size_t at = 0;
  bool complete = false;
  for (; at < text.size() && is_digit(text[at]); ++at) out.number.digits += text[at];
  complete = at > 0;
  if (complete && at < text.size() && text[at] == '.') {
    const std::size_t point = at++;
    for (; at < text.size() && is_digit(text[at]); ++at) {
      out.number.digits += text[at];
      --out.number.exponent;
    }
    complete = at > point + 1;
  }
  if (!complete) return refuse(fmt::format("{} does not begin with a decimal number", quote(text)));
  const bool exponent = at + 1 < text.size() && (text[at] == 'e' || text[at] == 'E') &&
                        (is_digit(text[at + 1]) || text[at + 1] == '-' || text[at + 1] == '+');
  if (exponent) {
    const char* first = text.data() + at + 1;
    if (*first == '+') ++first;
    int power = 0;
    const auto parsed = std::from_chars(first, text.data() + text.size(), power);
    if (parsed.ec != std::errc{} || power > 30 || power < -30) {
      return refuse(fmt::format("the exponent in {} is out of range", quote(text)));
    }
    out.number.exponent += power;
    at = static_cast<std::size_t>(parsed.ptr - text.data());
  }
  out.number_text = text.substr(0, at);
  normalise(out.number);
  while (at < text.size() && text[at] == ' ') ++at;
  out.unit = text.substr(at);
  return out;
}

const Unit* find_unit(std::span<const Unit> units, std::string_view name) {
  for (const Unit& unit : units) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

const Unit* find_unit(const Dimension& dimension, std::string_view name) {
  const Unit* unit = find_unit(dimension.units, name);
  return unit != nullptr ? unit : find_unit(dimension.aliases, name);
}

/// Other spellings that mean just one unit.
struct Spelling {
  std::string_view spelt, unit;
};
constexpr std::array kSpellings{
    Spelling{"sec", "s"},        Spelling{"secs", "s"},      Spelling{"second", "s"},
    Spelling{"seconds", "s"},    Spelling{"msec", "ms"},     Spelling{"msecs", "ms"},
    Spelling{"usec", "us"},      Spelling{"mins", "min"},    Spelling{"mn", "min"},
    Spelling{"minute", "min"},   Spelling{"minutes", "min"}, Spelling{"hr", "h"},
    Spelling{"hrs", "h"},        Spelling{"hour", "h"},      Spelling{"hours", "h"},
    Spelling{"day", "d"},        Spelling{"days", "d"},      Spelling{"week", "w"},
    Spelling{"weeks", "w"},      Spelling{"/sec", "/s"},     Spelling{"/second", "/s"},
    Spelling{"/minute", "/min"}, Spelling{"/m", "/min"},     Spelling{"tpm", "/min"},
    Spelling{"rpm", "/min"},     Spelling{"/hour", "/h"},    Spelling{"bytes", "B"},
    Spelling{"bit/s", "bps"}};

/// Whether two letters differ in nothing but their case, and that says the same: bits are no bytes, nor is milli mega.
bool same_letter(char a, char b, bool mega_is_not_milli) {
  if (a == b) return true;
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return lower(a) == lower(b) && lower(a) != 'b' && !(mega_is_not_milli && lower(a) == 'm');
}

/// The one unit that is meant beyond doubt, as "; did you mean ...?". A unit is never guessed.
std::string unit_hint(std::string_view written, const Dimension& dimension) {
  const auto hint = [](std::string_view name) { return fmt::format("; did you mean {}?", quote(name)); };
  for (const Spelling& spelling : kSpellings) {
    if (spelling.spelt == written && find_unit(dimension, spelling.unit) != nullptr)
      return hint(spelling.unit);
  }
  for (const Unit& unit : dimension.units) {
    if (unit.name.size() == written.size() &&
        std::equal(written.begin(), written.end(), unit.name.begin(),
                   [&](char a, char b) { return same_letter(a, b, dimension.mega_is_not_milli); }))
      return hint(unit.name);
  }
  return "";
}

std::string no_such_unit(const Split& parts, std::string_view text, const Dimension& dimension) {
  if (parts.unit.empty()) {
    return fmt::format("{} has no unit; {} is written with one, such as {}", quote(text), dimension.name,
                       dimension.examples);
  }
  return fmt::format("{} has the unknown unit {}; {} takes {}{}{}", quote(text), quote(parts.unit),
                     dimension.name, unit_list(dimension.units), dimension.also,
                     unit_hint(parts.unit, dimension));
}

/// number * factor as an integer. Empty problem, or why not.
std::string exact(const Decimal& number, std::int64_t factor, std::int64_t most, std::int64_t& out) {
  out = 0;
  if (number.is_zero()) return {};
  if (static_cast<int>(number.digits.size()) + number.exponent > 20) return "large";
  Wide digits = 0;
  for (const char c : number.digits) {
    if (digits > (~Wide{0} / static_cast<Wide>(factor) - 9) / 10) return "fine";
    digits = digits * 10 + static_cast<unsigned>(c - '0');
  }
  Wide value = digits * static_cast<Wide>(factor);
  for (int i = number.exponent; i < 0; ++i) {
    if (value % 10 != 0) return "fine";
    value /= 10;
  }
  for (int i = number.exponent; i > 0; --i) {
    if (value > static_cast<Wide>(most)) return "large";
    value *= 10;
  }
  if (value > static_cast<Wide>(most)) return "large";
  out = static_cast<std::int64_t>(value);
  return {};
}

/// number * factor, to the nearest integer (half up). Empty problem, or why not.
std::string rounded(const Decimal& number, std::int64_t factor, std::int64_t most, std::int64_t& out) {
  constexpr std::size_t kDigits = 22;  // times the largest factor they are below 10^38, and so in 128 bits
  constexpr int kMostPower = 38;
  out = 0;
  if (number.is_zero()) return {};
  if (static_cast<int>(number.digits.size()) + number.exponent > 20) return "large";
  Wide value = 0;
  for (const char c : number.digits.substr(0, kDigits)) value = value * 10 + static_cast<unsigned>(c - '0');
  value *= static_cast<Wide>(factor);
  int exponent =
      number.exponent + static_cast<int>(number.digits.size() - std::min(number.digits.size(), kDigits));
  for (; exponent > 0 && value <= static_cast<Wide>(most); --exponent) value *= 10;
  if (exponent > 0) return "large";
  if (exponent < -kMostPower) return "small";
  Wide power = 1;
  for (; exponent < 0; ++exponent) power *= 10;
  const Wide rest = value % power;
  value = value / power + (rest >= power - rest ? 1 : 0);
  if (value > static_cast<Wide>(most)) return "large";
  out = static_cast<std::int64_t>(value);
  return out == 0 ? "small" : "";
}

/// What stands behind a number up to the next one.
std::string_view first_unit(std::string_view text) {
  return text.substr(0, std::min(text.find_first_of(" .0123456789"), text.size()));
}

/// The double nearest to digits * 10^(exponent + shift).
double nearest_double(const Decimal& number, int shift) {
  if (number.is_zero()) return 0.0;
  const std::string text = fmt::format("{}e{}", number.digits, number.exponent + shift);
  double value = 0.0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Parsed<double> parse_scaled(std::string_view text, const Dimension& dimension, double most) {
  const Split parts = split(text, dimension.name);
  if (!parts.problem.empty()) return {0.0, parts.problem};
  const Unit* unit = find_unit(dimension, parts.unit);
  if (unit == nullptr) return {0.0, no_such_unit(parts, text, dimension)};
  int shift = 0;
  for (std::int64_t f = unit->factor; f > 1; f /= 10) ++shift;
  const double value = nearest_double(parts.number, shift) / static_cast<double>(unit->divisor);
  if (value > most) return {0.0, fmt::format("{} is too large", quote(text))};
  return {value, {}};
}

Parsed<std::int64_t> parse_whole(std::string_view text, const Dimension& dimension, std::int64_t most,
                                 std::string_view finest) {
  const Split parts = split(text, dimension.name);
  if (!parts.problem.empty()) return {0, parts.problem};
  const Unit* unit = find_unit(dimension, parts.unit);
  if (unit == nullptr) return {0, no_such_unit(parts, text, dimension)};
  std::int64_t value = 0;
  const std::string problem = exact(parts.number, unit->factor, most, value);
  if (problem == "large") return {0, fmt::format("{} is too large", quote(text))};
  if (!problem.empty()) return {0, fmt::format("{} is not a whole number of {}", quote(text), finest)};
  return {value, {}};
}

std::string shortest(double value) { return fmt::format("{}", value); }

std::string format_whole(std::int64_t value, std::span<const Unit> units, std::string_view zero) {
  if (value == 0) return std::string(zero);
  const Unit* best = &units.front();
  for (const Unit& unit : units) {
    if (value % unit.factor == 0 && unit.factor >= best->factor)
      best = unit.factor == best->factor ? best : &unit;
  }
  return fmt::format("{} {}", value / best->factor, best->name);
}

}  // namespace

/// One number with its unit, or several from the larger unit to the smaller: "1h30m".
Parsed<Duration> parse_duration(std::string_view text) {
  const auto refuse = [](std::string problem) { return Parsed<Duration>{{}, std::move(problem)}; };
  const std::string too_large =
      fmt::format("{} is too large; the longest duration is 100 years", quote(text));
  std::int64_t total = 0;
  std::int64_t last_factor = std::numeric_limits<std::int64_t>::max();
  std::string_view rest = text;
  do {
    Split parts = split(rest, kDurationDimension.name);
    if (!parts.problem.empty()) return refuse(parts.problem);
    const std::string_view after = parts.unit;
    parts.unit = first_unit(after);
    const Unit* unit = find_unit(kDurationDimension, parts.unit);
    if (unit == nullptr) return refuse(no_such_unit(parts, text, kDurationDimension));
    if (unit->factor >= last_factor)
      return refuse(fmt::format("{}: units go from the larger to the smaller, each once", quote(text)));
    last_factor = unit->factor;
    std::int64_t value = 0;
    const std::string problem = rounded(parts.number, unit->factor, kLongestSpan, value);
    if (problem == "large") return refuse(too_large);
    if (problem == "small") return refuse(fmt::format("{} is shorter than a nanosecond", quote(rest)));
    total += value;
    if (total > kLongestSpan) return refuse(too_large);
    rest = after.substr(parts.unit.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  } while (!rest.empty());
  return {Duration{total}, {}};
}

Parsed<Cpu> parse_cpu(std::string_view text) {
  const Split parts = split(text, "a number of cores");
  if (!parts.problem.empty()) return {{}, parts.problem};
  if (!parts.unit.empty() && parts.unit != "m") {
    return {{},
            fmt::format("{} has the unknown unit {}; cores are written 4, 0.5 or \"500m\" (thousandths)",
                        quote(text), quote(parts.unit))};
  }
  return {Cpu{nearest_double(parts.number, parts.unit.empty() ? 0 : -3)}, {}};
}

Parsed<Bytes> parse_bytes(std::string_view text) {
  const auto whole = parse_whole(text, kBytesDimension, kMostBytes, "bytes");
  return {Bytes{whole.value}, whole.problem};
}

Parsed<Rate> parse_rate(std::string_view text) {
  const auto scaled = parse_scaled(text, kRateDimension, kFastestRate);
  return {Rate{scaled.value}, scaled.problem};
}

Parsed<Bandwidth> parse_bandwidth(std::string_view text) {
  const auto scaled = parse_scaled(text, kBandwidthDimension, kWidestBandwidth);
  return {Bandwidth{scaled.value}, scaled.problem};
}

Parsed<Probability> parse_probability(std::string_view text) {
  const Split parts = split(text, "a probability");
  if (!parts.problem.empty()) return {{}, parts.problem};
  if (!parts.unit.empty() && parts.unit != "%") {
    return {{},
            fmt::format("{} has the unknown unit {}; a probability is written \"99.9 %\" or \"0.999\"",
                        quote(text), quote(parts.unit))};
  }
  const double value = nearest_double(parts.number, parts.unit.empty() ? 0 : -2);
  if (value > 1.0) {
    const std::string_view hint = parts.unit.empty() ? "; percentages need the sign %" : "";
    return {{}, fmt::format("{} is more than 100 %{}", quote(text), hint)};
  }
  return {Probability{value}, {}};
}

std::string format_quantity(Duration value) { return format_whole(value.ns, kDurationUnits, "0 s"); }
std::string format_quantity(Bytes value) {
  constexpr std::array<Unit, 5> kNames{{{"B", 1, 1},
                                        {"KiB", 1LL << 10, 1},
                                        {"MiB", 1LL << 20, 1},
                                        {"GiB", 1LL << 30, 1},
                                        {"TiB", 1LL << 40, 1}}};
  return format_whole(value.count, kNames, "0 B");
}
std::string format_quantity(Rate value) { return shortest(value.per_s) + " /s"; }
std::string format_quantity(Bandwidth value) {
  for (auto unit = kBandwidthUnits.rbegin(); unit != kBandwidthUnits.rend(); ++unit) {
    const auto factor = static_cast<double>(unit->factor);
    if (unit->name == "Kbps" || value.bits_per_s < factor) continue;
    std::string text = fmt::format("{} {}", value.bits_per_s / factor, unit->name);
    if (const auto back = parse_bandwidth(text); back.ok() && back.value == value) return text;
  }
  return shortest(value.bits_per_s) + " bps";
}
std::string format_quantity(Probability value) {
  std::string percent = fmt::format("{} %", value.value * 100.0);
  if (const auto back = parse_probability(percent); back.ok() && back.value == value) return percent;
  return shortest(value.value);
}

double Quantity::base_value() const {
  struct Base {
    double operator()(double v) const { return v; }
    double operator()(Duration v) const { return to_seconds(v.ns); }
    double operator()(Probability v) const { return v.value; }
    double operator()(Rate v) const { return v.per_s; }
    double operator()(Bytes v) const { return static_cast<double>(v.count); }
    double operator()(Bandwidth v) const { return v.bits_per_s; }
  };
  return std::visit(Base{}, value);
}

std::string_view Quantity::dimension() const {
  constexpr std::array<std::string_view, 6> kNames{"number", "duration", "probability",
                                                   "rate",   "bytes",    "bandwidth"};
  return kNames[value.index()];
}

Parsed<Quantity> parse_quantity(std::string_view text) {
  const Split parts = split(text, "a quantity");
  if (!parts.problem.empty()) return {{}, parts.problem};
  const auto wrap = [](const auto& parsed) -> Parsed<Quantity> {
    return {Quantity{parsed.value}, parsed.problem};
  };
  if (find_unit(kDurationDimension, first_unit(parts.unit)) != nullptr) return wrap(parse_duration(text));
  if (find_unit(kRateDimension, parts.unit) != nullptr) return wrap(parse_rate(text));
  if (find_unit(kBytesDimension, parts.unit) != nullptr) return wrap(parse_bytes(text));
  if (find_unit(kBandwidthDimension, parts.unit) != nullptr) return wrap(parse_bandwidth(text));
  if (parts.unit.empty() || parts.unit == "%") return wrap(parse_probability(text));
  return {{},
          fmt::format("{} has the unknown unit {}; write e.g. \"500 ms\", \"99 %\", \"10 tps\" or \"64 KiB\"",
                      quote(text), quote(parts.unit))};
}

std::string format_quantity(const Quantity& value) {
  return std::visit(
      [](const auto& v) -> std::string {
        if constexpr (std::is_same_v<std::decay_t<decltype(v)>, double>) {
          return shortest(v);
        } else {
          return format_quantity(v);
        }
      },
      value.value);
}

}  // namespace twinvoice::spec
