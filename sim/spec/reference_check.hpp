// Which names exist: the sorted index of a topology's ids against which references are checked.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/base/issues.hpp"
#include "sim/spec/references.hpp"
#include "sim/spec/topology.hpp"

namespace twinvoice::spec {

/// A sorted set of names.
class NameSet {
 public:
  void add(std::string_view name) { names_.emplace_back(name); }
  void seal();  ///< sorts; before the first look-up
  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] std::string hint(std::string_view word) const;  ///< `; did you mean ...?` or ""

 private:
  std::vector<std::string> names_;
};

/// Every name a reference may mean.
class NameIndex {
 public:
  explicit NameIndex(const Topology& topology);
  /// Ids of faults are known only to an experiment.
  void add_fault(std::string_view id) { faults_.add(id); }
  void seal() { faults_.seal(); }
  /// Adds an issue when the reference names nothing.
  void check(const Reference& reference, Issues& issues) const;
  [[nodiscard]] bool has_site(std::string_view id) const { return sites_.has(id); }
  /// "component@site" or "component@site/zone" with at least one replica there.
  [[nodiscard]] bool has_replica(std::string_view where) const { return replicas_.has(where); }

 private:
  [[nodiscard]] std::string problem(const Reference& reference) const;
  [[nodiscard]] std::string instances_problem(std::string_view text) const;
  [[nodiscard]] const NameSet& names_of(RefKind kind) const;

  NameSet components_, replicas_, sites_, locations_, zones_, regions_, links_, operations_, procedures_,
      crews_, shares_, faults_, members_;
};

/// Checks every reference, at most kMaxIssues complaints.
void check_references(const std::vector<Reference>& references, const NameIndex& index, Issues& issues);

}  // namespace twinvoice::spec
