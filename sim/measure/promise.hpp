// Promises for each incident: "recovered within 5 min in 95 % of incidents". Judged as a share of the incidents with exact bounds, not
// by their mean: a mean within the promise hides the incident in four that is far beyond it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/measure/estimate.hpp"
#include "sim/measure/proportion.hpp"
#include "sim/measure/verdict.hpp"

namespace twinvoice::measure {

/// What one incident cost, as a range: a recovery time or a loss in ns, or a number of invoices. Integers, so that touching a promise
/// is exact.
struct Incident {
  std::int64_t low = 0;
  std::int64_t high = kNever;         ///< kNever: open (not restored by the end)
  std::optional<std::int64_t> value;  ///< the best single figure; none where the range is all that is known
  friend bool operator==(const Incident&, const Incident&) = default;
};

/// An incident about which nothing is known.
inline constexpr Incident kUnknownIncident{};

/// Ends and value each the largest: of several operations in one replication. Has a value when all have one. Needs one incident.
[[nodiscard]] Incident worst_incident(std::span<const Incident> incidents);

struct Promise {
  Relation relation = Relation::at_most;
  std::int64_t bound = 0;  ///< in the unit of the incidents
  std::int64_t upper = 0;  ///< for Relation::within, unused otherwise
  double share = 0.95;     ///< of the incidents, in (0, 1]
  bool of_mean = false;    ///< judged on the mean over the incidents instead
};

/// kept: the whole range is within the promise; broken: the whole range is beyond it.
enum class Kept : std::uint8_t { kKept, kBroken, kUnknown };
[[nodiscard]] Kept judge_incident(const Incident& incident, const Promise& promise);

struct PromiseResult {
  Verdict verdict = Verdict::no_sample;  ///< no incident is no sample
  double confidence = 0.95;
  std::uint64_t incidents = 0;
  std::uint64_t kept = 0;
  std::uint64_t broken = 0;  ///< the others are unknown
  /// Of the share kept: the lower bound as if all unknown were broken, the upper as if they were kept, each the end of a two-sided exact
  /// interval (Clopper & Pearson). met: low >= share; missed: high < share.
  Interval share{0.0, 1.0};
  /// While undecided: incidents still to be seen until a verdict, if they go on in the same proportion; none where no number would
  /// decide (or 1e9 would not).
  std::optional<std::uint64_t> more_to_decide;
  /// All incidents alike: the largest share of incidents of another kind that would have stayed unseen.
  std::optional<double> unseen;
  Incident median;  ///< the ceil(n / 2)-th smallest of the ends and of the values, as the other two
  Incident p90;
  Incident worst;
  /// Over the incidents, in their unit, Student's t; from the lows and from the highs, joined. Without value where one has none.
  Estimate mean;
};

/// Judges one fault (or one target of it). Incidents of several faults are never pooled: each gets its own result.
[[nodiscard]] PromiseResult judge_promise(std::span<const Incident> incidents, const Promise& promise,
                                          double confidence = 0.95);

/// Whichever target fails: one result a target, the level split among them (Bonferroni), so that all of them hold together at it.
[[nodiscard]] std::vector<PromiseResult> judge_each_target(std::span<const std::vector<Incident>> targets,
                                                           const Promise& promise, double confidence = 0.95);

/// Of several faults or targets: met when all are, missed when one is. no_sample without any.
[[nodiscard]] Verdict verdict_of_all(std::span<const PromiseResult> results);

/// Incidents in all at which a share is decided when kept and broken ones stay in the proportion of `kept` and `broken` among
/// `incidents` > 0 (then as fractions); none where no number up to 1e9 would decide. 20 of 20 kept: 72 for 95 %, 36 for 90 %.
[[nodiscard]] std::optional<std::uint64_t> incidents_to_decide(std::uint64_t kept, std::uint64_t broken,
                                                               std::uint64_t incidents, double share,
                                                               double confidence = 0.95);

/// The share of another fate that `alike` > 0 incidents, all alike, leave unseen, two-sided: 52 % after 5.
[[nodiscard]] double unseen_share(std::uint64_t alike, double confidence = 0.95);

}  // namespace twinvoice::measure
