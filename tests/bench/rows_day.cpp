#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "tests/bench/bare_loop.hpp"
#include "tests/bench/child.hpp"
#include "tests/bench/national_day.hpp"
#include "tests/bench/rows.hpp"

namespace twinvoice::bench {
namespace {

constexpr double kDayTarget_s = 140.0;
constexpr double kMemoryTarget_bytes = 300e6;
constexpr double kEmptyRunTarget_s = 0.010;
constexpr double kMebibyte = 1048576.0;
constexpr double kRequestsOfDay = 48e6;
constexpr Nanos kHour_ns = 3'600 * kNanosPerSecond;
constexpr int kSlicesOfDay =
    8;  ///< equal steps over one period: exact for a cost that follows the sinusoid of the load

DayFigures operator+(const DayFigures& a, const DayFigures& b) {
  return {a.cpu_s + b.cpu_s,
          a.hops + b.hops,
          a.events + b.events,
          a.requests + b.requests,
          a.world_syncs + b.world_syncs,
          std::max(a.peak_rss_bytes, b.peak_rss_bytes)};
}

/// Slices at equal steps through the day, played one after the other.
DayFigures sample_day(const NationalDay& day, Nanos length_ns) {
  DayFigures sum;
  for (int i = 0; i < kSlicesOfDay; ++i) sum = sum + day.slice(length_ns, i * 24 / kSlicesOfDay * kHour_ns);
  return sum;
}

double bare_hop_ns(const Options& options) {
  // A hop of W5 is a call with a visit on its way in and one on its way out.
  return 2.0 * run_bare_nested(options.length(120) * kNanosPerSecond).ns_per_hop();
}

struct DayCost {
  std::vector<double> hop_ns;
  std::vector<double> bare_ns;
  std::vector<double> day_s;
  DayFigures sample;
  double sampled_s = 0.0;  ///< simulated
};

DayCost measure_day(const NationalDay& day, const Options& options) {
  DayCost cost;
  const int repetitions = options.whole_day ? 1 : options.repetitions(3);
  const Nanos slice_ns = options.length(120) * kNanosPerSecond;
  cost.sampled_s = options.whole_day ? to_seconds(day.length_ns()) : to_seconds(slice_ns) * kSlicesOfDay;
  for (int i = 0; i < repetitions; ++i) {
    cost.sample = options.whole_day ? day.whole() : sample_day(day, slice_ns);
    cost.hop_ns.push_back(cost.sample.cpu_s * 1e9 / cost.sample.hops);
    cost.day_s.push_back(cost.sample.cpu_s * to_seconds(day.length_ns()) / cost.sampled_s);
    cost.bare_ns.push_back(bare_hop_ns(options));
  }
  return cost;
}

Row hop_row(const DayCost& cost) {
  Row row;
  row.id = "day-hop";
  row.what = "national day: per hop";
  row.ours = fmt::format("{:.0f} ns", spread_of(cost.hop_ns).median);
  row.beside = fmt::format("bare loop of W5 {:.0f} ns", spread_of(cost.bare_ns).median);
  row.ratio = ratio_of(cost.hop_ns, cost.bare_ns);
  const double events_per_hop = cost.sample.events / cost.sample.hops;
  const double syncs_per_s = cost.sample.world_syncs / cost.sampled_s;
  row.figures = {{"ns", spread_of(cost.hop_ns).median},
                 {"events_per_hop", events_per_hop},
                 {"hops_per_request", cost.sample.hops / cost.sample.requests},
                 {"world_syncs_per_s", syncs_per_s}};
  row.note = fmt::format(
      "{:.1f} hops a request, {:.1f} events a hop, {:.1f} world synchronisations a simulated second (bound: "
      "20)",
      cost.sample.hops / cost.sample.requests, events_per_hop, syncs_per_s);
  return row;
}

Row day_row(const DayCost& cost, const Options& options) {
  const Spread day_s = spread_of(cost.day_s);
  Row row;
  row.id = "day";
  row.what = "national day, 48 000 000 invoices";
  row.ours = fmt::format("{:.0f} s", day_s.median);
  row.target = fmt::format("< {:.0f} s", kDayTarget_s);
  row.met = day_s.median < kDayTarget_s;
  row.figures = {{"day_s", day_s.median}, {"day_least_s", day_s.least}, {"day_most_s", day_s.most}};
  row.note = options.whole_day ? "all 24 hours played, processor time of the one process"
                               : fmt::format(
                                     "from {} slices of {:.0f} s at equal steps through the day; --whole-day "
                                     "plays all of it",
                                     kSlicesOfDay, cost.sampled_s / kSlicesOfDay);
  return row;
}

Row memory_row(double bytes, const std::string& note) {
  Row row;
  row.id = "day-memory";
  row.what = "national day, peak memory";
  row.ours = fmt::format("{:.0f} MiB", bytes / kMebibyte);
  row.target = "< 300 MB";
  row.met = bytes < kMemoryTarget_bytes;
  row.figures = {{"peak_rss_bytes", bytes}};
  row.note = note;
  return row;
}

/// Of the worker that plays the day: what a run has at its begin, and what it keeps of each request, from two stretches of it.
Row memory_from_stretches(const NationalDay& day) {
  const DayFigures few = day.begun(5'000'000);
  const DayFigures many = day.begun(100'000'000);
  const double a_request = (many.peak_rss_bytes - few.peak_rss_bytes) / (many.requests - few.requests);
  const double begin = few.peak_rss_bytes - few.requests * a_request;
  return memory_row(
      begin + kRequestsOfDay * a_request,
      fmt::format("{:.0f} MiB and {:.0f} bytes a request, from stretches of {:.0f} and {:.0f} requests",
                  begin / kMebibyte, a_request, few.requests, many.requests));
}

}  // namespace

void add_day_rows(Table& table, const Options& options) {
  const NationalDay day;
  const DayCost cost = measure_day(day, options);
  table.add(hop_row(cost));
  table.add(day_row(cost, options));
  table.add(options.whole_day ? memory_row(cost.sample.peak_rss_bytes, "all 24 hours played")
                              : memory_from_stretches(day));
}

void add_empty_run_row(Table& table, const Options& options) {
  const NationalDay day;
  std::vector<double> empty_s;
  std::vector<double> fork_s;
  for (int i = 0; i < options.repetitions(9); ++i) {
    empty_s.push_back(day.empty_run_s(10));
    const double begun_s = cpu_with_children_s();
    for (int k = 0; k < 10; ++k) static_cast<void>(in_child([] { return std::vector<double>{}; }));
    fork_s.push_back((cpu_with_children_s() - begun_s) / 10.0);
  }
  const Spread spread = spread_of(empty_s);
  Row row;
  row.id = "empty-run";
  row.what = "an empty run in a campaign";
  row.ours = fmt::format("{:.1f} ms", spread.median * 1e3);
  row.beside = fmt::format("fork, exit and wait {:.1f} ms", spread_of(fork_s).median * 1e3);
  row.ratio = ratio_of(empty_s, fork_s);
  row.target = "< 10 ms";
  row.met = spread.median < kEmptyRunTarget_s;
  row.figures = {{"empty_s", spread.median}, {"fork_s", spread_of(fork_s).median}};
  row.note =
      "the national day's Plan, compiled once; a worker process that sets up, simulates 1 us and reports";
  table.add(std::move(row));
}

}  // namespace twinvoice::bench
