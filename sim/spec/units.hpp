// Quantities of the input: text with a unit to typed values and back. Decimal text becomes integer
// nanoseconds or bytes without a detour over floating point, and doubles are the correctly rounded ones.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "sim/base/time.hpp"

namespace twinvoice::spec {

/// Events per second. "580 tps", "580/s", "12/min", "3/h", "2000000/day".
struct Rate {
  double per_s = 0.0;
  friend auto operator<=>(const Rate&, const Rate&) = default;
};

/// A number of bytes. "1 B", "64 KiB", "2 MB".
struct Bytes {
  std::int64_t count = 0;
  friend auto operator<=>(const Bytes&, const Bytes&) = default;
};

/// Bits per second. "100 Mbps", "2 Gbps".
struct Bandwidth {
  double bits_per_s = 0.0;
  friend auto operator<=>(const Bandwidth&, const Bandwidth&) = default;
};

/// In [0, 1]. "99.99 %" or "0.9999".
struct Probability {
  double value = 0.0;
  friend auto operator<=>(const Probability&, const Probability&) = default;
};

/// Cores, or a share of one. "500m", "0.5", "4".
struct Cpu {
  double cores = 0.0;
  friend auto operator<=>(const Cpu&, const Cpu&) = default;
};

/// Two quantities of each dimension, for messages about a unit that is missing.
inline constexpr std::string_view kDurationExamples = "\"28 ms\" or \"2 s\"";
inline constexpr std::string_view kRateExamples = "\"580 tps\" or \"12/min\"";
inline constexpr std::string_view kBytesExamples = "\"64 KiB\" or \"2 MB\"";
inline constexpr std::string_view kBandwidthExamples = "\"100 Mbps\" or \"2 Gbps\"";

inline constexpr std::int64_t kMostBytes = 1'000'000'000'000'000'000;  ///< 1 EB
inline constexpr double kFastestRate = 1e12;                           ///< per second
inline constexpr double kWidestBandwidth = 1e18;                       ///< bit/s

/// A parsed quantity, or the reason why the text is none.
template <class T>
struct Parsed {
  T value{};
  std::string problem;  ///< empty: the text was accepted
  [[nodiscard]] bool ok() const { return problem.empty(); }
};

/// Units ns us ms s min h d, also m (minutes), w and µs; several from the larger to the smaller: "1h30m". To the nearest
/// nanosecond; not negative, at most kLongestSpan, and 0 only when written so.
[[nodiscard]] Parsed<Duration> parse_duration(std::string_view text);
/// Units tps rps qps /s /min /h /d /day. At most kFastestRate.
[[nodiscard]] Parsed<Rate> parse_rate(std::string_view text);
/// Units B kB MB GB TB (powers of 1000) KiB MiB GiB TiB (powers of 1024). Whole bytes, at most kMostBytes.
[[nodiscard]] Parsed<Bytes> parse_bytes(std::string_view text);
/// Units bps kbps Mbps Gbps Tbps. At most kWidestBandwidth.
[[nodiscard]] Parsed<Bandwidth> parse_bandwidth(std::string_view text);
/// "4", "0.5", "500m".
[[nodiscard]] Parsed<Cpu> parse_cpu(std::string_view text);
/// "99.99 %" or "0.9999".
[[nodiscard]] Parsed<Probability> parse_probability(std::string_view text);

/// Exact text: parsing it gives the same value.
[[nodiscard]] std::string format_quantity(Duration value);
[[nodiscard]] std::string format_quantity(Rate value);
[[nodiscard]] std::string format_quantity(Bytes value);
[[nodiscard]] std::string format_quantity(Bandwidth value);
[[nodiscard]] std::string format_quantity(Probability value);

/// A quantity whose dimension is chosen by its text, for thresholds of sensors: "500 ms", "99 %", "10 tps", "64 KiB",
/// or a bare number (a count or a factor).
struct Quantity {
  std::variant<double, Duration, Probability, Rate, Bytes, Bandwidth> value = 0.0;
  /// In the base unit: seconds, [0, 1], per second, bytes, bit/s, or the bare number.
  [[nodiscard]] double base_value() const;
  /// "number", "duration", "probability", "rate", "bytes", "bandwidth".
  [[nodiscard]] std::string_view dimension() const;
};
[[nodiscard]] Parsed<Quantity> parse_quantity(std::string_view text);
[[nodiscard]] std::string format_quantity(const Quantity& value);

}  // namespace twinvoice::spec
