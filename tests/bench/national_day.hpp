// The national day: experiments/national-day.json, loaded and compiled once, run in children.
#pragma once

#include <cstdint>
#include <functional>

#include "models/catalog.hpp"
#include "sim/plan/plan.hpp"
#include "sim/spec/experiment.hpp"
#include "sim/world/run.hpp"

namespace twinvoice::bench {

struct DayFigures {
  double cpu_s = 0.0;
  double hops = 0.0;
  double events = 0.0;
  double requests = 0.0;
  double world_syncs = 0.0;
  double peak_rss_bytes = 0.0;
};

class NationalDay {
 public:
  /// Changes a run before it is played.
  using Change = std::function<void(plan::Plan&, world::RunSettings&)>;

  NationalDay();

  /// The simulated stretch of `length_ns` that begins `after_peak_ns` after the busiest moment of the day.
  [[nodiscard]] DayFigures slice(Nanos length_ns, Nanos after_peak_ns, const Change& change = {}) const;
  /// All of it.
  [[nodiscard]] DayFigures whole() const;
  /// The books of the whole day, but stopped after so many events at its busiest: what memory it takes.
  [[nodiscard]] DayFigures begun(std::uint64_t events) const;
  /// Processor time of one run that ends at once, in seconds: of `runs` made one after the other by a worker pool.
  [[nodiscard]] double empty_run_s(std::uint64_t runs) const;

  [[nodiscard]] Nanos length_ns() const { return plan_.horizon_ns; }

 private:
  [[nodiscard]] world::RunSettings settings(const plan::Plan& plan) const;
  [[nodiscard]] static DayFigures run(const plan::Plan& plan, const world::RunSettings& settings);
  [[nodiscard]] plan::Plan with_peak_at(Nanos peak_ns, Nanos horizon_ns) const;

  models::Catalog catalog_;
  spec::Experiment experiment_;
  plan::Plan plan_;
};

}  // namespace twinvoice::bench
