#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "sim/referee/referee.hpp"
#include "tests/bench/child.hpp"
#include "tests/bench/rows.hpp"
#include "tests/bench/simgrid_tandem.hpp"
#include "tests/bench/tandem.hpp"

namespace twinvoice::bench {
namespace {

constexpr double kTarget = 60.0;

/// ns per hop of W2 with SimGrid alone.
double simgrid_ns(SimgridStyle style, std::uint64_t requests, double expected_mean_s) {
  const ChildResult child = in_child([&] {
    const Figures figures = run_plain_simgrid(requests, style);
    return std::vector<double>{figures.ns_per_hop(), figures.mean_s()};
  });
  const double mean_s = child.values.at(1);
  if (mean_s < 0.9 * expected_mean_s || mean_s > 1.1 * expected_mean_s)
    throw std::runtime_error(fmt::format("the SimGrid program has a mean sojourn of {} s", mean_s));
  return child.values.at(0);
}

double referee_ns(const plan::Plan& plan) {
  const ChildResult child = in_child([&] {
    const double begun_s = cpu_s();
    const referee::RefereeResult result = referee::run(plan, 0);
    std::uint64_t visits = 0;
    for (const referee::StationRecord& station : result.stations) visits += station.arrivals;
    return std::vector<double>{(cpu_s() - begun_s) * 1e9 / static_cast<double>(visits)};
  });
  return child.values.at(0);
}

Row compare(const std::string& id, const std::string& what, const std::string& beside,
            const std::vector<double>& ours, const std::vector<double>& theirs) {
  Row row;
  row.id = id;
  row.what = what;
  row.ours = fmt::format("{:.0f} ns", spread_of(ours).median);
  row.beside = fmt::format("{} {:.0f} ns", beside, spread_of(theirs).median);
  row.ratio = ratio_of(theirs, ours);
  row.figures = {{"ns", spread_of(ours).median}, {"beside_ns", spread_of(theirs).median}};
  return row;
}

}  // namespace

void add_simgrid_rows(Table& table, const Options& options) {
  const auto requests = static_cast<std::uint64_t>(options.length(4'000));
  const plan::Plan plan = plan_of(System::kW2, options.length(200) * kNanosPerSecond);
  const plan::Plan slice = plan_of(System::kW2, options.length(8) * kNanosPerSecond);
  std::vector<double> ours;
  std::vector<double> usual;
  std::vector<double> least;
  std::vector<double> referee;
  for (int i = 0; i < options.repetitions(5); ++i) {
    const Figures kernel = run_kernel(plan);
    ours.push_back(kernel.ns_per_hop());
    usual.push_back(simgrid_ns(SimgridStyle::kUsual, requests, kernel.mean_s()));
    least.push_back(simgrid_ns(SimgridStyle::kLeast, requests, kernel.mean_s()));
    referee.push_back(referee_ns(slice));
  }
  Row plain = compare("simgrid", "W2 against SimGrid alone: per visit", "server actors", ours, usual);
  plain.target = fmt::format(">= {:.0f}", kTarget);
  plain.met = plain.ratio->median >= kTarget;
  plain.note =
      "ratio = SimGrid / twinvoice; server actors and mailboxes, a host of 8 cores per station, an Exec per "
      "service, "
      "model CM02, links of 10 Gbps and 50 us between neighbours";
  table.add(std::move(plain));
  Row spare =
      compare("simgrid-least", "  the same, all left out that can be", "sleeping actors", ours, least);
  spare.note = "one host, sleep_for as service, model CM02 with a loopback of 1 TB/s without latency";
  table.add(std::move(spare));
  Row judge = compare("referee", "W2 against the referee: per visit", "referee", ours, referee);
  judge.note = "ratio = referee / twinvoice; one actor per request, made to judge and not to be fast";
  table.add(std::move(judge));
}

}  // namespace twinvoice::bench
