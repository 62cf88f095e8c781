// How many replications a cell gets: pure functions of what its replications say, in their order.
//
//   fixed       least = most: so many
//   sequential  look after `least` replications, then after every further quarter of those done (at least one more), at the
//               latest at `most`; stop at the first look at which every interval asked for is narrow enough and as many outages
//               as asked for have been seen
//
// The looks depend on numbers of replications alone, never on which ended first: any number of workers gives the same cells.
// Few looks, and none before `least`, keep the coverage that looking after every replication would lose.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/measure/stopping.hpp"
#include "sim/spec/sweep.hpp"

namespace twinvoice::campaign {

/// A figure and how narrow its interval has to be.
struct Target {
  std::string figure;  ///< as written: the part before the dot may be left out
  measure::Precision wanted;
};

struct Rule {
  std::uint64_t least = 1;
  std::uint64_t most = 1;
  std::vector<Target> until;  ///< all of them
  std::uint64_t outages = 0;  ///< at least so many, over all replications

  [[nodiscard]] bool is_fixed() const { return least == most; }
};
[[nodiscard]] Rule rule_of(const spec::ReplicationsSpec& spec);

/// Number of replications at the first look, and at the one after `done`.
[[nodiscard]] std::uint64_t first_look(const Rule& rule);
[[nodiscard]] std::uint64_t next_look(const Rule& rule, std::uint64_t done);

enum class Decision : std::uint8_t { kGoOn, kFixed, kPrecise, kCap };
/// `estimates` are those of rule.until, in its order, over the first `done` replications; `outages` were seen in them.
[[nodiscard]] Decision decide(const Rule& rule, std::uint64_t done,
                              std::span<const measure::Estimate> estimates, std::uint64_t outages);

/// "fixed", "precise", "cap": why a cell stopped. Not for kGoOn.
[[nodiscard]] std::string reason_of(Decision decision);

/// How far a cell is from its wanted precision: the largest ratio of half-width to what is wanted, 1 or less when all is
/// reached; infinite when an estimate has no interval. 0 without targets.
[[nodiscard]] double distance(const Rule& rule, std::span<const measure::Estimate> estimates);

}  // namespace twinvoice::campaign
