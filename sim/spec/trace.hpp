// Records of traffic in CSV: arrival times, rates or counts over time. Strict: each kind of mistake is told once, with the
// file and the line where it is first made and how many more lines make it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/issues.hpp"
#include "sim/base/time.hpp"
#include "sim/spec/fields.hpp"

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

/// "starts" of a record: an instant of the calendar, or "first".
struct RecordStart {
  bool first = false;    ///< the first line is the begin of the run
  Nanos instant_ns = 0;  ///< since 1970 UTC
};
template <>
struct Codec<RecordStart> {
  static void decode(Decoder& d, const Node& node, RecordStart& v, const Range& range);
  static Type type();
  static std::string text(const RecordStart& v);
};

/// Arrivals from the begin of the run on.
struct ArrivalRecord {
  std::vector<Nanos> at_ns;  ///< not decreasing
  std::uint64_t before = 0;  ///< lines before the begin of the run, left out
  Nanos longest_gap_ns = 0;  ///< between two arrivals of the record
};

/// Rates from the begin of the run on. The last point is the end of the record and has the rate 0.
struct RateRecord {
  std::vector<RatePoint> points;  ///< times increase
};

/// A file has one line per entry; a first line without a digit at its begin is a header, empty lines and lines that begin with #
/// are skipped. Times are seconds since the begin of the run; with `starts` they are instants of the calendar (see
/// parse_instant), or, with "first", of either kind.

/// One time per line, not decreasing.
[[nodiscard]] ArrivalRecord parse_arrivals(const std::string& file, std::string_view text,
                                           const std::optional<RecordStart>& starts, Issues& issues);

/// time,rate_per_s per line, times increasing. A rate holds until the next line, the last one as long as the one before it.
[[nodiscard]] RateRecord parse_rates(const std::string& file, std::string_view text,
                                     const std::optional<RecordStart>& starts, Issues& issues);

/// time,count per line, times increasing: so many arrivals in the bin that begins there. A bin lasts for `bin`, or absent until the
/// next line and the last one as long as the one before it. Its arrivals come at random with the rate that gives their number on
/// average.
[[nodiscard]] RateRecord parse_counts(const std::string& file, std::string_view text,
                                      const std::optional<RecordStart>& starts, std::optional<Duration> bin,
                                      Issues& issues);

}  // namespace twinvoice::spec
