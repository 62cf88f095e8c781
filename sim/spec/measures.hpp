// The measures that an expectation may be about: what each is compared with and what may stand beside it. One row each.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sim/spec/expectation.hpp"

namespace twinvoice::spec {

enum class BoundKind { kTime, kShare, kRate, kCount };

/// Fields beside a measure, as bits of MeasureRule::takes. "of" means three things, each of other measures.
enum Companion : std::uint32_t {
  kTakesOperation = 1U << 0,
  kTakesFault = 1U << 1,
  kTakesComponent = 1U << 2,
  kTakesAvailabilityOf = 1U << 3,
  kTakesBegunBy = 1U << 4,
  kTakesMean = 1U << 5,
  kTakesShare = 1U << 6,  ///< it is a promise for each incident
  kTakesHold = 1U << 7,
  kTakesWithin = 1U << 8,
  kTakesLongerThan = 1U << 9,
  kTakesPart = 1U << 10,  ///< during, after, between
};

struct MeasureRule {
  std::string_view key;  ///< of a family: how its keys look
  Measure measure;
  BoundKind bound;
  std::uint32_t takes;
  std::string_view meaning;
  std::string_view pattern;                           ///< of a family of percentiles; else empty
  bool (*in_family)(std::string_view key) = nullptr;  ///< of a family
  [[nodiscard]] bool has(Companion companion) const { return (takes & companion) != 0; }
};
[[nodiscard]] std::span<const MeasureRule> measure_rules();
[[nodiscard]] const MeasureRule& rule_of(Measure measure);

/// The quantile that a key names: "p50" 0.5, "p99.5" 0.995, "p999" and "p9999" as everybody writes them; also behind "wait_".
[[nodiscard]] std::optional<double> quantile_of(std::string_view key);

/// The value of a bound without its comparison, in its base unit, or why it is none.
[[nodiscard]] Parsed<double> parse_bound(std::string_view text, BoundKind kind);
/// "<= 25 min": how such a bound is written.
[[nodiscard]] std::string_view example_of(BoundKind kind);

}  // namespace twinvoice::spec
