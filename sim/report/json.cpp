// result/2 as JSON.
#include "sim/measure/availability_minutes.hpp"
#include "sim/report/calm_text.hpp"
#include "sim/report/error_budget.hpp"
#include "sim/report/expectation_json.hpp"
#include "sim/report/figures.hpp"
#include "sim/report/json_values.hpp"
#include "sim/report/load_json.hpp"
#include "sim/report/recovery.hpp"
#include "sim/report/render.hpp"

namespace twinvoice::report {
namespace {

Json causes(const std::vector<CauseCount>& list, std::uint64_t runs) {
  Json j = Json::object();
  for (const CauseCount& c : list) j[c.cause] = per_run(c.count, runs);
  return j;
}

Json manifest(const ResultDocument& d) {
  const Scenario& s = d.scenario;
  const Manifest& m = s.manifest;
  Json j;
  j["tool"] = "twinvoice";
  j["version"] = m.version;
  j["commit"] = m.commit;
  j["command"] = m.command;
  j["engine"] = m.engine;
  j["experiment"] = s.name;
  j["topology"] = s.topology;
  j["inputs"] = Json::array();
  for (const InputFile& input : m.inputs) {
    j["inputs"].push_back({{"path", input.path}, {"sha256", input.sha256}});
    if (!input.content.empty()) j["inputs"].back()["content"] = Json::parse(input.content);
  }
  j["seed"] = s.seed;
  j["replications"] = s.replications;
  j["horizon_s"] = instant(s.horizon_ns);
  j["warm_up_s"] = instant(s.warm_up_ns);
  j["follow_s"] = instant(s.follow_ns);
  j["window_s"] = instant(s.window_ns);
  j["simgrid"] = m.simgrid_version.empty() ? Json(nullptr) : Json(m.simgrid_version);
  j["network_model"] = Json::object();
  for (const auto& [name, value] : m.network) j["network_model"][name] = value;
  if (!m.network.empty()) j["network_model"]["epoch_s"] = instant(m.epoch_ns);
  return j;
}

Json promise(const PromiseInfo& p) { return {{"bound_s", instant(p.bound_ns)}, {"share", p.share}}; }

Json seconds_or_null(const std::optional<Nanos>& ns) { return ns ? instant(*ns) : Json(nullptr); }

Json interruption(const OwnedInterruption& one, std::uint64_t replication, const Scenario& s) {
  const measure::Interruption& i = one.interruption;
  Json j;
  j["replication"] = replication;
  j["begin_s"] = instant(i.begin_ns);
  j["end_s"] = seconds_or_null(i.end_ns);
  j["begin_low_s"] = seconds_or_null(i.begin_low_ns);
  j["begin_high_s"] = instant(i.begin_high_ns);
  j["end_low_s"] = instant(i.end_low_ns);
  j["end_high_s"] = seconds_or_null(i.end_high_ns);
  j["walk"] = i.symptom == measure::Symptom::kFailing ? "failing" : "late";
  j["bad"] = i.bad;
  j["late"] = i.late;
  j["bad_time_s"] = instant(i.bad_time_ns);
  j["answered_again_s"] = seconds_or_null(i.answered_again_ns);
  j["before_measured"] = i.before_measured;
  j["faults"] = fault_names(one.owners, s);
  j["shared"] = one.owners.size() > 1;
  return j;
}

Json invoices(const InvoiceTotals& i) {
  return {{"acknowledged", i.acknowledged},
          {"acknowledged_lost", i.acknowledged_lost},
          {"stranded", i.stranded},
          {"out_of_reach", i.out_of_reach},
          {"reconciled", i.reconciled},
          {"void", i.voided},
          {"unacknowledged_durable", i.unacknowledged_durable},
          {"duplicates_written", i.duplicates_written},
          {"lost_known_inside", i.lost_known_inside}};
}

Json budget(const std::optional<ErrorBudget>& b, double availability) {
  if (!b) return nullptr;
  Json j{{"of", availability}, {"spent_months", b->spent_months}, {"by_fault", Json::object()}};
  for (const auto& [fault, months] : b->by_fault) j["by_fault"][fault] = months;
  j["other_months"] = b->other_months;
  return j;
}

void add_yardstick(Json& j, const Yardstick& y) {
  j["bound_s"] = y.bound.bound_ns == kNever ? Json(nullptr) : instant(y.bound.bound_ns);
  j["bound_origin"] = measure::words(y.bound.origin);
  j["allowed_share"] = static_cast<double>(y.allowed.share) / 1e9;
  j["allowed_origin"] = measure::words(y.allowed.origin);
  const std::string flaw = calm_flaw_text(y);
  j["calm_flaw"] = flaw.empty() ? Json(nullptr) : Json(flaw);
}

Json operation(const ResultDocument& d, std::size_t index) {
  const OperationResult& op = d.operations[index];
  const std::uint64_t runs = d.replications;
  Json j;
  j["arrived"] = per_run(op.arrived, runs);
  j["succeeded"] = per_run(op.succeeded, runs);
  j["failed"] = {{"total", per_run(op.failed, runs)},
                 {"by_cause", causes(op.failed_by_cause, runs)},
                 {"first_cause", causes(op.first_by_cause, runs)}};
  j["unanswered"] = per_run(op.unanswered, runs);
  j["total"] = {{"arrived", op.arrived},
                {"succeeded", op.succeeded},
                {"failed", op.failed},
                {"unanswered", op.unanswered}};
  j["objective"] = {{"availability", op.info.availability},
                    {"stated", op.info.availability_stated},
                    {"on", op.info.on_completion ? "completion" : "acceptance"},
                    {"p99_s", instant(op.info.p99_ns)}};
  if (op.info.rto) j["objective"]["rto"] = promise(*op.info.rto);
  if (op.info.rpo) j["objective"]["rpo"] = promise(*op.info.rpo);
  if (index < d.accounts.yardsticks.size()) add_yardstick(j, d.accounts.yardsticks[index]);
  j["availability"] = {{"request", estimate(op.availability_request)},
                       {"time", estimate(op.availability_time)},
                       {"volume", estimate(op.availability_volume)},
                       {"completion", estimate(op.availability_completion)}};
  j["availability"]["request"]["if_all_fail"] = number(op.if_all_fail);
  j["availability"]["request"]["if_all_succeed"] = number(op.if_all_succeed);
  Json& time = j["availability"]["time"];
  time["if_all_fail"] = number(op.time_if_all_fail);
  time["if_all_succeed"] = number(op.time_if_all_succeed);
  if (index < d.accounts.yardsticks.size())
    time["beyond_share_that_always_fails"] = share_that_always_fails(d.accounts.yardsticks[index]);
  j["jobs"] = {{"emitted", per_run(op.jobs.emitted, runs)},
               {"completed", per_run(op.jobs.completed, runs)},
               {"dead", per_run(op.jobs.dead, runs)},
               {"open", per_run(op.jobs.open(), runs)}};
  j["late_answers"] = per_run(op.late_answers, runs);
  j["downtime_min_per_year"] =
      estimate(measure::minutes_per_year(measure::complement(op.availability_request)));
  j["latency_s"] = {{"mean", estimate(op.mean_s)},
                    {"p50", estimate(op.p50_s)},
                    {"p95", estimate(op.p95_s)},
                    {"p99", estimate(op.p99_s)},
                    {"p999", estimate(op.p999_s)}};
  j["throughput_per_s"] = estimate(op.throughput_per_s);
  j["in_flight_mean"] = estimate(op.in_flight_mean);
  j["in_flight_max"] = op.in_flight_max;
  j["interruptions"] = Json::array();
  for (const RunAccount& run : d.accounts.runs) {
    for (const OwnedInterruption& one : run.interruptions[index])
      j["interruptions"].push_back(interruption(one, run.replication, d.scenario));
  }
  j["longest_interruption_s"] = number(op.longest_interruption_s);
  j["bad_time_s"] = number(op.bad_time_s);
  j["if_all_fail"] = {{"interruptions", op.interruptions_if_all_fail},
                      {"longest_interruption_s", number(op.longest_interruption_if_all_fail_s)},
                      {"bad_time_s", number(op.bad_time_if_all_fail_s)}};
  j["invoices"] = invoices(op.invoices);
  j["error_budget"] = budget(error_budget(d, index), op.info.availability);
  return j;
}

/// {low, value, high} in seconds (`scale` 1e-9) or invoices: null where there is no value, "infinity" where it is open.
Json range(std::int64_t low, const std::optional<std::int64_t>& value, std::int64_t high, double scale) {
  const auto end = [scale](std::int64_t v) {
    return v == kNever ? Json("infinity") : scale == 1.0 ? Json(v) : instant(v);
  };
  return {{"low", end(low)}, {"value", value ? end(*value) : Json(nullptr)}, {"high", end(high)}};
}
Json range(const measure::SpanRange& r) { return range(r.low_ns, r.value_ns, r.high_ns, 1e-9); }
Json range(const measure::Incident& i, double scale) { return range(i.low, i.value, i.high, scale); }

Json onset(const std::optional<measure::SpanRange>& r) { return r ? range(*r) : Json(nullptr); }

/// Owners of one that a fault has from its own begin on: it ends with the whole interruption.
measure::FaultIndices owners_of(const measure::Interruption& part,
                                const std::vector<OwnedInterruption>& whole) {
  const auto same = std::find_if(whole.begin(), whole.end(), [&](const OwnedInterruption& one) {
    return one.interruption.end_ns == part.end_ns && one.interruption.begin_ns <= part.begin_ns;
  });
  return same == whole.end() ? measure::FaultIndices{} : same->owners;
}

/// One fault in one replication.
Json incident(const FaultAccount& account, const RunAccount& run, const ResultDocument& d) {
  const std::uint64_t replication = run.replication;
  const std::vector<std::vector<OwnedInterruption>>& interruptions = run.interruptions;
  Json j;
  j["replication"] = replication;
  j["begin_s"] = instant(account.span.begin_ns);
  j["end_s"] = account.span.end_ns == kNever ? Json(nullptr) : instant(account.span.end_ns);
  j["onset_s"] = onset(account.worst.recovery.onset);
  j["rto_s"] = range(account.worst.recovery.time);
  j["rpo_s"] = range(account.rpo_ns, 1e-9);
  j["acknowledged_lost"] = range(account.acknowledged_lost, 1.0);
  j["restored"] = account.worst.recovery.restored;
  j["seen"] = account.worst.recovery.seen;
  j["not_seen_by"] = account.worst.not_seen_by;
  j["shared_with"] = fault_names(account.shared_with, d.scenario);
  j["operations"] = Json::object();
  for (std::size_t op = 0; op < account.operations.size(); ++op) {
    if (!d.scenario.operations[op].loaded) continue;
    const OperationCost& cost = account.operations[op];
    Json one;
    one["seen"] = cost.recovery.seen;
    one["onset_s"] = onset(cost.recovery.onset);
    one["rto_s"] = range(cost.recovery.time);
    one["rpo_s"] = range(cost.rpo_ns, 1e-9);
    one["acknowledged_lost"] = range(cost.acknowledged_lost, 1.0);
    one["longest_s"] = range(cost.recovery.longest);
    one["bad_time_s"] = instant(cost.recovery.bad_time_ns);
    one["later"] = Json::array();
    for (const measure::Interruption& later : cost.recovery.later)
      one["later"].push_back(
          interruption({later, owners_of(later, interruptions[op])}, replication, d.scenario));
    j["operations"][d.scenario.operations[op].name] = std::move(one);
  }
  return j;
}

/// Over the replications: the mean with its interval as {low, value, high}, and what incidents were like.
Json pooled(const IncidentFigure& f) {
  Json j;
  j["low"] = number(f.mean.low);
  j["value"] = number(f.mean.value);
  j["high"] = number(f.mean.high);
  j["median"] = number(f.median);
  j["p90"] = number(f.p90);
  j["worst"] = number(f.worst);
  j["incidents"] = f.incidents;
  return j;
}

Json disruption(const DisruptionResult& r, const ResultDocument& d) {
  Json j;
  j["fault"] = r.fault.name;
  j["kind"] = r.fault.kind;
  j["planned"] = r.planned;
  j["at_s"] = instant(r.fault.at_ns);
  j["until_s"] = instant(r.fault.until_ns);
  j["interrupted"] = r.interrupted;
  j["onset_s"] = pooled(r.onset_s);
  j["rto_s"] = pooled(r.rto_s);
  j["rpo_s"] = pooled(r.rpo_s);
  j["acknowledged_lost"] = pooled(r.acknowledged_lost);
  j["not_restored"] = r.not_restored;
  j["not_seen"] = r.not_seen;
  j["before_measured"] = r.before_measured;
  j["later_interruptions"] = r.later;
  j["shared_with"] = r.shared_with;
  j["rto_by_operation"] = Json::object();
  for (const OperationRecovery& o : r.operations)
    j["rto_by_operation"][d.operations[o.operation].info.name] = pooled(o.rto_s);
  j["replications"] = Json::array();
  for (const RunAccount& run : d.accounts.runs) {
    for (const FaultAccount* account : accounts_in(run, r))
      j["replications"].push_back(incident(*account, run, d));
  }
  j["phases"] = Json::array();
  for (const PhaseResult& p : r.phases) {
    j["phases"].push_back({{"name", p.name},
                           {"after_s", number(p.at_s)},
                           {"took_s", number(p.took_s)},
                           {"share", number(p.share)},
                           {"replications", p.replications}});
  }
  j["critical_path"] = r.critical_path;
  return j;
}

Json engine(const EngineResult& e) {
  Json j;
  j["hops"] = e.hops;
  j["events"] = e.events;
  j["wall_s"] = number(e.wall_s);
  j["cpu_s"] = number(e.cpu_s);
  j["ns_per_hop"] = e.hops > 0 ? number(e.ns_per_hop()) : Json(nullptr);
  j["peak_rss_bytes"] = e.peak_rss_bytes;
  j["fingerprint"] = e.fingerprint;
  j["world_syncs"] = e.world_syncs;
  j["frames"] = e.frames;
  j["orphaned"] = e.orphaned;
  j["cancelled"] = e.cancelled;
  j["late"] = e.late;
  j["resent"] = e.resent;
  j["commits"] = e.commits;
  j["duplicates"] = e.duplicates;
  j["split_brain"] = e.split_brain;
  j["breaches"] = e.breaches;
  return j;
}

const char* word(Against verdict) {
  switch (verdict) {
    case Against::kWorse: return "worse";
    case Against::kBetter: return "better";
    case Against::kAlike: return "alike";
    case Against::kUndecided: return "undecided";
    case Against::kOther: return "other";
  }
  return "";
}

Json baseline(const BaselineComparison& c) {
  Json j{{"path", c.path}, {"version", c.version}, {"seed", c.seed}, {"worse", c.worse()}};
  j["figures"] = Json::object();
  for (const BaselineFigure& f : c.figures) {
    j["figures"][f.name] = {{"verdict", word(f.verdict)},
                            {"then", figure_estimate(f.then)},
                            {"difference", figure_estimate(f.difference)}};
  }
  j["unseen"] = c.unseen;
  j["inputs_known"] = c.inputs_known;
  j["differences"] = Json::array();
  for (const InputDifference& one : c.differences) {
    j["differences"].push_back({{"file", one.file},
                                {"where", one.where},
                                {"then", one.a ? Json::parse(*one.a) : Json(nullptr)},
                                {"now", one.b ? Json::parse(*one.b) : Json(nullptr)}});
  }
  return j;
}

}  // namespace

std::string render_json(const ResultDocument& d) {
  Json j;
  j["twinvoice"] = "result/2";
  j["complete"] = d.complete;
  j["stops"] = d.stops;
  j["errors"] = d.scenario.errors;
  j["warnings"] = d.scenario.warnings;
  j["manifest"] = manifest(d);
  j["replications_done"] = d.replications;
  j["operations"] = Json::object();
  for (std::size_t op = 0; op < d.operations.size(); ++op)
    j["operations"][d.operations[op].info.name] = operation(d, op);
  j["components"] = Json::object();
  for (const ComponentResult& c : d.components) j["components"][c.info.name] = component_json(c);
  j["calls"] = Json::object();
  for (const CallResult& c : d.calls) j["calls"][c.info.name] = call_json(c, d);
  j["disruptions"] = Json::array();
  for (const DisruptionResult& r : d.disruptions) j["disruptions"].push_back(disruption(r, d));
  for (const DisruptionResult& r : d.planned) j["disruptions"].push_back(disruption(r, d));
  j["expectations"] = Json::array();
  for (const ExpectationResult& e : d.expectations)
    j["expectations"].push_back(expectation_json(e, d.scenario));
  j["expectations_are_objectives"] = d.from_objectives;
  j["objectives"] = Json::array();
  for (const ExpectationResult& e : d.objectives) j["objectives"].push_back(expectation_json(e, d.scenario));
  j["figures"] = Json::object();
  for (const store::CellFigure& f : figures(d)) j["figures"][f.name] = figure_estimate(f.estimate);
  if (d.baseline) j["baseline"] = baseline(*d.baseline);
  j["audit"] = Json::array();
  for (const AuditLine& a : d.audit) {
    j["audit"].push_back({{"at_s", instant(a.at_ns)}, {"procedure", a.procedure}, {"text", a.text}});
  }
  j["engine"] = engine(d.engine);
  j["caveats"] = d.caveats;
  return document_text(j);
}

}  // namespace twinvoice::report
