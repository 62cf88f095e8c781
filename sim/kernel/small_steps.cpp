// Gates, branches and cells: steps that take no time.
#include <algorithm>

#include "sim/kernel/hot.hpp"
#include "sim/random/elementary.hpp"

namespace twinvoice::kernel {

bool Engine::pass_gate(std::uint32_t f, const plan::Step& step) {
  const Frame& frame = frames_[f];
  const bool per_request = (step.flags & plan::kPerRequest) != 0;
  const std::uint32_t g = step.target + (per_request ? 0 : caller_ordinal(f));
  const plan::Gate& gate = plan_.gates[g];
  bool rejected = false;
  if (gate.kind == plan::GateKind::kRateLimit) {
    const double refill = gate.rate_per_s * to_seconds(now_ - gate_at_ns_[g]);
    gate_tokens_[g] = std::min(gate.burst, gate_tokens_[g] + refill);
    gate_at_ns_[g] = now_;
    rejected = gate_tokens_[g] < 1.0;
    if (!rejected) gate_tokens_[g] -= 1.0;
  } else {
    const double probability = gate_probability_[g];
    const auto draw = [&] {
      if (!gate.by_request) return uniform(gate.purpose, frame);
      return random::Draws(stream_, gate.purpose, requests_[frame.request].root_hash).next_uniform();
    };
    rejected = probability >= 1.0 || (probability > 0.0 && draw() < probability);
  }
  if (rejected)
    fail(f, gate.reason == plan::Reason::kGate ? plan::Cause{plan::Reason::kGate, g} : here(f, gate.reason));
  return !rejected;
}

bool Engine::takes_branch(std::uint32_t f, const plan::Step& step) {
  double probability = step.value;
  if ((step.flags & plan::kCellScaled) != 0) probability *= cell_value(step.target + caller_ordinal(f));
  if (probability >= 1.0) return true;
  return probability > 0.0 && uniform(step.purpose, frames_[f]) < probability;
}

double Engine::cell_value(std::uint32_t cell) const {
  const plan::Cell& fixed = plan_.cells[cell];
  if (fixed.half_life_ns == kNever) return cells_[cell];
  const double half_lives =
      static_cast<double>(now_ - cell_at_ns_[cell]) / static_cast<double>(fixed.half_life_ns);
  return std::max(fixed.low, cells_[cell] * random::exp(-0.69314718055994530942 * half_lives));
}

void Engine::update_cell(std::uint32_t f, const plan::Step& step) {
  const std::uint32_t cell = step.target + caller_ordinal(f);
  const plan::Cell& fixed = plan_.cells[cell];
  double value = cell_value(cell);
  switch (static_cast<plan::UpdateOp>(step.arg)) {
    case plan::UpdateOp::kSet: value = step.value; break;
    case plan::UpdateOp::kAdd: value += step.value; break;
    case plan::UpdateOp::kMax: value = std::max(value, step.value); break;
  }
  cells_[cell] = std::clamp(value, fixed.low, fixed.high);
  cell_at_ns_[cell] = now_;
}

}  // namespace twinvoice::kernel
