#include "sim/measure/ownership.hpp"

#include <algorithm>

namespace twinvoice::measure {

namespace {

bool acts_at(const FaultSpan& fault, Nanos begin_ns, Nanos hold_ns) {
  return fault.begin_ns <= begin_ns && (fault.end_ns == kNever || begin_ns - fault.end_ns < hold_ns);
}

bool began_while_it_lasted(const FaultSpan& fault, Nanos begin_ns, Nanos end_ns) {
  return fault.begin_ns > begin_ns && fault.begin_ns < end_ns;
}

bool begins_like(const Interruption& other, const Interruption& interruption) {
  return other.begin_high_ns >= interruption.begin_low_ns.value_or(0) &&
         other.begin_low_ns.value_or(0) <= interruption.begin_high_ns;
}

bool ends_like(const Interruption& other, const Interruption& interruption) {
  if (!other.end_ns || !interruption.end_ns) return !other.end_ns && !interruption.end_ns;
  return other.end_high_ns.value_or(kNever) >= interruption.end_low_ns &&
         other.end_low_ns <= interruption.end_high_ns.value_or(kNever);
}

}  // namespace

FaultIndices candidate_faults(Nanos begin_ns, Nanos end_ns, std::span<const FaultSpan> faults,
                              Nanos hold_ns) {
  FaultIndices candidates;
  for (std::size_t i = 0; i < faults.size(); ++i) {
    if (acts_at(faults[i], begin_ns, hold_ns) || began_while_it_lasted(faults[i], begin_ns, end_ns)) {
      candidates.push_back(i);
    }
  }
  return candidates;
}

Owners owners_among(const FaultIndices& candidates, Nanos begin_ns, std::span<const FaultSpan> faults,
                    const std::function<Without(std::size_t)>& without) {
  const bool alone = candidates.size() == 1;
  if (candidates.empty() || (alone && faults[candidates.front()].begin_ns <= begin_ns)) return {candidates};
  Owners owners;
  for (const std::size_t fault : candidates) {
    const Without replay = without(fault);
    const bool prolongs = faults[fault].begin_ns > begin_ns && !replay.ends_at_the_same;
    if (!replay.begins || prolongs) owners.faults.push_back(fault);
  }
  if (owners.faults.empty() && !alone) owners.faults = candidates;
  return owners;
}

Owners owners_of(const Interruption& interruption, std::span<const FaultSpan> faults, Nanos hold_ns,
                 const std::function<std::vector<Interruption>(std::size_t)>& interruptions_without) {
  const FaultIndices candidates =
      candidate_faults(interruption.begin_ns, interruption.end_ns.value_or(kNever), faults, hold_ns);
  return owners_among(candidates, interruption.begin_ns, faults, [&](std::size_t fault) -> Without {
    const std::vector<Interruption> others = interruptions_without(fault);
    const auto same = std::find_if(others.begin(), others.end(), [&](const Interruption& other) {
      return begins_like(other, interruption);
    });
    if (same == others.end()) return {false, false};
    return {true, ends_like(*same, interruption)};
  });
}

Interruption as_owned_by(const FaultSpan& fault, Interruption interruption) {
  // One that is open when the fault begins is the fault's from that instant on, exactly.
  if (interruption.begin_ns < fault.begin_ns) interruption.begin_high_ns = fault.begin_ns;
  interruption.begin_low_ns = std::max(interruption.begin_low_ns.value_or(0), fault.begin_ns);
  interruption.begin_ns = std::max(interruption.begin_ns, fault.begin_ns);
  interruption.begin_high_ns = std::max(interruption.begin_high_ns, fault.begin_ns);
  return interruption;
}

}  // namespace twinvoice::measure
