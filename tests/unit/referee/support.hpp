// Shared by the tests of the referee: small plans and short forms.
#pragma once

#include <cstdint>

#include "sim/plan/plan.hpp"
#include "sim/referee/referee.hpp"
#include "tests/support/plan_builder.hpp"

namespace twinvoice::testing {

inline constexpr Nanos kSecond = kNanosPerSecond;

/// One operation "issue" whose clients, in `clients`, call one component through `site`; the program of the
/// callee is given.
struct OneCall {
  PlanBuilder& b;
  plan::ComponentId component;
  plan::CallSiteId site;
  plan::OperationId operation;

  OneCall(PlanBuilder& builder, plan::LocationId clients, plan::ComponentId callee, plan::ProgramId program)
      : b(builder), component(callee) {
    site = b.call("issue>callee", callee, program);
    operation = b.operation("issue", b.program("issue").call(site).end(), clients);
  }
  plan::CallSite& policy() { return b.site(site); }
};

inline plan::Cause cause_of(const measure::RequestRecord& r) { return plan::Cause::of_packed(r.cause); }
inline plan::Cause first_cause_of(const measure::RequestRecord& r) {
  return plan::Cause::of_packed(r.first_cause);
}
inline Nanos latency_of(const measure::RequestRecord& r) { return r.decided_ns - r.arrived_ns; }

inline referee::RefereeResult judge(PlanBuilder& b, Nanos horizon_ns) {
  return referee::run_in_child(b.horizon(horizon_ns).build(), 0);
}

}  // namespace twinvoice::testing
