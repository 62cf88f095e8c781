// Procedures as the Plan knows them: who stands where, and the laws they draw from. What they do is their model's code.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/plan/ids.hpp"

namespace twinvoice::plan {

/// A law that a procedure draws from, under the name its model gave it ("approve.takes").
struct ProcedureLaw {
  std::string quantity;
  LawId law;
};

/// One procedure of the topology, or one that a part implies (the replication stream of a database). Its index is its declared
/// id: the order of simultaneous turns. Its effects are numbered kProcedureEffects + index x 65536 + slot: it holds at most
/// 65536 at once, and a slot is free again when its effect has ended.
struct Procedure {
  std::string name;
  std::string model;
  LocationId at;        ///< where its actor stands
  std::string subject;  ///< the component it is about, for implied procedures; else as the model likes, or ""
  bool implied = false;    ///< not written in the topology
  bool takes_out = false;  ///< takes replicas of its subject that do not answer it out of balancing
  std::vector<ProcedureLaw> laws;
  std::vector<std::string> advice;  ///< what an expert would say of how it is set up, one sentence each

  /// Invalid when its model named no such law (or the law is absent in the input).
  [[nodiscard]] LawId law(std::string_view quantity) const {
    for (const ProcedureLaw& l : laws) {
      if (l.quantity == quantity) return l.law;
    }
    return {};
  }
};

}  // namespace twinvoice::plan
