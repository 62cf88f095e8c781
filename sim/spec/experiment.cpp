#include "sim/spec/experiment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/spec/model_codec.hpp"

namespace twinvoice::spec {
namespace {

constexpr ModelField kFaultModel{ModelKind::kFault, "fault", "", "Fault"};
constexpr Range kBatch{1, 1e6};
constexpr Range kMostCount{1, 9e18};
constexpr Nanos kShortestMeasuredNs = 1'000;
constexpr std::string_view kStartsMeaning =
    "instant of the record at which the run begins, or \"first\": that of the first line; the times are then "
    "dates (ISO "
    "8601; without a zone UTC) or Unix times in seconds; absent: they are seconds since the begin of the run";

/// "deterministic" takes a rate or an interval.
struct Spacing {
  Duration interval;
};

}  // namespace

template <>
struct Codec<Spacing> {
  static void decode(Decoder& d, const Node& node, Spacing& v, const Range&) {
    const bool text = node.kind == NodeKind::kString;
    const Parsed<Duration> duration = text ? parse_duration(node.text) : Parsed<Duration>{};
    if (text && duration.ok() && duration.value.ns > 0) {
      v.interval = duration.value;
      return;
    }
    Rate rate;
    const std::size_t before = d.complaints();
    Codec<Rate>::decode(d, node, rate, Range{1e-9, 1e9, false});
    if (d.complaints() == before) v.interval = Duration{std::max<Nanos>(1, from_seconds(1.0 / rate.per_s))};
  }
  static Type type() {
    Type t = detail::plain(Type::Kind::kEither, "rate or duration");
    t.parts.push_back(Codec<Rate>::type());
    t.parts.push_back(Codec<Duration>::type());
    return t;
  }
  static std::string text(const Spacing&) { return {}; }
};

void PoissonLoad::describe(Fields& f) {
  f.required("poisson", rate, "arrivals at random with this rate", kLoadRate);
  f.optional("batch", batch, "requests per arrival", kBatch);
}
void DeterministicLoad::describe(Fields& f) {
  Spacing spacing;
  f.required("deterministic", spacing, "arrivals at a fixed distance: a rate or an interval");
  interval = spacing.interval;
  f.optional("first_at", first_at, "first arrival; absent: after one interval");
  f.optional("count", count, "arrivals in all; absent: no end", kMostCount);
  f.optional("batch", batch, "requests per arrival", kBatch);
}
void TraceLoad::describe(Fields& f) {
  f.required("trace", file, "CSV file with one arrival time per line");
  f.optional("starts", starts, kStartsMeaning);
}
void RateTraceLoad::describe(Fields& f) {
  f.required("rate_trace", file, "CSV file with lines time,rate_per_s; a rate holds until the next line");
  f.optional("starts", starts, kStartsMeaning);
}
void CountTraceLoad::describe(Fields& f) {
  f.required("count_trace", file,
             "CSV file with lines time,count: so many arrivals in the bin that begins there");
  f.optional("starts", starts, kStartsMeaning);
  f.optional("bin", bin,
             "length of a bin; absent: until the next line, the last as long as the one before it",
             kPositive);
}
void PiecewiseStep::describe(Fields& f) {
  f.required("at", at, "from this time on");
  f.required("rate", rate, "arrivals at random with this rate", Range{0.0, 1e9});
}
void PiecewiseLoad::describe(Fields& f) {
  f.required("piecewise", steps, "rates from given times on; none before the first");
  const auto disorder = [](const PiecewiseStep& a, const PiecewiseStep& b) { return a.at >= b.at; };
  f.rule("piecewise", !steps.empty(), "need at least one {\"at\", \"rate\"}");
  f.rule("piecewise", std::adjacent_find(steps.begin(), steps.end(), disorder) == steps.end(),
         "the times must increase");
}
void DiurnalLoad::describe(Fields& f) {
  f.required("diurnal", diurnal, "arrivals at random with the day's course");
}
void ClosedUsers::describe(Fields& f) {
  f.required("users", users, "each has one request at a time", Range{1, 1e6});
  f.required("think", think, "between an answer and the next request");
}
void ClosedLoad::describe(Fields& f) {
  f.required("closed", closed, "a fixed number of users who wait for their answers");
}

void LoadSpec::choices(Choices& c) {
  c.flat<PoissonLoad>("poisson", load, "random arrivals");
  c.flat<DeterministicLoad>("deterministic", load, "evenly spaced arrivals");
  c.flat<TraceLoad>("trace", load, "recorded arrival times");
  c.flat<RateTraceLoad>("rate_trace", load, "recorded rates");
  c.flat<CountTraceLoad>("count_trace", load, "recorded counts per bin");
  c.flat<PiecewiseLoad>("piecewise", load, "rates from given times on");
  c.flat<DiurnalLoad>("diurnal", load, "the day's course");
  c.flat<ClosedLoad>("closed", load, "users who wait for their answers");
}

void InitialSpec::describe(Fields& f) {
  f.optional("pool_held", pool_held, "tokens held at the start, in each replica", kCountOrZero);
  f.optional("queue_length", queue_length, "requests waiting at the start, in each replica", Range{0, 1e6});
  f.optional("warmth", warmth, "share of a cache that is warm at the start");
  f.optional("log_positions", log_positions, "applied log position by site", Range{0, 9e18});
}

void FaultSpec::describe(Fields& f) {
  std::optional<Name> name;
  f.optional("id", name, "by which expectations name it; absent: the kind, with -2, -3, ... for repetitions");
  if (name) {
    id = name->text;
    id_place = name->place;
  }
  std::optional<LawSpec> written;
  std::optional<SpanSpec> within;
  f.optional("at", written, "begin: an instant, or a law from which each replication draws it");
  f.optional("within", within, "instead of \"at\": two instants; it begins anywhere between them");
  f.rule("within", written.has_value() != within.has_value(), "need exactly one of \"at\" and \"within\"");
  if (written) at = *written;
  if (within) at.law = UniformLaw{within->from, within->until};
  f.optional("duration", duration, "until it is repaired; absent: to the end", kPositive);
  f.optional("ramp", ramp, "time over which it grows to full strength", kPositive);
}
void Codec<FaultSpec>::decode(Decoder& d, const Node& node, FaultSpec& v, const Range&) {
  v.place = d.place(node);
  decode_model(
      d, node, kFaultModel, [&v](Fields& f) { v.describe(f); }, v.model);
}
Type Codec<FaultSpec>::type() {
  return model_type(kFaultModel, [](Fields& f) { FaultSpec{}.describe(f); });
}
std::string Codec<FaultSpec>::text(const FaultSpec&) { return {}; }

void LimitsSpec::describe(Fields& f) {
  f.optional("events", events, "the run stops after so many events; absent: no limit", kMostCount);
  f.optional("memory", memory, "a run stops when its requests in flight hold so much; absent: 400 MB",
             kPositive);
}

Duration Experiment::window_or_default() const {
  if (window) return *window;
  constexpr Nanos kMostWindows = 100'000;
  const Nanos seconds = horizon.ns / kNanosPerSecond / kMostWindows + 1;
  const bool one_second_does = horizon.ns <= kMostWindows * kNanosPerSecond;
  return Duration{(one_second_does ? 1 : seconds) * kNanosPerSecond};
}

void Experiment::describe(Fields& f) {
  std::string schema;
  std::string version = "experiment/1";
  f.optional("$schema", schema, "address of the JSON Schema, for editors");
  f.required("twinvoice", version, "always \"experiment/1\"");
  f.rule("twinvoice", version == "experiment/1", "need \"experiment/1\"");
  f.optional("name", name, "of the scenario");
  f.optional("description", description, "what it asks");
  f.required("topology", topology_path,
             "file of the architecture, relative to this file, inside the workspace");
  f.required("load", load, "requests by operation");
  f.required("horizon", horizon, "end of the run", kPositive);
  f.optional("warm_up", warm_up, "start that is left out of the statistics");
  f.optional("replications", replications, "independent runs", Range{1, 1e5});
  f.optional("seed", seed, "of all the draws", Range{0, 9e18});
  f.optional("hold", hold, "an interruption has ended when health has lasted so long", kPositive);
  f.optional("window", window, "of time-level availability; absent: 1 s, longer beyond 100000 windows",
             kPositive);
  f.optional("initial", initial, "state at the start");
  f.optional("faults", faults, "what goes wrong");
  f.optional("expect", expect, "what should hold");
  f.optional("limits", limits, "budgets of a run");
  f.rule("load", !load.empty(), "an experiment needs the load of at least one operation");
  f.rule("warm_up", warm_up < horizon, "the warm-up must end before the horizon");
  f.rule("horizon", warm_up >= horizon || horizon.ns - warm_up.ns >= kShortestMeasuredNs,
         "the measured time, from the warm-up to the horizon, must be 1 us or more");
  f.rule("window", !window || *window <= horizon, "the window must not be longer than the horizon");
  f.rule("window", !window || window->ns <= 0 || horizon.ns / window->ns <= 10'000'000,
         "more than 10000000 windows");
}

}  // namespace twinvoice::spec
