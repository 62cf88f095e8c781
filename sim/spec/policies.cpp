#include "sim/spec/policies.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/spec/document.hpp"
#include "sim/spec/file_kind.hpp"
#include "sim/spec/reference_check.hpp"

namespace twinvoice::spec {
namespace {

constexpr std::size_t kLongestName = 64;
constexpr std::size_t kMostPolicies = 64;

bool good_name(std::string_view name) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return !name.empty() && name.size() <= kLongestName && name.front() != ' ' && name.back() != ' ' &&
         std::none_of(name.begin(), name.end(), control);
}

}  // namespace

void Codec<PolicyMap>::decode(Decoder& d, const Node& node, PolicyMap& v, const Range& /*range*/) {
  if (!d.is(node, NodeKind::kObject, "an object whose keys are names of policies")) return;
  v.clear();
  d.members(node, [&](const Node& member) {
    Policy policy{std::string(member.key), d.key_place(member), {}};
    if (!good_name(member.key)) {
      d.error(member, fmt::format("{} is not a name: 1 to {} printable bytes, no blank at either end",
                                  quote(member.key), kLongestName));
    }
    Codec<PolicySpec>::decode(d, member, policy.spec, kAny);
    v.push_back(std::move(policy));
  });
}
Type Codec<PolicyMap>::type() {
  return detail::map_type(Codec<PolicySpec>::type(), "name", "^[^ \\u0000-\\u001f].{0,63}$");
}
std::string Codec<PolicyMap>::text(const PolicyMap&) { return {}; }

void StartSpec::describe(Fields& f) {
  f.required("procedure", procedure, "that is ordered to begin its work: a site_failover");
  f.optional("at", at, "since the branch", kNotNegative);
}

void PolicySpec::describe(Fields& f) {
  f.optional("description", description, "what is done");
  f.optional("faults", faults, "what is done to the world, as in an experiment; times count from the branch");
  f.optional("start", start,
             "procedures that are ordered to begin, without waiting for detection and decision");
}

void Policies::describe(Fields& f) {
  std::string schema;
  std::string version = "policies/1";
  f.optional("$schema", schema, "address of the JSON Schema, for editors");
  f.required("twinvoice", version, "always \"policies/1\"");
  f.rule("twinvoice", version == "policies/1", "need \"policies/1\"");
  f.optional("name", name, "of the comparison");
  f.optional("description", description, "what it asks");
  f.required("policies", policies, "what might be done, by name; the others are compared with the first");
  f.rule("policies", !policies.empty(), "need at least one policy; {} is the policy that does nothing");
  f.rule("policies", policies.size() <= kMostPolicies, "more than 64 policies");
}

Policies read_policies(std::string file, std::string text, const ModelCatalog& catalog, Issues& issues) {
  Policies policies;
  policies.file = file;
  const auto document = parse_document(std::move(file), std::move(text), issues);
  if (!document) return policies;
  policies.source = document->text();
  if (!is_kind(*document, "policies", issues)) return policies;
  Decoder decoder(*document, catalog, issues);
  Codec<Policies>::decode(decoder, document->root(), policies, kAny);
  policies.references = decoder.references();
  for (Policy& policy : policies.policies) {
    for (FaultSpec& fault : policy.spec.faults) {
      if (fault.id.empty()) fault.id = fault.model.name;
      if (!range_of(fault.at).one_value())
        issues.error(
            fault.place,
            "what a policy does has one instant: a law or a window is for the faults of an experiment");
    }
  }
  return policies;
}

void check_policies(const Policies& policies, const Experiment& experiment, Nanos branch_ns, Issues& issues) {
  NameIndex index(experiment.topology);
  for (const FaultSpec& fault : experiment.faults) index.add_fault(fault.id);
  index.seal();
  check_references(policies.references, index, issues);
  const Nanos left_ns = experiment.horizon.ns - branch_ns;
  const auto in_time = [&](Duration at, Place place) {
    if (at.ns < left_ns) return;
    place.pointer += "/at";
    issues.error(std::move(place),
                 fmt::format("{} after the branch is not before the horizon: need less than {}",
                             format_quantity(at), format_duration(left_ns)));
  };
  for (const Policy& policy : policies.policies) {
    for (const FaultSpec& fault : policy.spec.faults) in_time(range_of(fault.at).low, fault.place);
    for (const StartSpec& start : policy.spec.start) {
      Place place = start.procedure.place;
      place.pointer = place.pointer.substr(0, place.pointer.rfind('/'));
      in_time(start.at, place);
    }
  }
}

}  // namespace twinvoice::spec
