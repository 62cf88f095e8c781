// What is lost while something is dead: the structure of a Plan as the engines see it, not as a graph has it. A balancer goes on
// choosing a dead replica until somebody takes it out, `nearest` does not look beyond a dead neighbour, and a call without a
// limit on a try never gets to its retries.
//
// One state is judged at a time: what is dead stays so, whoever notices it has noticed it, no runbook has moved anything. The
// result is exact where replicas are chosen in turn or at random; it leaves out load, breakers, hedges and the first seconds.
// Who is taken for the leader is who leads at the start.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/plan/plan.hpp"

namespace twinvoice::compile {

/// Who calls: the component, or the operation of a client.
[[nodiscard]] std::string caller_name(const plan::Plan& plan, const plan::CallSite& site);

/// What is dead, by id. Empty: none.
struct Outage {
  std::vector<bool> instances, locations, links;
};

/// Requests of one operation that fail in an outage.
struct Lost {
  double share = 0.0;  ///< of all its requests, 0..1
  /// It may be more: a balancer prefers who has little to do, and who fails at once has.
  bool at_least = false;
  /// It may be less: who fails now and then is ejected when enough errors come in a row.
  bool at_most = false;
};

/// Things that can be lost one at a time.
enum class Element : std::uint8_t { kReplica, kReplicas, kZone, kSite, kRegion, kLink };
/// "replica", "replicas", "zone", ...
[[nodiscard]] const char* element_name(Element element);

/// A zone, site or region.
struct PlaceExtent {
  Element element = Element::kZone;
  std::string name;
  std::vector<bool> locations;  ///< by location: whether it belongs to it
};
/// All of them, zones first; of several that are the same ground only the smallest, a zone that is a whole site as that.
[[nodiscard]] std::vector<PlaceExtent> place_extents(const plan::Plan& plan);

/// What one operation loses with one element. Only what loses something is listed.
struct SingleLoss {
  plan::OperationId operation;
  Element element = Element::kReplica;
  std::string
      name;  ///< "waf at shanghai-a" of kReplica (one of them) and kReplicas (all of them there), else the place's or link's
  plan::ComponentId component;     ///< of replicas
  std::uint32_t dead = 0, of = 0;  ///< of replicas: how many of how many the component has
  Lost lost;
  bool holds_clients = false;  ///< the clients themselves stand there: that is no fault of the design
};

class Structure {
 public:
  explicit Structure(const plan::Plan& plan);

  /// Who takes a dead replica of the component out of balancing: probes by name, "ejection" for every caller; "ejection of
  /// CALLER" where only some callers have it. Empty: nobody.
  [[nodiscard]] const std::vector<std::string>& noticed_by(plan::ComponentId component) const {
    return noticed_by_[component.index()];
  }
  /// Whether somebody calls the component, and every caller's balancing hears of a dead replica: by a probe or by its own ejection.
  [[nodiscard]] bool noticed_by_all(plan::ComponentId component) const { return noticed_[component.index()]; }

  /// By operation.
  [[nodiscard]] std::vector<Lost> lost(const Outage& outage) const;
  /// Each replica (one for each place and component), all replicas of a component at one place, each zone, site, region and link:
  /// what an operation loses with it, largest share first within an operation.
  [[nodiscard]] std::vector<SingleLoss> single_losses() const;

 private:
  void find_notices();

  const plan::Plan& plan_;
  std::vector<std::vector<std::string>> noticed_by_;
  std::vector<bool> noticed_;
};

}  // namespace twinvoice::compile
