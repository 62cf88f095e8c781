#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <vector>

#include "sim/random/laws.hpp"
#include "tests/bench/national_day.hpp"
#include "tests/bench/rows.hpp"

namespace twinvoice::bench {
namespace {

using plan::Plan;
using world::RunSettings;

void without_limits_of_time(Plan& plan, RunSettings&) {
  for (plan::CallSite& call : plan.calls) {
    call.timeout_ns = kNever;
    call.retries = {};
  }
}

void without_travel(Plan& plan, RunSettings&) {
  for (plan::Location& location : plan.locations) {
    location.lan_latency_ns = 0;
    location.lan_bytes_per_s = 0.0;
  }
  for (plan::Link& link : plan.links) {
    link.latency_ns = 0;
    link.bytes_per_s = link.loss = 0.0;
  }
  for (plan::Route& route : plan.routes) {
    route.latency_ns = 0;
    route.bytes_per_s = 0.0;
  }
}

void without_visits(Plan& plan, RunSettings&) {
  for (plan::Step& step : plan.steps) {
    // A wait of no time: the frame goes on at once.
    if (step.kind == plan::StepKind::kServe) step.kind = plan::StepKind::kDelay;
  }
  for (random::Law& law : plan.laws) law = random::Law::constant(0.0);
}

void with_constant_times(Plan& plan, RunSettings&) {
  for (random::Law& law : plan.laws) law = random::Law::constant(random::mean(law, plan.law_tables));
}

void without_procedures(Plan&, RunSettings& settings) { settings.procedures.clear(); }

struct Variant {
  std::string id;
  std::string what;
  NationalDay::Change change;
  std::vector<double> request_ns = {};
  double events_per_request = 0.0;
};

std::vector<Variant> variants() {
  return {{"as-shipped", "national day at its busiest: per request", {}},
          {"timeouts", "  without timeouts and retries", without_limits_of_time},
          {"travel", "  with messages that take no time", without_travel},
          {"draws", "  with constant times", with_constant_times},
          {"visits", "  without visits to stations", without_visits},
          {"procedures", "  without probes, alerts and replication", without_procedures}};
}

Row row_of(const Variant& variant, const Variant& shipped) {
  const Spread request_ns = spread_of(variant.request_ns);
  Row row;
  row.id = "cost-" + variant.id;
  row.what = variant.what;
  row.ours = fmt::format("{:.1f} us", request_ns.median * 1e-3);
  row.figures = {{"request_ns", request_ns.median}, {"events_per_request", variant.events_per_request}};
  if (&variant == &shipped) return row;
  row.beside = fmt::format("as shipped {:.1f} us", spread_of(shipped.request_ns).median * 1e-3);
  row.ratio = ratio_of(variant.request_ns, shipped.request_ns);
  row.note = fmt::format("{:.1f} events a request, as shipped {:.1f}", variant.events_per_request,
                         shipped.events_per_request);
  return row;
}

}  // namespace

void add_cost_rows(Table& table, const Options& options) {
  const NationalDay day;
  const Nanos length_ns = options.length(60) * kNanosPerSecond;
  std::vector<Variant> all = variants();
  for (int i = 0; i < options.repetitions(9); ++i) {
    for (Variant& variant : all) {
      const DayFigures figures = day.slice(length_ns, 0, variant.change);
      variant.request_ns.push_back(figures.cpu_s * 1e9 / figures.requests);
      variant.events_per_request = figures.events / figures.requests;
    }
  }
  for (const Variant& variant : all) table.add(row_of(variant, all.front()));
}

}  // namespace twinvoice::bench
