// The knobs of the running world: overlapping effects, each known by its own id, and their composition. Both engines keep
// theirs in one of these, so that they cannot differ in what several faults at once come to.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "sim/plan/turns.hpp"

namespace twinvoice::plan {

/// Effects by (knob, target), each folded in the order of their ids. Which composition a knob uses is stated at Knob. Every
/// look costs the logarithm of how many knobs are turned: a fault may kill tens of thousands of replicas at once.
class Effects {
 public:
  /// Begins an effect, or changes the strength of one that has begun.
  void begin(Knob knob, std::uint32_t target, std::uint32_t effect, double value) {
    values_[{knob, target}][effect] = value;
  }
  /// False: there was no such effect.
  bool end(Knob knob, std::uint32_t target, std::uint32_t effect) {
    const auto at = values_.find({knob, target});
    if (at == values_.end() || at->second.erase(effect) == 0) return false;
    if (at->second.empty()) values_.erase(at);
    return true;
  }

  [[nodiscard]] bool any(Knob knob, std::uint32_t target) const { return values_.contains({knob, target}); }
  [[nodiscard]] double product(Knob knob, std::uint32_t target) const {
    return fold(knob, target, 1.0, [](double a, double b) { return a * b; });
  }
  [[nodiscard]] double sum(Knob knob, std::uint32_t target) const {
    return fold(knob, target, 0.0, [](double a, double b) { return a + b; });
  }
  [[nodiscard]] double minimum(Knob knob, std::uint32_t target, double base) const {
    return fold(knob, target, base, [](double a, double b) { return std::min(a, b); });
  }
  [[nodiscard]] double maximum(Knob knob, std::uint32_t target, double base) const {
    return fold(knob, target, base, [](double a, double b) { return std::max(a, b); });
  }
  /// Product of (1 - value), times `base`.
  [[nodiscard]] double survival(Knob knob, std::uint32_t target, double base) const {
    return fold(knob, target, base, [](double a, double b) { return a * (1.0 - b); });
  }

 private:
  template <class Combine>
  [[nodiscard]] double fold(Knob knob, std::uint32_t target, double start, Combine combine) const {
    const auto at = values_.find({knob, target});
    if (at == values_.end()) return start;
    for (const auto& [effect, value] : at->second) start = combine(start, value);
    return start;
  }

  std::map<std::pair<Knob, std::uint32_t>, std::map<std::uint32_t, double>> values_;
};

}  // namespace twinvoice::plan
