// The knobs of the running world: overlapping effects, each known by its own id, and their composition.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "sim/plan/turns.hpp"

namespace twinvoice::referee {

/// Effects by (knob, target). Which composition a knob uses is stated at plan::Knob.
class Effects {
 public:
  void begin(plan::Knob knob, std::uint32_t target, std::uint32_t effect, double value) {
    values_[{knob, target}][effect] = value;
  }
  void end(plan::Knob knob, std::uint32_t target, std::uint32_t effect) {
    const auto at = values_.find({knob, target});
    if (at == values_.end()) return;
    at->second.erase(effect);
    if (at->second.empty()) values_.erase(at);
  }

  [[nodiscard]] bool any(plan::Knob knob, std::uint32_t target) const {
    return values_.contains({knob, target});
  }
  [[nodiscard]] double product(plan::Knob knob, std::uint32_t target) const {
    return fold(knob, target, 1.0, [](double a, double b) { return a * b; });
  }
  [[nodiscard]] double sum(plan::Knob knob, std::uint32_t target) const {
    return fold(knob, target, 0.0, [](double a, double b) { return a + b; });
  }
  [[nodiscard]] double minimum(plan::Knob knob, std::uint32_t target, double base) const {
    return fold(knob, target, base, [](double a, double b) { return std::min(a, b); });
  }
  [[nodiscard]] double maximum(plan::Knob knob, std::uint32_t target, double base) const {
    return fold(knob, target, base, [](double a, double b) { return std::max(a, b); });
  }
  /// Product of (1 - value), times `base`.
  [[nodiscard]] double survival(plan::Knob knob, std::uint32_t target, double base) const {
    return fold(knob, target, base, [](double a, double b) { return a * (1.0 - b); });
  }

 private:
  template <class Combine>
  [[nodiscard]] double fold(plan::Knob knob, std::uint32_t target, double start, Combine combine) const {
    const auto at = values_.find({knob, target});
    if (at == values_.end()) return start;
    for (const auto& [effect, value] : at->second) start = combine(start, value);
    return start;
  }

  std::map<std::pair<plan::Knob, std::uint32_t>, std::map<std::uint32_t, double>> values_;
};

}  // namespace twinvoice::referee
