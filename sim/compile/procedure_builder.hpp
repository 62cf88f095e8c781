// With this a procedure model declares what the Plan must hold for it: the laws it draws from, and that what
// it names exists.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/base/issues.hpp"
#include "sim/plan/plan.hpp"
#include "sim/spec/law_spec.hpp"
#include "sim/spec/references.hpp"
#include "sim/spec/topology.hpp"

namespace twinvoice::compile {

struct Draft;

class ProcedureBuilder {
 public:
  ProcedureBuilder(Draft& draft, plan::Procedure& row, Place place);

  /// The procedure finds the law again as plan::Procedure::law(quantity).
  void law(const std::string& quantity, const spec::LawSpec& spec);
  void law(const std::string& quantity, const std::optional<spec::LawSpec>& spec);
  /// The component it is about: a part that implies a procedure of this model for it no longer does.
  void subject(const spec::ComponentRef& component);
  /// It takes replicas of its subject that do not answer it out of balancing.
  void takes_out() { row_.takes_out = true; }

  /// The procedure's own row: its name and where it stands.
  [[nodiscard]] const plan::Procedure& row() const { return row_; }
  /// The Plan so far: space, programs, load, faults.
  [[nodiscard]] const plan::Plan& plan() const;
  /// Invalid, with an issue, when there is none of that name; likewise without a log.
  plan::ComponentId component(const spec::ComponentRef& ref);
  plan::LogId log(const spec::ComponentRef& ref);
  /// Of a site or zone; empty, with an issue, when there is none.
  std::vector<plan::LocationId> locations(std::string_view text, const Place& place);
  /// Bulk flows of the procedure may run between these places: the links between share their bandwidth with
  /// them.
  void transfers_between(plan::LocationId a, plan::LocationId b);
  /// The procedure may come to hold so many bytes during a run: they count against the memory of the run.
  void keeps(std::uint64_t bytes, const Place& place);
  /// What an expert would say of how it is set up: shown by `plan`, with the procedure's place. One sentence: why, and what to do.
  void advise(std::string sentence) { row_.advice.push_back(std::move(sentence)); }
  void error(const Place& place, const std::string& message);
  void warning(const Place& place, const std::string& message);

 private:
  Draft& draft_;
  plan::Procedure& row_;
  Place place_;
};

}  // namespace twinvoice::compile
