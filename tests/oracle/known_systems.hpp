// Small systems of which the truth is known: what a report says of them can be held against it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/report/document.hpp"
#include "sim/world/procedure.hpp"
#include "tests/support/compile_text.hpp"

namespace twinvoice::testing {

/// How often an interval has to hold the truth.
enum class Promised : std::uint8_t {
  kNominal,  ///< 93 to 97 % of those that are marked converged: means, quantiles, shares of correlated requests
  kAtLeast95,  ///< exact bounds, and ranges of what is not known: no upper limit
};

/// A figure as an expectation asks for it, {KEY: "<= BOUND", MORE}, and its true value.
struct KnownFigure {
  std::string kind;  ///< for tables
  std::string key;
  std::string more;
  double truth = 0.0;  ///< in seconds, per second or as a share
  Promised promised = Promised::kNominal;
  /// Of a promise for each incident the bound; the truth is then the share of incidents that keep it.
  std::string incident_bound{};
  /// Standard deviation of the value over seeds, where verdicts are tried on it.
  double standard_error = 0.0;
};

struct KnownSystem {
  std::string name;
  std::string topology;    ///< members of the document
  std::string experiment;  ///< members of the document, without "expect"
  std::vector<KnownFigure> figures;
};

/// One queue: Poisson arrivals of 0.5/s, one server, exponential service of 1 s.
[[nodiscard]] KnownSystem one_long_queue();
/// The same in ten replications, with its waits.
[[nodiscard]] KnownSystem ten_short_queues();
/// The same in forty, for verdicts.
[[nodiscard]] KnownSystem forty_short_queues();
/// Three servers, room for two more: who comes then is turned away.
[[nodiscard]] KnownSystem lossy_room(int replications);
/// Two planned outages that overlap, each at its drawn instant.
[[nodiscard]] KnownSystem planned_outage(int replications);
/// A site dies; somebody has to see it (every 10 s) and to approve the move (exponential, 20 s).
[[nodiscard]] KnownSystem failover(int replications);
/// The same, but three times in ten the person has to be fetched.
[[nodiscard]] KnownSystem failover_with_two_fates(int replications);
/// A queue at twice its capacity: nothing bounds a wait, a tenth of the requests fails.
[[nodiscard]] KnownSystem overload(int replications);
[[nodiscard]] std::vector<KnownSystem> all_known_systems();

/// Plays a system and makes its report.
class KnownPlayer {
 public:
  /// `expect`: the expectations, each a JSON object.
  KnownPlayer(const KnownSystem& system, const std::vector<std::string>& expect);
  /// All replications with that seed. The expectations of the document are those of the constructor, in their order.
  [[nodiscard]] report::ResultDocument play(std::uint64_t seed) const;

 private:
  Compiled made_;
  std::vector<world::ProcedureFactory> procedures_;
  report::Scenario scenario_;
};

/// An expectation of the figure: `relation` ("<=" or ">=") and a bound, in the unit of the figure's truth.
[[nodiscard]] std::string expectation_of(const KnownFigure& figure, const std::string& relation,
                                         double bound);

}  // namespace twinvoice::testing
