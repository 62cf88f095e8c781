// Loads to sources: one source for each operation that has a load, in the order of the experiment.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <variant>

#include "sim/compile/draft.hpp"
#include "sim/compile/limits.hpp"
#include "sim/spec/instant.hpp"

namespace twinvoice::compile {
namespace {

constexpr Nanos kHour = 3600 * kNanosPerSecond;
constexpr std::size_t kHours = 24;

/// Bytes of run state that one live frame needs with its request, tokens and events, for `limits.memory`.
constexpr std::int64_t kBytesPerFrame = 400;

/// Bytes of what one operation leaves after a run: its histograms, as far as latencies usually fall, and each window.
constexpr std::size_t kBytesPerBook = 200'000;
constexpr std::size_t kBytesPerWindow = 48;

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
    s_.times_ns = l.record.at_ns;
  }
  void operator()(const spec::RateTraceLoad& l) { follow(l.record); }
  void operator()(const spec::CountTraceLoad& l) { follow(l.record); }
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
  void follow(const spec::RateRecord& record) {
    for (const spec::RatePoint& p : record.points) segment(p.at_ns, p.rate.per_s);
    finish_segments();
  }
  /// Nothing arrives before the first segment.
  void segment(Nanos from_ns, double per_s) {
    if (s_.segments.empty() && from_ns > 0) s_.segments.push_back({0, 0.0});
    s_.segments.push_back({from_ns, per_s});
  }
  void finish_segments() {
    const auto later = [](const auto& a, const auto& b) { return a.from_ns >= b.from_ns; };
    if (std::adjacent_find(s_.segments.begin(), s_.segments.end(), later) != s_.segments.end()) {
      draft_.issues.error(place_, "the times of the rates do not increase");
    }
  }

  Draft& draft_;
  plan::Source& s_;
  const Place& place_;
};

/// When requests of a source can come.
struct LoadSpan {
  Nanos first_ns = kNever;  ///< the first at the earliest; kNever: none ever comes
  Nanos end_ns = kNever;    ///< none comes at or after this; kNever: there is no end
};

LoadSpan span_of(const plan::Source& s) {
  switch (s.kind) {
    case plan::SourceKind::kClosed: return {0, kNever};
    case plan::SourceKind::kTrace:
      if (s.times_ns.empty()) return {};
      return {s.times_ns.front(), s.times_ns.back() + 1};
    case plan::SourceKind::kDeterministic: {
      const auto more = static_cast<double>(s.count - 1) * static_cast<double>(s.interval_ns);
      const bool ends = more < static_cast<double>(kLongestSpan);
      return {s.first_at_ns,
              ends ? s.first_at_ns + static_cast<Nanos>(s.count - 1) * s.interval_ns + 1 : kNever};
    }
    case plan::SourceKind::kPoisson: break;
  }
  if (s.sinusoid) return {s.mean_per_s > 0.0 ? 0 : kNever, kNever};
  LoadSpan span;
  for (std::size_t i = 0; i < s.segments.size(); ++i) {
    if (s.segments[i].per_s <= 0.0) continue;
    if (span.first_ns == kNever) span.first_ns = s.segments[i].from_ns;
    span.end_ns = i + 1 < s.segments.size() && s.period_ns == kNever ? s.segments[i + 1].from_ns : kNever;
  }
  return span;
}

/// Times that are seconds since 1970 rather than since the begin of a run: beyond three years.
constexpr Nanos kUnixTimesNs = 100'000'000LL * kNanosPerSecond;

/// Tells of a load that brings nothing, and of a record that ends before the run does.
class LoadCheck {
 public:
  LoadCheck(Draft& draft, const spec::Experiment& experiment)
      : draft_(draft), horizon_ns_(experiment.horizon.ns), warm_up_ns_(experiment.warm_up.ns) {}

  void look(const spec::LoadSpec& load, const plan::Source& source) {
    const LoadSpan span = span_of(source);
    const auto* trace = std::get_if<spec::TraceLoad>(&load.load);
    const bool rates = std::holds_alternative<spec::RateTraceLoad>(load.load) ||
                       std::holds_alternative<spec::CountTraceLoad>(load.load);
    if (span.first_ns >= horizon_ns_) {
      draft_.issues.error(load.place, nothing(span, trace != nullptr || rates));
      return;
    }
    if (trace != nullptr && trace->record.before > 0) {
      draft_.issues.warning(load.place,
                            fmt::format("{} arrivals of the record come before \"starts\" and take no part",
                                        trace->record.before));
    }
    const Nanos silent_ns = span.end_ns == kNever ? 0 : horizon_ns_ - span.end_ns;
    if ((rates && silent_ns > 0) || (trace != nullptr && silent_ns > trace->record.longest_gap_ns)) {
      draft_.issues.warning(
          load.place,
          fmt::format("the record ends after {}, before the horizon of {}: nothing arrives after it",
                      format_duration(span.end_ns), format_duration(horizon_ns_)));
    }
    if (span.end_ns > warm_up_ns_) {
      measured_ = true;
    } else {
      draft_.issues.warning(load.place,
                            "all its requests arrive in the warm-up: none of them is in any figure");
    }
  }
  /// After all loads.
  void close(const spec::Experiment& experiment) {
    if (measured_ || experiment.load.empty() || draft_.issues.has_errors()) return;
    draft_.issues.error(
        experiment.place,
        fmt::format(
            "nothing is measured: no request can arrive from the end of the warm-up ({}) to the horizon ({})",
            format_duration(warm_up_ns_), format_duration(horizon_ns_)));
  }

 private:
  [[nodiscard]] std::string nothing(const LoadSpan& span, bool record) const {
    if (span.first_ns == kNever) {
      return record ? "no arrival of the record comes after the begin of the run: see \"starts\""
                    : "no request ever arrives: its rates are all 0";
    }
    std::string text =
        fmt::format("no request arrives in the run: the first one comes after {}, the horizon is {}",
                    format_duration(span.first_ns), format_duration(horizon_ns_));
    if (record && span.first_ns >= kUnixTimesNs) {
      text += fmt::format(
          "; if these are Unix times, say at which the run begins: \"starts\": \"{}\", or \"starts\": "
          "\"first\"",
          spec::format_instant(span.first_ns));
    }
    return text;
  }

  Draft& draft_;
  Nanos horizon_ns_, warm_up_ns_;
  bool measured_ = false;
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
  LoadCheck check(draft, experiment);
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
    check.look(entry.value, source);
    plan.sources.push_back(std::move(source));
  }
  check.close(experiment);
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
