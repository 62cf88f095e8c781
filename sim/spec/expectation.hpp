// What an experiment expects: one measure, its bound, and what the measure is taken over.
//
//   {"rto": "<= 25 min", "fault": "dc", "share": "90 %"}               a promise for each incident
//   {"p99.5": "<= 800 ms", "operation": "issue", "during": "dc"}       a figure of the requests of a part of the run
//   {"waits": "<= 1 %", "longer_than": "50 ms", "component": "tax"}    a figure of a component
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/spec/fields.hpp"

namespace twinvoice::spec {

enum class Measure {
  kRto,
  kRpo,
  kRpoInvoices,
  kInterruption,
  kOnset,
  kAvailability,
  kQuantile,  ///< of the response time
  kMean,
  kAnswered,
  kSuccessRate,
  kThroughput,
  kUtilisation,
  kWait,
  kWaitQuantile,
  kWaits
};
enum class Comparison { kBelow, kAtMost, kAbove, kAtLeast };
/// Cuts "<=", ">=", "<" or ">" and the blanks behind it off the start of `text`. False when there is none.
bool take_comparison(std::string_view& text, Comparison& out);
enum class AvailabilityOf { kRequest, kTime, kVolume, kCompletion };
/// What a promise may be judged on instead of a share of its incidents.
enum class IncidentFigure { kMean };
/// What, besides a fault, an interruption may have been begun by.
enum class Act { kFailback, kPromotion, kShift, kRelapse, kPlanned };

/// The act or the fault that began an interruption.
struct BegunBy {
  std::optional<Act> act;
  Text fault;  ///< as written, also when it is an act
};

/// ["10 min", "20 min"]: from the first instant up to the second.
struct SpanSpec {
  Duration from;
  Duration until;
  Place place;
};

/// The part of the run in which the requests arrived that a figure is of; nothing said: all after the warm-up.
struct PartSpec {
  std::optional<FaultRef> during;
  std::optional<FaultRef> after;  ///< from the recovery on
  std::optional<SpanSpec> between;
  void describe(Fields& f);
};

/// One measure compared with a bound: {"rto": "<= 25 min"}.
struct ExpectationSpec {
  Measure measure = Measure::kRto;
  std::string key;        ///< of the measure as written: "rto", "p99.5"
  double quantile = 0.0;  ///< of kQuantile and kWaitQuantile, in (0, 1)
  Comparison comparison = Comparison::kAtMost;
  double bound = 0.0;  ///< seconds, share in [0, 1], per second, or a count
  std::string text;    ///< "rto <= 25 min"
  std::optional<OperationRef> operation;
  std::optional<FaultRef> fault;
  std::optional<ComponentRef> component;
  std::optional<AvailabilityOf> of;
  std::optional<BegunBy> begun_by;  ///< of kInterruption
  std::optional<IncidentFigure> figure;
  std::optional<Probability> share;  ///< as written; see share_to_keep
  std::optional<Duration> hold;
  std::optional<Duration> within;       ///< of kAnswered
  std::optional<Duration> longer_than;  ///< of kWaits
  PartSpec part;
  Place place;

  /// Share of its incidents that have to keep it, when it is a promise for each incident and judged so.
  [[nodiscard]] std::optional<double> share_to_keep() const;
};
template <>
struct Codec<ExpectationSpec> {
  static void decode(Decoder& d, const Node& node, ExpectationSpec& v, const Range& range);
  static Type type();
  static std::string text(const ExpectationSpec& v);
};
template <>
struct Codec<BegunBy> {
  static void decode(Decoder& d, const Node& node, BegunBy& v, const Range& range);
  static Type type();
  static std::string text(const BegunBy& v);
};
template <>
struct Codec<SpanSpec> {
  static void decode(Decoder& d, const Node& node, SpanSpec& v, const Range& range);
  static Type type();
  static std::string text(const SpanSpec& v);
};

template <>
struct Words<Comparison> {
  static const std::vector<std::pair<std::string_view, Comparison>>& table();
};
template <>
struct Words<AvailabilityOf> {
  static const std::vector<std::pair<std::string_view, AvailabilityOf>>& table();
};
template <>
struct Words<IncidentFigure> {
  static const std::vector<std::pair<std::string_view, IncidentFigure>>& table();
};
template <>
struct Words<Act> {
  static const std::vector<std::pair<std::string_view, Act>>& table();
};

struct Experiment;
/// What needs the rest of the experiment: that there is something to judge it on. Adds to `issues`.
void check_expectations(const Experiment& experiment, Issues& issues);

}  // namespace twinvoice::spec
