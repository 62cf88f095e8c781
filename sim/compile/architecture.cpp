#include "sim/compile/architecture.hpp"

#include <algorithm>
#include <set>

namespace twinvoice::compile {
namespace {

/// Turns programs into needs. Callees have smaller program ids, so that their needs exist already.
class NeedWriter {
 public:
  NeedWriter(const plan::Plan& plan, graph::Architecture& out) : plan_(plan), out_(out) {}

  void write() {
    for (const plan::Program& program : plan_.programs) of_program_.push_back(children_of(program));
  }

  /// A need with the children of a program and no call of its own.
  std::size_t whole(plan::ProgramId program) { return group(of_program_[program.index()]); }

 private:
  std::vector<std::size_t> children_of(const plan::Program& program) {
    std::vector<std::size_t> children;
    std::set<std::uint32_t> alternatives;  // calls that stand in for another one
    const plan::Step* fork = nullptr;
    for (std::uint32_t i = program.first; i < program.first + program.count; ++i) {
      const plan::Step& s = plan_.steps[i];
      if (s.kind == plan::StepKind::kFork) fork = &s;
      if (s.kind == plan::StepKind::kJoin && fork != nullptr) children.push_back(joined(*fork, s.arg));
      if (s.kind != plan::StepKind::kCall || alternatives.count(i) != 0) continue;
      const plan::CallSite& site = plan_.calls[s.target];
      if (site.on_failure == plan::OnFailure::kIgnore) continue;
      if (site.on_failure == plan::OnFailure::kFail) {
        children.push_back(call(site));
        continue;
      }
      std::uint32_t other = site.fallback;
      while (other < program.reply && plan_.steps[other].kind != plan::StepKind::kCall) ++other;
      if (other >= program.reply) continue;
      alternatives.insert(other);
      const std::size_t first = call(site);
      const std::size_t second = call(plan_.calls[plan_.steps[other].target]);
      children.push_back(add({graph::kNowhere, graph::kNowhere, 1, {first, second}, ""}));
    }
    return children;
  }

  std::size_t joined(const plan::Step& fork, std::size_t needed) {
    std::vector<std::size_t> branches;
    for (std::uint32_t b = 0; b < fork.arg; ++b)
      branches.push_back(whole(plan_.fork_branches[fork.target + b]));
    return add({graph::kNowhere, graph::kNowhere, needed, branches, ""});
  }

  std::size_t call(const plan::CallSite& site) {
    const std::vector<std::size_t>& children = of_program_[site.program.index()];
    graph::Need need;
    need.group = site.target.index();
    need.at_least = children.size();
    need.children = children;
    need.caller = site.caller.valid() ? plan_.components[site.caller.index()].name
                                      : "the client of " + site.name.substr(0, site.name.find('>'));
    const plan::LogId log = plan_.components[site.target.index()].log;
    if (site.balance == plan::Balance::kPrimary && log.valid()) {
      need.primary = plan_.logs[log.index()].leader_location.index();
    }
    return add(std::move(need));
  }

  std::size_t group(const std::vector<std::size_t>& children) {
    return add({graph::kNowhere, graph::kNowhere, children.size(), children, ""});
  }

  std::size_t add(graph::Need need) {
    out_.needs.push_back(std::move(need));
    return out_.needs.size() - 1;
  }

  const plan::Plan& plan_;
  graph::Architecture& out_;
  std::vector<std::vector<std::size_t>> of_program_;
};

}  // namespace

graph::Architecture architecture(const plan::Plan& plan) {
  graph::Architecture a;
  for (const plan::Location& l : plan.locations) a.spots.push_back({l.name, l.site, l.region});
  for (const plan::Link& l : plan.links) a.wires.push_back({l.name, l.site_a, l.site_b});
  for (const plan::Route& r : plan.routes) {
    a.connected.push_back(r.exists);
    a.routes.emplace_back();
    for (const plan::LinkId id : r.links) a.routes.back().push_back(id.index());
  }
  for (const plan::Component& c : plan.components) {
    graph::Group g;
    g.name = c.name;
    g.needs = c.needs_at_least;
    for (std::uint32_t i = 0; i < c.replicas; ++i) {
      g.spots.push_back(plan.instances[c.first_instance + i].location.index());
    }
    a.groups.push_back(std::move(g));
  }
  NeedWriter needs(plan, a);
  needs.write();
  for (const plan::Operation& o : plan.operations) {
    a.operations.push_back({o.name, o.from.index(), needs.whole(o.program)});
  }
  return a;
}

}  // namespace twinvoice::compile
