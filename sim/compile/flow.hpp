// What one program does on average: how often each step is visited, how it ends, whom it calls. Pure
// arithmetic on a Plan.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

#include "sim/plan/plan.hpp"

namespace twinvoice::compile {

/// Kinds of failure, by what a retry policy may name.
/// timeout, reset, rejected, error: bits of plan::RetryOn; last, rejected by a verdict on the request that no retry changes.
inline constexpr std::size_t kFailureKinds = 5;
inline constexpr std::size_t kVerdict = kFailureKinds - 1;

/// Expected frames of another program started by one frame, through one call site (or, for fork branches,
/// none).
struct Started {
  plan::ProgramId program;
  plan::CallSiteId site;   ///< invalid: a fork branch, on the replica of its parent
  double frames = 0.0;     ///< attempts and hedges included
  double hedges = 0.0;     ///< of these, those that run beside an attempt
  bool waited_for = true;  ///< false: emitted
};

/// Averages over one frame of a program, without queueing: timeouts, full pools and breakers never strike.
struct ProgramFlow {
  std::vector<double> visits;                   ///< of each of its steps
  double success = 1.0;                         ///< probability of ending without a failure
  std::array<double, kFailureKinds> failure{};  ///< probability of ending with each kind
  std::vector<Started> starts;  ///< one entry per Call, Emit and branch, in the order of the steps
};

/// Of the calls that may be hedged: none is, or every one as often as it may be (most_hedges()).
enum class Hedging : std::uint8_t { kNone, kEveryCall };

/// Hedges of one call that can come before its timeout does; over a connection too, then to the peer of the first attempt.
[[nodiscard]] std::uint32_t most_hedges(const plan::CallSite& site);

/// Flows of all programs, by program. Callees have smaller ids than their callers, as compile() makes them.
///   Branch: its probability (a cell counts with its initial value). Gate: its base probability. Repeat n of
///   a body that is
///   survived with probability f: 1 + f + ... + f^(n-1) rounds. Call with n retries, r = probability of a
///   failure that is
///   tried again: 1 + r + ... + r^n attempts. Join k of n: independent branches. Budgets are left out.
///   Hedges add frames to a call, beside its attempts, and change nothing else.
[[nodiscard]] std::vector<ProgramFlow> program_flows(const plan::Plan& plan,
                                                     Hedging hedging = Hedging::kNone);

/// Nearest first: same location, same site, then by latency; unreachable last.
[[nodiscard]] std::tuple<int, Nanos> distance(const plan::Plan& plan, plan::LocationId from,
                                              plan::LocationId to);

/// Probability that a Branch jumps; a cell counts with its initial value.
[[nodiscard]] double jump_chance(const plan::Plan& plan, const plan::Step& branch);

/// Probability that at least so many of independent things succeed.
[[nodiscard]] double chance_of_at_least(std::size_t needed, const std::vector<double>& chances);

/// Share of the calls of a site made by the replica `from` (a location for clients) that goes to each replica
/// of the target.
[[nodiscard]] std::vector<double> balance_shares(const plan::Plan& plan, const plan::CallSite& site,
                                                 plan::LocationId from);

}  // namespace twinvoice::compile
