// policies/1: what might be done from one instant of a run on, as named policies to be compared. Times count from that instant.
#pragma once

#include <string>
#include <vector>

#include "sim/spec/experiment.hpp"
#include "sim/spec/fields.hpp"

namespace twinvoice::spec {

/// {"procedure": "dr", "at"?: D}: somebody orders a procedure to begin its work.
struct StartSpec {
  ProcedureRef procedure;
  Duration at{0};  ///< since the branch
  void describe(Fields& f);
};

/// Nothing at all, or faults (`shed` turns requests away) and orders.
struct PolicySpec {
  std::string description;
  std::vector<FaultSpec> faults;  ///< `at` since the branch
  std::vector<StartSpec> start;
  void describe(Fields& f);
};

struct Policy {
  std::string name;
  Place place;  ///< of the name
  PolicySpec spec;
};

/// By name, in file order. Names are free text of 1 to 64 characters.
struct PolicyMap : std::vector<Policy> {};
template <>
struct Codec<PolicyMap> {
  static void decode(Decoder& d, const Node& node, PolicyMap& v, const Range& range);
  static Type type();
  static std::string text(const PolicyMap& v);
};

struct Policies {
  std::string name;
  std::string description;
  PolicyMap policies;
  std::vector<Reference> references;
  std::string file;
  std::string source;  ///< the raw bytes, for hashes
  void describe(Fields& f);
};

/// Decodes a policies text; no reference is checked.
[[nodiscard]] Policies read_policies(std::string file, std::string text, const ModelCatalog& catalog,
                                     Issues& issues);

/// Checks what the policies name against the experiment, and that all they do happens between the branch and the horizon.
void check_policies(const Policies& policies, const Experiment& experiment, Nanos branch_ns, Issues& issues);

}  // namespace twinvoice::spec
