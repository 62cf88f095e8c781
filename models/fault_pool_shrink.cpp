// Model: a pool loses usable connections.
//
// What it models: leaked or killed connections, a wrong limit rolled out: 2000 usable connections become 300.
// Parameters: target component, required: its pool (threads, connections, pool) on every replica; to [n],
//   required: what is left; over [s], default at once: in ten equal steps.
// Equations: size = min(size, caps of all faults); tokens in use are never revoked, the cap takes effect as
//   they come back.
// Assumptions and limits: of a component with several pools the one held from admission to reply, else that
//   of its first call.
// References: MySQL manual, max_connections.
#include <optional>

#include "sim/compile/part.hpp"

namespace twinvoice::models {
namespace {

struct PoolShrink {
  spec::ComponentRef target;
  std::int64_t to = 0;
  std::optional<Duration> over;

  void describe(spec::Fields& f) {
    f.required("target", target, "component whose pool shrinks, on every replica");
    f.required("to", to, "tokens that are left", spec::kCountOrZero);
    f.optional("over", over, "time the shrinking takes, in ten equal steps; absent: at once",
               spec::kPositive);
  }

  void lower(compile::FaultBuilder& b) const {
    b.refuse_ramp();
    if (over) b.ramp_over(*over);
    if (over && b.spec().duration && over->ns > b.spec().duration->ns) {
      b.error(b.spec().place, "\"over\" is longer than the fault");
    }
    for (const plan::PoolId pool : b.admission_pools(target)) {
      const double size = static_cast<double>(b.plan().pools[pool.index()].size);
      b.ramp(plan::Knob::kPoolCap, pool.value, size, static_cast<double>(to));
    }
  }
};

}  // namespace

compile::FaultModel make_fault_pool_shrink() {
  return compile::fault<PoolShrink>("pool_shrink", "a pool loses usable tokens");
}

}  // namespace twinvoice::models
