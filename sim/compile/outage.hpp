// One walk over all programs of a Plan with something dead: how likely a frame of each fails, callees first.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/compile/structure.hpp"
#include "sim/plan/plan.hpp"

namespace twinvoice::compile {

/// Whether the caller ejects replicas that fail: it counts errors, and one replica is within its share.
[[nodiscard]] bool may_eject(const plan::Plan& plan, const plan::CallSite& site);

class OutageWalk {
 public:
  OutageWalk(const plan::Plan& plan, const Outage& outage);

  /// By operation.
  [[nodiscard]] std::vector<Lost> lost() const;

 private:
  /// Probabilities that a frame ends so: answered at once (nobody listens, nobody leads) or by silence until a limit.
  struct Failure {
    double at_once = 0.0;
    double silent = 0.0;
    bool at_least = false, at_most = false;  ///< see Lost
    [[nodiscard]] double all() const { return at_once + silent; }
    /// The doubts about `other` are doubts about this too.
    void doubt(const Failure& other) {
      at_least = at_least || other.at_least;
      at_most = at_most || other.at_most;
    }
  };
  enum class Reach : std::uint8_t { kAnswers, kRefuses, kSilent };

  [[nodiscard]] Failure program(std::size_t program, std::uint32_t location) const;
  [[nodiscard]] Failure call(const plan::CallSite& site, std::uint32_t from) const;
  [[nodiscard]] Failure joined(const plan::Step& fork, std::uint32_t needed, std::uint32_t location) const;
  [[nodiscard]] bool commits(const plan::Log& log, std::uint32_t location) const;
  /// Ordinals that the site takes turns among, with their shares.
  [[nodiscard]] std::vector<std::pair<std::uint32_t, double>> candidates(const plan::CallSite& site,
                                                                         std::uint32_t from) const;
  /// Whether fewer of its replicas live, wherever they stand, than its `needs` asks for.
  [[nodiscard]] bool counts_as_down(const plan::Component& component) const;
  [[nodiscard]] bool taken_out(std::uint32_t instance) const;
  [[nodiscard]] Reach reach(std::uint32_t instance, std::uint32_t from) const;
  [[nodiscard]] bool open(std::uint32_t from, std::uint32_t to) const;
  [[nodiscard]] bool dead_place(std::uint32_t location) const {
    return !outage_.locations.empty() && outage_.locations[location];
  }

  const plan::Plan& plan_;
  const Outage& outage_;
  std::vector<std::vector<std::uint32_t>> probers_;  ///< [component] places of the probes that watch it
  std::vector<std::vector<Failure>> frames_;         ///< [program][location]
};

}  // namespace twinvoice::compile
