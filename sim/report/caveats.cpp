#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "sim/measure/availability_minutes.hpp"
#include "sim/report/build.hpp"
#include "sim/report/calm_text.hpp"
#include "sim/report/recovery.hpp"
#include "sim/report/text.hpp"

namespace twinvoice::report {
namespace {

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  return fmt::format("{}", fmt::join(parts, between));
}

std::string convergence(const ResultDocument& document) {
  std::string open;
  for (const OperationResult& op : document.operations) {
    if (op.arrived == 0) continue;
    for (const auto& [name, e] :
         {std::pair<const char*, const Estimate*>{"availability", &op.availability_request},
          {"mean latency", &op.mean_s},
          {"p99", &op.p99_s}}) {
      if (!e->converged) open += fmt::format("{}{} of {}", open.empty() ? "" : ", ", name, op.info.name);
    }
  }
  const auto came = [](const OperationResult& op) { return op.arrived > 0; };
  if (std::none_of(document.operations.begin(), document.operations.end(), came))
    return "no request arrived in the measured time: nothing is known";
  if (open.empty())
    return "convergence: every interval of availability, mean latency and p99 rests on enough independent "
           "data";
  return "convergence: not reached for " + open + ": run longer or with more replications";
}

}  // namespace

std::vector<std::string> caveats(const ResultDocument& document) {
  const Scenario& s = document.scenario;
  std::vector<std::string> list;
  if (!document.complete)
    list.push_back("incomplete: the figures are of a part of the run and expectations stay undecided");
  list.push_back(
      "availability: by request (successes among decided requests that arrived after the warm-up), by time "
      "(1 minus the time in interruptions) and by volume (every invoice weighs the same here)");
  for (std::size_t op = 0; op < document.accounts.yardsticks.size(); ++op) {
    const Yardstick& y = document.accounts.yardsticks[op];
    const std::string flaw = calm_flaw_text(y);
    if (!flaw.empty()) list.push_back(s.operations[op].name + ": " + flaw);
    const double share = share_that_always_fails(y);
    if (share > 0.0) {
      list.push_back(
          fmt::format("{}: {} of the requests fail without any fault, more than it may: interruptions and "
                      "availability by time "
                      "are what is worse than that, and say nothing of the promise",
                      s.operations[op].name, share_text(share)));
    }
  }
  if (!document.operations.empty()) {
    const Estimate& e = document.operations.front().availability_request;
    if (e.samples > 0)
      list.push_back(fmt::format("intervals: {:.0f} %, availability by {}", e.confidence * 100.0, e.method));
  }
  if (s.replications == 1) {
    list.push_back(
        "single run: incidents and utilisation have no interval, and promises about them stay undecided (use "
        "--replications)");
  }
  if (!document.disruptions.empty()) list.push_back(std::string(recovery_rule()));
  std::vector<std::string> unmeasured;
  for (const DisruptionResult& r : document.disruptions) {
    if (r.before_measured > 0) unmeasured.push_back(r.fault.name);
  }
  if (!unmeasured.empty())
    list.push_back(
        "before the measured time: " + joined(unmeasured, ", ") +
        " begins in the warm-up; its recovery is told and judged, availability and latencies begin after it");
  list.push_back(convergence(document));
  if (!s.overfull_links.empty()) {
    list.push_back("beyond what is modelled: more is sent over " + joined(s.overfull_links, ", ") +
                   " of its bandwidth at the peak (by the traffic equations, see plan); messages do not wait "
                   "for each other on a link in a run, so latencies and losses are too good, and no promise "
                   "counts as met");
  }
  if (!s.lives && !s.faults.empty()) {
    list.push_back(
        "this is the availability of a scenario with planned faults, not that of a year: random failures "
        "(life) take no part");
  } else if (!s.lives) {
    list.push_back("no fault and no random failure takes part: this is availability under load alone");
  }
  if (s.lives && s.crews.empty())
    list.push_back("independence: repairs never wait for a crew (none is declared)");
  if (!s.undetected.empty()) {
    list.push_back("detection: nobody takes a dead replica of " + joined(s.undetected, ", ") +
                   " out of balancing (no probe, no ejection): requests go on to it until it is repaired");
  }
  if (!s.detected.empty())
    list.push_back("detection: dead replicas are taken out by " + joined(s.detected, "; "));
  if (!s.unused.empty()) list.push_back("not used by run: " + joined(s.unused, "; "));
  if (s.shares.empty()) {
    list.push_back(
        "independence: no fate group (shares) is declared: things fail together only where a fault says so");
  } else {
    list.push_back("common cause: beta factors (" + joined(s.shares, "; ") +
                   "); what fails together comes back together; all other failures are independent");
  }
  list.push_back(
      "not modelled: what neither the topology nor a fault names (operators' other mistakes, software "
      "defects, security incidents)");
  if (!s.manifest.simgrid_version.empty()) {
    std::string model = fmt::format("network: SimGrid {}", s.manifest.simgrid_version);
    for (const auto& [name, value] : s.manifest.network) {
      if (name == "network/model" || name == "network/crosstraffic" || name == "network/TCP-gamma") {
        model += fmt::format(", {} {}", name.substr(8), value);
      }
    }
    model += fmt::format(
        "; bulk flows on one link share it in inverse proportion to their latencies, re-divided every {}",
        format_duration(s.manifest.epoch_ns));
    list.push_back(model);
  }
  return list;
}

}  // namespace twinvoice::report
