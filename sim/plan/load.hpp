// What clients ask for and when: operations and the sources that submit them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/plan/ids.hpp"

namespace twinvoice::plan {

/// What the service promises for an operation.
struct Objective {
  bool stated = false;
  double availability = 0.0;   ///< fraction of requests that succeed; 0: not stated
  Nanos p99_ns = kNever;       ///< 99 % of the successful requests are at most this long; kNever: not stated
  bool on_completion = false;  ///< judged when the emitted jobs have ended too, not at acceptance
};

struct Operation {
  std::string name;
  std::uint64_t name_key = 0;  ///< hash of the name: the key of its arrivals and root frames
  ProgramId program;           ///< root program, run at `from`: Call the entry, Return
  LocationId from;             ///< where its clients are
  std::uint8_t priority = 0;   ///< 0 is the most urgent
  Objective objective;
  /// The longest that timeouts and waits let a request last, retries included; kNever: nothing bounds it.
  Nanos patience_ns = kNever;
  Nanos client_wait_ns =
      kNever;  ///< after which its clients give up, retries included; kNever: they never do
};

enum class SourceKind : std::uint8_t {
  kPoisson,        ///< rate function below
  kDeterministic,  ///< every `interval_ns`, from first_at_ns, `count` of them
  kTrace,          ///< at the times listed
  kClosed,         ///< `users`, each thinking and then submitting
};

/// Rate of a Poisson source as a function of time. Segments are constant; a sinusoid is mean x (1 + amplitude x
/// cos(2 pi (t - peak) / period)), sampled by thinning.
struct RateSegment {
  Nanos from_ns = 0;
  double per_s = 0.0;
};

struct Source {
  OperationId operation;
  std::string name;  ///< the operation's name; arrivals are numbered per source
  std::uint64_t name_key = 0;
  SourceKind kind = SourceKind::kPoisson;
  std::uint32_t batch = 1;  ///< requests per arrival instant
  std::vector<RateSegment>
      segments;              ///< sorted, first at 0; the last one holds to the end (unless period_ns is set)
  Nanos period_ns = kNever;  ///< segments repeat with this period
  bool sinusoid = false;     ///< use mean/amplitude/peak below instead of the segments
  double mean_per_s = 0.0;
  double amplitude = 0.0;  ///< in [0, 1]
  Nanos peak_ns = 0;
  Nanos interval_ns = 0;  ///< deterministic: arrival k is at first_at + k x interval, exactly
  Nanos first_at_ns = 0;
  std::uint64_t count = ~0ULL;  ///< deterministic: how many arrival instants
  std::vector<Nanos> times_ns;  ///< trace, sorted
  std::uint32_t users = 0;      ///< closed
  LawId think;
};

}  // namespace twinvoice::plan
