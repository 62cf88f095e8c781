// Loads to sources: one source for each operation that has a load, in the order of the experiment.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <variant>

#include "sim/compile/draft.hpp"
#include "sim/compile/limits.hpp"

namespace twinvoice::compile {
namespace {

constexpr Nanos kHour = 3600 * kNanosPerSecond;
constexpr std::size_t kHours = 24;

/// Bytes of run state that one live frame needs with its request, tokens and events, for `limits.memory`.
constexpr std::int64_t kBytesPerFrame = 400;

/// Bytes of what one operation leaves after a run: its histograms, as far as latencies usually fall, and each window.
constexpr std::size_t kBytesPerBook = 200'000;
constexpr std::size_t kBytesPerWindow = 40;

/// Fills a source from one kind of load.
class SourceWriter {
 public:
  SourceWriter(Draft& draft, plan::Source& source, const Place& place)
      : draft_(draft), s_(source), place_(place) {}

  void operator()(const spec::PoissonLoad& l) {
    s_.segments = {{0, l.rate.per_s}};
    s_.batch = static_cast<std::uint32_t>(l.batch);
  }
  void operator()(const spec::DeterministicLoad& l) {
    s_.kind = plan::SourceKind::kDeterministic;
    s_.interval_ns = l.interval.ns;
    s_.first_at_ns = l.first_at ? l.first_at->ns : l.interval.ns;
    if (l.count) s_.count = static_cast<std::uint64_t>(*l.count);
    s_.batch = static_cast<std::uint32_t>(l.batch);
  }
  void operator()(const spec::TraceLoad& l) {
    s_.kind = plan::SourceKind::kTrace;
    s_.times_ns = l.arrivals_ns;
    if (s_.times_ns.empty()) draft_.issues.error(place_, "the trace holds no arrival");
  }
  void operator()(const spec::RateTraceLoad& l) {
    for (const spec::RatePoint& p : l.points) segment(p.at_ns, p.rate.per_s);
    finish_segments();
  }
  void operator()(const spec::PiecewiseLoad& l) {
    for (const spec::PiecewiseStep& p : l.steps) segment(p.at.ns, p.rate.per_s);
    finish_segments();
  }
  /// Twenty-four factors, scaled so that a day sums to `per_day`, or a cosine around the mean.
  void operator()(const spec::DiurnalLoad& l) {
    const spec::DiurnalShape& d = l.diurnal;
    const double mean_per_s = d.mean_per_s();
    s_.period_ns = static_cast<Nanos>(kHours) * kHour;
    if (d.shape.empty()) {
      s_.sinusoid = true;
      s_.mean_per_s = mean_per_s;
      s_.amplitude = d.amplitude;
      s_.peak_ns = d.peak_at.ns;
      return;
    }
    const double sum = std::accumulate(d.shape.begin(), d.shape.end(), 0.0);
    if (d.shape.size() != kHours || !(sum > 0.0)) {
      draft_.issues.error(place_, "the shape of a day has 24 factors that are not all 0");
      return;
    }
    for (std::size_t hour = 0; hour < kHours; ++hour) {
      const double factor = d.shape[hour] * static_cast<double>(kHours) / sum;
      s_.segments.push_back({static_cast<Nanos>(hour) * kHour, mean_per_s * factor});
    }
  }
  void operator()(const spec::ClosedLoad& l) {
    s_.kind = plan::SourceKind::kClosed;
    s_.users = static_cast<std::uint32_t>(l.closed.users);
    s_.think = draft_.law(l.closed.think);
  }

 private:
  /// Nothing arrives before the first segment.
  void segment(Nanos from_ns, double per_s) {
    if (s_.segments.empty() && from_ns > 0) s_.segments.push_back({0, 0.0});
    s_.segments.push_back({from_ns, per_s});
  }
  void finish_segments() {
    if (s_.segments.empty()) draft_.issues.error(place_, "the load has no rate");
    const auto later = [](const auto& a, const auto& b) { return a.from_ns >= b.from_ns; };
    if (std::adjacent_find(s_.segments.begin(), s_.segments.end(), later) != s_.segments.end()) {
      draft_.issues.error(place_, "the times of the rates do not increase");
    }
  }

  Draft& draft_;
  plan::Source& s_;
  const Place& place_;
};

/// The coordinator holds the records of all replications until it reports.
void bound_results(Draft& draft, const spec::Experiment& experiment, std::size_t windows) {
  const std::size_t bytes = draft.plan.operations.size() * (kBytesPerBook + windows * kBytesPerWindow);
  draft.bound(draft.plan.replications * bytes / 1'000'000, kMostResultMegabytes, experiment.place,
              fmt::format("MB of results, of {} replications of {} operations in {} windows",
                          draft.plan.replications, draft.plan.operations.size(), windows));
}

}  // namespace

void lower_load(Draft& draft, const spec::Experiment& experiment) {
  plan::Plan& plan = draft.plan;
  for (const auto& entry : experiment.load) {
    plan::Source source;
    source.operation = draft.find_operation(entry.key.id);
    if (!source.operation.valid()) {
      draft.issues.error(entry.key.place, fmt::format("there is no operation \"{}\"", entry.key.id));
      continue;
    }
    source.name = entry.key.id;
    source.name_key = plan.operations[source.operation.index()].name_key;
    std::visit(SourceWriter(draft, source, entry.value.place), entry.value.load);
    plan.sources.push_back(std::move(source));
  }
  plan.name = experiment.name;
  plan.horizon_ns = experiment.horizon.ns;
  plan.warm_up_ns = experiment.warm_up.ns;
  plan.window_ns = experiment.window_or_default().ns;
  const auto windows = static_cast<std::size_t>(plan.horizon_ns / plan.window_ns + 1);
  draft.bound(windows * plan.operations.size(), kMostWindows, experiment.place,
              "windows over all operations (horizon / window x operations)");
  plan.seed = static_cast<std::uint64_t>(experiment.seed);
  plan.replications = static_cast<std::uint32_t>(experiment.replications);
  bound_results(draft, experiment, windows);
  if (experiment.limits.events) plan.max_events = static_cast<std::uint64_t>(*experiment.limits.events);
}

void lower_memory(Draft& draft, const spec::Experiment& experiment) {
  if (!experiment.limits.memory) return;
  const std::int64_t left = experiment.limits.memory->count - static_cast<std::int64_t>(draft.kept_bytes);
  if (left <= 0) {
    draft.issues.error(
        experiment.place,
        fmt::format("limits.memory is {}, and what the procedures remember may take {} bytes of it",
                    spec::format_quantity(*experiment.limits.memory), draft.kept_bytes));
  }
  draft.plan.max_frames =
      static_cast<std::uint64_t>(std::clamp<std::int64_t>(left / kBytesPerFrame, 1, 1LL << 22));
}

}  // namespace twinvoice::compile
