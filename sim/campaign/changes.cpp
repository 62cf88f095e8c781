#include "sim/campaign/changes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "sim/spec/patch.hpp"

namespace twinvoice::campaign {
namespace {

/// A wanted change with its place.
struct Placed {
  Wanted wanted;
  Spot spot;
};

bool removes(const Wanted& wanted) { return wanted.value->kind == spec::NodeKind::kNull; }

bool is_append(const Spot& spot) { return !spot.tokens.empty() && spot.tokens.back() == "-"; }

bool lies_inside(const Spot& inner, const Spot& outer) {
  return inner.in_topology == outer.in_topology && inner.tokens.size() > outer.tokens.size() &&
         std::equal(outer.tokens.begin(), outer.tokens.end(), inner.tokens.begin());
}

/// What is not a sweep's to change, and what to do instead; "" for all the rest.
std::string_view not_to_change(const Spot& spot) {
  if (spot.in_topology || spot.tokens.size() != 1) return "";
  if (spot.tokens.front() == "replications")
    return "the sweep's own \"replications\" say how often a cell is run";
  if (spot.tokens.front() == "name") return "a cell is called by its levels";
  if (spot.tokens.front() == "topology") return "the topology is changed by the target \"/topology\" alone";
  return "";
}

class Changer {
 public:
  Changer(const Bases& bases, std::string context, Issues& issues)
      : bases_(bases), context_(std::move(context)), issues_(issues) {}

  Changed run(std::vector<Wanted> wanted) {
    Changed out{spec::canonical_text(*bases_.experiment), spec::canonical_text(*bases_.topology), {}};
    while (!wanted.empty()) {
      std::vector<Placed> ready = resolve_all(wanted);
      if (ready.empty() || !check(ready)) return out;
      for (const Placed& placed : ready) out.spots.push_back({placed.spot, placed.wanted.value->place});
      if (!apply(ready, out, !wanted.empty())) return out;
    }
    return out;
  }

 private:
  void complain(const Wanted& wanted, const std::string& message) {
    issues_.error(wanted.target->place,
                  fmt::format("{}the target {}: {}", context_, spec::quote(wanted.target->text), message));
  }

  /// Takes what can be done now out of `wanted`. When nothing can, says why and empties it.
  std::vector<Placed> resolve_all(std::vector<Wanted>& wanted) {
    std::vector<Placed> placed;
    std::vector<Wanted> later;
    std::vector<std::string> problems;
    for (Wanted& w : wanted) {
      Resolution found = resolve(w.target->text, removes(w), bases_);
      if (found.spot) {
        placed.push_back({std::move(w), std::move(*found.spot)});
      } else {
        later.push_back(std::move(w));
        problems.push_back(std::move(found.problem));
      }
    }
    if (placed.empty()) {
      for (std::size_t i = 0; i < later.size(); ++i) complain(later[i], problems[i]);
    }
    std::vector<Placed> ready;
    for (Placed& p : placed) {
      const bool waits = std::any_of(placed.begin(), placed.end(),
                                     [&](const Placed& other) { return lies_inside(p.spot, other.spot); });
      if (waits) {
        later.push_back(p.wanted);
      } else {
        ready.push_back(p);
      }
    }
    std::stable_sort(ready.begin(), ready.end(), [](const Placed& a, const Placed& b) {
      return std::tie(a.spot, a.wanted.value->json) < std::tie(b.spot, b.wanted.value->json);
    });
    wanted = std::move(later);
    return ready;
  }

  bool check(const std::vector<Placed>& ready) {
    bool good = true;
    for (std::size_t i = 0; i < ready.size(); ++i) {
      const std::string_view refusal = not_to_change(ready[i].spot);
      const bool again = i > 0 && ready[i].spot == ready[i - 1].spot && !is_append(ready[i].spot);
      if (!refusal.empty()) complain(ready[i].wanted, std::string(refusal));
      if (again) {
        complain(ready[i].wanted,
                 fmt::format("{} and {} both change {}", spec::quote(ready[i - 1].wanted.owner),
                             spec::quote(ready[i].wanted.owner), spot_text(ready[i].spot)));
      }
      good = good && refusal.empty() && !again;
    }
    return good;
  }

  bool apply(const std::vector<Placed>& ready, Changed& out, bool go_on) {
    std::vector<spec::Change> experiment, topology;
    for (const Placed& placed : ready) {
      auto json =
          removes(placed.wanted) ? std::nullopt : std::optional<std::string>(placed.wanted.value->json);
      (placed.spot.in_topology ? topology : experiment).push_back({placed.spot.tokens, std::move(json)});
    }
    if (!experiment.empty()) out.experiment = spec::patched_text(*bases_.experiment, experiment);
    if (!topology.empty()) out.topology = spec::patched_text(*bases_.topology, topology);
    if (!go_on) return true;
    own_experiment_ = spec::parse_document(bases_.experiment->file(), out.experiment, issues_);
    own_topology_ = spec::parse_document(bases_.topology->file(), out.topology, issues_);
    if (!own_experiment_ || !own_topology_) return false;
    bases_ = {&*own_experiment_, &*own_topology_};
    return true;
  }

  Bases bases_;
  std::optional<spec::Document> own_experiment_, own_topology_;
  std::string context_;
  Issues& issues_;
};

}  // namespace

Changed make_changes(const Bases& bases, std::vector<Wanted> wanted, const std::string& context,
                     Issues& issues) {
  return Changer(bases, context, issues).run(std::move(wanted));
}

}  // namespace twinvoice::campaign
