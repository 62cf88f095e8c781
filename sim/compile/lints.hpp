// What experts see at once in a design, without load and without a run: each finding with the thing it is about, why, and what to do.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/plan/plan.hpp"

namespace twinvoice::compile {

/// What a finding is about: a member of this map of the topology, by its name.
enum class Subject : std::uint8_t { kComponent, kOperation, kProcedure };

struct Advice {
  Subject subject = Subject::kComponent;
  std::string name;
  std::string text;
};

/// In the order of the rules; within a rule in the order of the Plan.
[[nodiscard]] std::vector<Advice> lints(const plan::Plan& plan);

}  // namespace twinvoice::compile
