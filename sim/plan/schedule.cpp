#include "sim/plan/schedule.hpp"

#include <algorithm>
#include <tuple>

#include "sim/random/laws.hpp"

namespace twinvoice::plan {
namespace {

Nanos later(Nanos at_ns, Nanos by_ns) { return at_ns > kNever - by_ns ? kNever : at_ns + by_ns; }

}  // namespace

std::vector<Nanos> fault_begins(const Plan& plan, random::Stream stream, std::uint64_t replication) {
  std::vector<Nanos> begins_ns;
  for (const Fault& fault : plan.faults) {
    begins_ns.push_back(plays(plan, fault, replication) ? fault.at_ns : kNever);
    if (begins_ns.back() == kNever || !fault.begins.valid()) continue;
    random::Draws draws(stream, random::purpose_of("fault", "begin"),
                        random::root_frame(random::hash_name(fault.name), 0));
    // Rounding to nanoseconds never takes it before the law's lower end.
    begins_ns.back() =
        std::max(fault.at_ns, random::sample_ns(plan.laws[fault.begins.index()], plan.law_tables, draws));
  }
  return begins_ns;
}

Nanos fault_end(const Fault& fault, Nanos begin_ns) {
  return fault.until_ns == kNever ? kNever : later(fault.until_ns, begin_ns - fault.at_ns);
}

bool draws_faults(const Plan& plan) {
  return plan.variants > 1 || std::any_of(plan.faults.begin(), plan.faults.end(),
                                          [](const Fault& fault) { return fault.begins.valid(); });
}

std::vector<Turn> turns_of(const Plan& plan, const std::vector<Nanos>& begins_ns) {
  std::vector<Turn> turns = plan.turns;
  for (Turn& turn : turns) {
    if (turn.effect >= plan.faults.size()) continue;
    turn.at_ns = later(turn.at_ns, begins_ns[turn.effect] - plan.faults[turn.effect].at_ns);
  }
  std::stable_sort(turns.begin(), turns.end(), [](const Turn& a, const Turn& b) {
    return std::tuple(a.at_ns, a.rung, a.effect) < std::tuple(b.at_ns, b.rung, b.effect);
  });
  return turns;
}

}  // namespace twinvoice::plan
