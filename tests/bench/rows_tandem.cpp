#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "tests/bench/bare_loop.hpp"
#include "tests/bench/rows.hpp"
#include "tests/bench/tandem.hpp"

namespace twinvoice::bench {
namespace {

constexpr double kTarget = 1.6;

struct Subject {
  System system;
  std::string id;
  std::string what;
  bool has_target;
};

Figures run_bare(System system, Nanos horizon_ns) {
  return system == System::kW5 ? run_bare_nested(horizon_ns) : run_bare_tandem(system, horizon_ns);
}

Row measure(const Subject& subject, const Options& options) {
  const Nanos horizon_ns = options.length(1'200) * kNanosPerSecond;
  const plan::Plan plan = plan_of(subject.system, horizon_ns);
  std::vector<double> ours;
  std::vector<double> bare;
  Figures kernel;
  for (int i = 0; i < options.repetitions(9); ++i) {
    kernel = run_kernel(plan);
    const Figures by_hand = run_bare(subject.system, horizon_ns);
    if (!kernel.same_as(by_hand)) {
      throw std::runtime_error(
          fmt::format("{}: kernel and bare loop differ: {} and {} completed, mean {} s and {} s", subject.id,
                      kernel.completed, by_hand.completed, kernel.mean_s(), by_hand.mean_s()));
    }
    ours.push_back(kernel.ns_per_hop());
    bare.push_back(by_hand.ns_per_hop());
  }
  Row row;
  row.id = subject.id;
  row.what = subject.what;
  row.ours = fmt::format("{:.0f} ns", spread_of(ours).median);
  row.beside = fmt::format("bare loop {:.0f} ns", spread_of(bare).median);
  row.ratio = ratio_of(ours, bare);
  if (subject.has_target) {
    row.target = fmt::format("<= {:.1f}", kTarget);
    row.met = row.ratio->median <= kTarget;
  }
  row.figures = {{"ns", spread_of(ours).median},
                 {"bare_ns", spread_of(bare).median},
                 {"hops", static_cast<double>(kernel.hops)},
                 {"events", static_cast<double>(kernel.events)},
                 {"requests", static_cast<double>(kernel.completed)},
                 {"mean_sojourn_s", kernel.mean_s()}};
  return row;
}

}  // namespace

void add_tandem_rows(Table& table, const Options& options) {
  table.add(measure({System::kW2, "w2", "W2, tandem: per visit", true}, options));
  table.add(measure({System::kW3, "w3", "W3, with limit and retry: per visit", true}, options));
  table.add(measure({System::kW5, "w5", "W5, 16 nested calls: per visit", false}, options));
}

}  // namespace twinvoice::bench
