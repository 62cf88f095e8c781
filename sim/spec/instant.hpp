// Instants of the calendar as records of traffic write them: dates of ISO 8601 and Unix times, to the nanosecond.
#pragma once

#include <string>
#include <string_view>

#include "sim/base/time.hpp"
#include "sim/spec/units.hpp"

namespace twinvoice::spec {

/// Whether the text begins like a date (four digits and a hyphen), well formed or not.
[[nodiscard]] bool looks_like_date(std::string_view text);

/// Nanoseconds since 1970-01-01 00:00 UTC of "2025-06-18", "2025-06-18 00:05:00", "2025-06-18T00:05:00.25Z",
/// "2025-06-18T08:05+08:00" (without a zone: UTC) or of a Unix time in seconds with at most nine decimals. From 1970 to
/// 2069.
[[nodiscard]] Parsed<Nanos> parse_instant(std::string_view text);

/// "2014-04-10T00:04:00Z", with decimals of a second where there are any.
[[nodiscard]] std::string format_instant(Nanos since_1970_ns);

/// Seconds from an origin, exact: "12.5". At most nine decimals, from 0 to 100 years.
[[nodiscard]] Parsed<Nanos> parse_seconds(std::string_view text);

}  // namespace twinvoice::spec
