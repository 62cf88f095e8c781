// Load traces in CSV: arrival times, or rates over time. Strict, with file:line in every complaint.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/base/issues.hpp"
#include "sim/base/time.hpp"
#include "sim/spec/units.hpp"

namespace twinvoice::spec {

inline constexpr std::size_t kMaxTraceBytes = 1ULL << 30;

/// From `at` on, arrivals come with this rate.
struct RatePoint {
  Nanos at_ns = 0;
  Rate rate;
};

/// A trace as it was read.
struct TraceFile {
  std::string file;    ///< as written in the experiment
  std::string source;  ///< raw bytes, for hashes
};

/// One time in seconds per line, not decreasing, with at most nine decimals; a first line without a digit is a header;
/// empty lines and lines that begin with # are skipped.
[[nodiscard]] std::vector<Nanos> parse_arrivals(const std::string& file, std::string_view text,
                                                Issues& issues);

/// time_s,rate_per_s per line, times increasing.
[[nodiscard]] std::vector<RatePoint> parse_rates(const std::string& file, std::string_view text,
                                                 Issues& issues);

}  // namespace twinvoice::spec
