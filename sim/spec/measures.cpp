#include "sim/spec/measures.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "sim/spec/document.hpp"

namespace twinvoice::spec {
namespace {

constexpr std::string_view kWaitPrefix = "wait_";

bool is_percentile(std::string_view key) {
  return key.substr(0, kWaitPrefix.size()) != kWaitPrefix && quantile_of(key).has_value();
}
bool is_wait_percentile(std::string_view key) {
  return key.substr(0, kWaitPrefix.size()) == kWaitPrefix && quantile_of(key).has_value();
}

constexpr std::uint32_t kIncident = kTakesOperation | kTakesFault | kTakesMean | kTakesShare;
constexpr std::uint32_t kRequests = kTakesOperation | kTakesPart;

constexpr std::array<MeasureRule, 15> kMeasures{{
    {"rto", Measure::kRto, BoundKind::kTime, kIncident | kTakesHold,
     "recovery time of each incident: from the begin of its interruption to its end", "", nullptr},
    {"rpo", Measure::kRpo, BoundKind::kTime, kIncident,
     "data loss of each incident: age of the oldest acknowledged invoice that is lost", "", nullptr},
    {"rpo_invoices", Measure::kRpoInvoices, BoundKind::kCount, kIncident,
     "data loss of each incident: acknowledged invoices that are lost", "", nullptr},
    {"interruption", Measure::kInterruption, BoundKind::kTime,
     kTakesBegunBy | kTakesOperation | kTakesFault | kTakesShare | kTakesHold,
     "length of each interruption that an act or a fault began", "", nullptr},
    {"onset", Measure::kOnset, BoundKind::kTime, kIncident | kTakesHold,
     "from a fault to the begin of its interruption", "", nullptr},
    {"availability", Measure::kAvailability, BoundKind::kShare, kRequests | kTakesAvailabilityOf | kTakesHold,
     "see \"of\"", "", nullptr},
    {"pNN", Measure::kQuantile, BoundKind::kTime, kRequests,
     "a percentile of the response time: p50, p95, p99.9, ...; p999 is p99.9, p9999 is p99.99",
     "^p(?!0+(\\.0+)?$)([0-9]{1,2}(\\.[0-9]{1,4})?|999|9999)$", &is_percentile},
    {"mean", Measure::kMean, BoundKind::kTime, kRequests, "mean response time", "", nullptr},
    {"answered", Measure::kAnswered, BoundKind::kShare, kRequests | kTakesWithin,
     "share of the requests that succeed in time: see \"within\"", "", nullptr},
    {"success_rate", Measure::kSuccessRate, BoundKind::kShare, kRequests,
     "share of the requests that succeed", "", nullptr},
    {"throughput", Measure::kThroughput, BoundKind::kRate, kRequests, "requests that succeed, per time", "",
     nullptr},
    {"utilisation", Measure::kUtilisation, BoundKind::kShare, kTakesComponent,
     "busy share of a component's servers, at its busiest place", "", nullptr},
    {"wait", Measure::kWait, BoundKind::kTime, kTakesComponent, "mean wait for a component's servers", "",
     nullptr},
    {"wait_pNN", Measure::kWaitQuantile, BoundKind::kTime, kTakesComponent,
     "a percentile of the wait for a component's servers; who does not wait counts as 0",
     "^wait_p(?!0+(\\.0+)?$)([0-9]{1,2}(\\.[0-9]{1,4})?|999|9999)$", &is_wait_percentile},
    {"waits", Measure::kWaits, BoundKind::kShare, kTakesComponent | kTakesLongerThan,
     "share of the visits that wait for a component's servers", "", nullptr},
}};

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Parsed<double> parse_count(std::string_view text) {
  if (!all_digits(text) || text.size() > 15) return {0.0, fmt::format("{} is not a count", quote(text))};
  double value = 0.0;
  for (const char c : text) value = value * 10.0 + (c - '0');
  return {value, {}};
}

}  // namespace

std::span<const MeasureRule> measure_rules() { return kMeasures; }

const MeasureRule& rule_of(Measure measure) {
  for (const MeasureRule& rule : kMeasures) {
    if (rule.measure == measure) return rule;
  }
  return kMeasures.front();
}

std::optional<double> quantile_of(std::string_view key) {
  if (key.substr(0, kWaitPrefix.size()) == kWaitPrefix) key.remove_prefix(kWaitPrefix.size());
  if (key.empty() || key.front() != 'p') return std::nullopt;
  key.remove_prefix(1);
  if (key == "999") return 0.999;
  if (key == "9999") return 0.9999;
  const std::size_t point = key.find('.');
  const std::string_view whole = key.substr(0, point);
  const std::string_view rest = point == std::string_view::npos ? "0" : key.substr(point + 1);
  if (!all_digits(whole) || whole.size() > 2 || !all_digits(rest) || rest.size() > 4) return std::nullopt;
  const std::string text = fmt::format("{}.{}e-2", whole, rest);
  double value = 0.0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  if (value > 0.0) return value;
  return std::nullopt;
}

Parsed<double> parse_bound(std::string_view text, BoundKind kind) {
  switch (kind) {
    case BoundKind::kTime: {
      const auto parsed = parse_duration(text);
      return {to_seconds(parsed.value.ns), parsed.problem};
    }
    case BoundKind::kShare: {
      const auto parsed = parse_probability(text);
      return {parsed.value.value, parsed.problem};
    }
    case BoundKind::kRate: {
      const auto parsed = parse_rate(text);
      return {parsed.value.per_s, parsed.problem};
    }
    case BoundKind::kCount: break;
  }
  return parse_count(text);
}

std::string_view example_of(BoundKind kind) {
  switch (kind) {
    case BoundKind::kTime: return "<= 25 min";
    case BoundKind::kShare: return ">= 99.9 %";
    case BoundKind::kRate: return ">= 500 tps";
    case BoundKind::kCount: return "<= 0";
  }
  return "";
}

}  // namespace twinvoice::spec
