// Model: two groups of places cannot reach each other.
//
// What it models: a misconfigured security group, route table or NAT gateway, a cut backbone. Messages that
//   meet the cut are held and delivered at repair if it comes within the connection's user timeout, else
//   reset.
// Parameters: between [[places], [places]], required: sites or zones; direction both | a_to_b | b_to_a,
//   default both; new_only, default false: only connections being set up are stopped, established ones live
//   on (as with stateful firewalls).
// Equations: each pair of locations (a in the first group, b in the second) is blocked in the stated
//   direction from `at` to the end.
// Assumptions and limits: blocking is per pair of places, not per component; with new_only it acts on calls
//   with a connection pool alone, since other calls set up no connection in the model.
// References: Chaos Mesh NetworkChaos partition; P. Bailis and K. Kingsbury, "The network is reliable", 2014.
#include <string_view>
#include <utility>
#include <vector>

#include "sim/compile/part.hpp"

namespace twinvoice::models {

enum class PartitionDirection { kBoth, kForward, kBackward };

}  // namespace twinvoice::models

namespace twinvoice::spec {

template <>
struct Words<models::PartitionDirection> {
  static const std::vector<std::pair<std::string_view, models::PartitionDirection>>& table() {
    static const std::vector<std::pair<std::string_view, models::PartitionDirection>> words{
        {"both", models::PartitionDirection::kBoth},
        {"a_to_b", models::PartitionDirection::kForward},
        {"b_to_a", models::PartitionDirection::kBackward}};
    return words;
  }
};

}  // namespace twinvoice::spec

namespace twinvoice::models {
namespace {

struct Partition {
  std::vector<std::vector<spec::LocationRef>> between;
  PartitionDirection direction = PartitionDirection::kBoth;
  bool new_only = false;

  void describe(spec::Fields& f) {
    f.required("between", between, "two lists of sites or zones");
    f.optional("direction", direction, "which way is cut, from the first list to the second or back");
    f.optional("new_only", new_only, "only connections being set up are stopped");
    f.rule("between", between.size() == 2, "a partition stands between exactly two lists of places");
  }

  void lower(compile::FaultBuilder& b) const {
    b.refuse_ramp();
    if (between.size() != 2) return;
    const auto knob = new_only ? plan::Knob::kPathBlockedNew : plan::Knob::kPathBlocked;
    const auto block = [&](plan::LocationId from, plan::LocationId to) {
      b.hold(knob, static_cast<std::uint32_t>(b.plan().route_index(from, to)));
    };
    for (const spec::LocationRef& left : between[0]) {
      for (const spec::LocationRef& right : between[1]) {
        for (const plan::LocationId a : b.locations(left)) {
          for (const plan::LocationId other : b.locations(right)) {
            if (a == other) {
              b.error(right.place, "\"" + right.id + "\" stands on both sides of the partition");
              return;
            }
            if (direction != PartitionDirection::kBackward) block(a, other);
            if (direction != PartitionDirection::kForward) block(other, a);
          }
        }
      }
    }
  }
};

}  // namespace

compile::FaultModel make_fault_partition() {
  return compile::fault<Partition>("partition", "two groups of sites cannot reach each other");
}

}  // namespace twinvoice::models
