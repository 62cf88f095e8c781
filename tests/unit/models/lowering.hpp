// Short forms of programs, for tests that say what a model lowers to.
#pragma once

#include <string>

#include "sim/plan/plan.hpp"
#include "sim/plan/words.hpp"

namespace twinvoice::models {

/// Topology of two linked sites and one operation "op" from site a into "front", with these components.
inline std::string two_sites(const std::string& components) {
  return R"("sites": {"a": {"region": "east", "zones": ["1", "2"]}, "b": {"region": "west"}},
            "links": {"ab": {"between": ["a", "b"], "latency": "14 ms", "bandwidth": "2 Gbps"}},
            "components": {)" +
         components + R"(}, "operations": {"op": {"entry": "front", "from": "a"}})";
}

inline std::string load(const std::string& more = "") {
  return R"("load": {"op": {"poisson": "10 tps"}}, "horizon": "1 h")" + more;
}

inline const plan::Program* find_program(const plan::Plan& plan, const std::string& name) {
  for (const plan::Program& p : plan.programs) {
    if (p.name == name) return &p;
  }
  return nullptr;
}

/// "hop acquire serve call release hop return"; "no such program" when there is none.
inline std::string steps_of(const plan::Plan& plan, const std::string& name) {
  const plan::Program* p = find_program(plan, name);
  if (p == nullptr) return "no such program";
  std::string text;
  for (std::uint32_t i = p->first; i < p->first + p->count; ++i) {
    text += (text.empty() ? "" : " ") + std::string(plan::word(plan.steps[i].kind));
  }
  return text;
}

/// The n-th step of that kind in a program, from 0.
inline const plan::Step& step_of(const plan::Plan& plan, const std::string& name, plan::StepKind kind,
                                 int n = 0) {
  const plan::Program* p = find_program(plan, name);
  for (std::uint32_t i = p->first; i < p->first + p->count; ++i) {
    if (plan.steps[i].kind == kind && n-- == 0) return plan.steps[i];
  }
  static const plan::Step none;
  return none;
}

inline const plan::CallSite* find_call(const plan::Plan& plan, const std::string& name) {
  for (const plan::CallSite& c : plan.calls) {
    if (c.name == name) return &c;
  }
  return nullptr;
}

}  // namespace twinvoice::models
