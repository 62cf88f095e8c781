#include <fmt/format.h>

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "tests/bench/child.hpp"
#include "tests/bench/growth_plans.hpp"
#include "tests/bench/rows.hpp"
#include "tests/bench/tandem.hpp"

namespace twinvoice::bench {
namespace {

constexpr double kMebibyte = 1048576.0;

/// Costs at each size, the sizes taken in turn.
template <std::size_t kSizes>
std::array<std::vector<double>, kSizes> in_turn(const std::array<std::uint32_t, kSizes>& sizes,
                                                int repetitions,
                                                const std::function<double(std::uint32_t)>& cost) {
  std::array<std::vector<double>, kSizes> costs;
  for (int i = 0; i < repetitions; ++i) {
    for (std::size_t s = 0; s < kSizes; ++s) costs[s].push_back(cost(sizes[s]));
  }
  return costs;
}

template <std::size_t kSizes>
void add_rows(Table& table, const std::string& id, const std::string& what,
              const std::array<std::uint32_t, kSizes>& sizes,
              const std::array<std::vector<double>, kSizes>& costs, double target) {
  for (std::size_t s = 1; s < kSizes; ++s) {
    Row row;
    row.id = fmt::format("{}-{}", id, sizes[s]);
    row.what = fmt::format("{} {}: per event", sizes[s], what);
    row.ours = fmt::format("{:.0f} ns", spread_of(costs[s]).median);
    row.beside = fmt::format("with {} {:.0f} ns", sizes[0], spread_of(costs[0]).median);
    row.ratio = ratio_of(costs[s], costs[0]);
    row.figures = {{"ns", spread_of(costs[s]).median}, {"ns_at_least_size", spread_of(costs[0]).median}};
    if (target > 0.0 && s + 1 == kSizes) {
      row.target = fmt::format("<= {:.0f}", target);
      row.met = row.ratio->median <= target;
    }
    table.add(std::move(row));
  }
}

double in_flight_cost(std::uint32_t requests, const Options& options) {
  // In flight settles within a few sojourns of 16 s; then about a million events.
  const Nanos warm_up_ns = 40 * kNanosPerSecond;
  const Nanos length_ns = options.length(1'000'000) * kNanosPerSecond / requests;
  return in_child([&] {
           return std::vector<double>{
               ns_per_event(plan_in_flight(requests, warm_up_ns + length_ns), warm_up_ns)};
         })
      .values.at(0);
}

double component_cost(std::uint32_t components, const Options& options) {
  const Nanos warm_up_ns = 5 * kNanosPerSecond;
  const Nanos length_ns = options.length(60) * kNanosPerSecond;
  return in_child([&] {
           const plan::Plan plan = plan_of_components(components, warm_up_ns + length_ns);
           return std::vector<double>{ns_per_event(plan, warm_up_ns)};
         })
      .values.at(0);
}

double peak_bytes(Nanos horizon_ns) {
  return static_cast<double>(in_child([&] {
                               const Figures figures = run_kernel(plan_of(System::kW3, horizon_ns));
                               return std::vector<double>{figures.cpu_s};
                             }).peak_rss_bytes);
}

void add_memory_row(Table& table, const Options& options) {
  const Nanos horizon_ns = options.length(300) * kNanosPerSecond;
  const double once = peak_bytes(horizon_ns);
  const double eight_times = peak_bytes(8 * horizon_ns);
  Row row;
  row.id = "memory-horizon";
  row.what = "W3 for 8 times as long: peak memory";
  row.ours = fmt::format("{:.1f} MiB", eight_times / kMebibyte);
  row.beside = fmt::format("for {:.0f} s {:.1f} MiB", to_seconds(horizon_ns), once / kMebibyte);
  row.ratio = Spread{eight_times / once, eight_times / once, eight_times / once};
  row.target = "<= 1.1";
  row.met = eight_times <= 1.1 * once;
  row.figures = {{"bytes", eight_times}, {"bytes_at_an_eighth", once}};
  row.note = "the timeline keeps one record a simulated second and operation; nothing else grows";
  table.add(std::move(row));
}

}  // namespace

void add_growth_rows(Table& table, const Options& options) {
  constexpr std::array<std::uint32_t, 4> kInFlight{100, 1'000, 10'000, 100'000};
  constexpr std::array<std::uint32_t, 3> kComponents{10, 100, 2'000};
  const int repetitions = options.repetitions(5);
  add_rows(table, "in-flight", "requests in flight", kInFlight,
           in_turn(kInFlight, repetitions, [&](std::uint32_t n) { return in_flight_cost(n, options); }), 3.0);
  add_rows(table, "components", "components", kComponents,
           in_turn(kComponents, repetitions, [&](std::uint32_t n) { return component_cost(n, options); }),
           0.0);
  add_memory_row(table, options);
}

}  // namespace twinvoice::bench
