// result/1 as JSON.
#include "sim/measure/availability_minutes.hpp"
#include "sim/report/expectation_json.hpp"
#include "sim/report/json_values.hpp"
#include "sim/report/render.hpp"

namespace twinvoice::report {
namespace {

Json causes(const std::vector<CauseCount>& list) {
  Json j = Json::object();
  for (const CauseCount& c : list) j[c.cause] = c.count;
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
  for (const InputFile& input : m.inputs)
    j["inputs"].push_back({{"path", input.path}, {"sha256", input.sha256}});
  j["seed"] = s.seed;
  j["replications"] = s.replications;
  j["horizon_s"] = instant(s.horizon_ns);
  j["warm_up_s"] = instant(s.warm_up_ns);
  j["window_s"] = instant(s.window_ns);
  j["simgrid"] = m.simgrid_version.empty() ? Json(nullptr) : Json(m.simgrid_version);
  j["network_model"] = Json::object();
  for (const auto& [name, value] : m.network) j["network_model"][name] = value;
  if (!m.network.empty()) j["network_model"]["epoch_s"] = instant(m.epoch_ns);
  return j;
}

Json promise(const PromiseInfo& p) { return {{"bound_s", instant(p.bound_ns)}, {"share", p.share}}; }

Json operation(const OperationResult& op) {
  Json j;
  j["arrived"] = op.arrived;
  j["succeeded"] = op.succeeded;
  j["failed"] = {{"total", op.failed},
                 {"by_cause", causes(op.failed_by_cause)},
                 {"first_cause", causes(op.first_by_cause)}};
  j["unanswered"] = op.unanswered;
  j["objective"] = {{"availability", op.info.availability},
                    {"stated", op.info.availability_stated},
                    {"p99_s", instant(op.info.p99_ns)}};
  if (op.info.rto) j["objective"]["rto"] = promise(*op.info.rto);
  if (op.info.rpo) j["objective"]["rpo"] = promise(*op.info.rpo);
  j["availability"] = {{"request", estimate(op.availability_request)},
                       {"time", estimate(op.availability_time)},
                       {"volume", estimate(op.availability_volume)}};
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
  return j;
}

Json pool(const PoolResult& p) {
  Json j;
  j["active"] = number(p.active);
  j["max"] = p.max ? Json(*p.max) : Json(nullptr);
  j["waiting"] = number(p.waiting);
  j["idle"] = number(p.idle);
  j["peak_active"] = p.peak;
  j["peak_waiting"] = p.peak_waiting;
  j["wait_s"] = number(p.wait_s);
  j["acquired"] = p.acquired;
  j["rejected"] = p.rejected;
  j["expired"] = p.expired;
  j["established"] = p.established;
  j["closed"] = p.closed;
  return j;
}

Json component(const ComponentResult& c) {
  Json j;
  j["model"] = c.info.model;
  j["replicas"] = c.info.replicas;
  j["utilisation"] = c.utilisation ? estimate(*c.utilisation) : Json(nullptr);
  j["busy"] = number(c.busy);
  j["queue"] = {{"mean", number(c.queue.value)}, {"max", c.max_queue}};
  j["wait_s"] = {{"mean", number(c.wait_s)}, {"p99", number(c.wait_p99_s)}};
  j["visits"] = c.visits;
  j["rejected"] = c.rejected;
  j["expired"] = c.expired;
  j["blocked"] = c.blocked;
  j["down_share"] = number(c.down_share.value);
  j["pools"] = Json::object();
  for (const PoolResult& p : c.pools) j["pools"][p.name] = pool(p);
  return j;
}

Json disruption(const DisruptionResult& r, const ResultDocument& d) {
  Json j;
  j["fault"] = r.fault.name;
  j["kind"] = r.fault.kind;
  j["at_s"] = instant(r.fault.at_ns);
  j["until_s"] = instant(r.fault.until_ns);
  j["interrupted"] = r.interrupted;
  j["rto_s"] = number(r.rto_s.value);
  j["rto"] = estimate(r.rto_s);
  j["not_restored"] = r.not_restored;
  j["rto_by_operation"] = Json::object();
  for (const OperationRecovery& o : r.operations)
    j["rto_by_operation"][d.operations[o.operation].info.name] = estimate(o.rto_s);
  j["rpo_s"] = number(r.rpo_s.value);
  j["rpo"] = estimate(r.rpo_s);
  j["rpo_invoices"] = {{"acknowledged_lost", number(r.acknowledged_lost.value)},
                       {"low", number(r.acknowledged_lost.low)},
                       {"high", number(r.acknowledged_lost.high)},
                       {"unacknowledged_lost", number(r.unacknowledged_lost)},
                       {"reconciled", number(r.reconciled)},
                       {"duplicates", number(r.duplicates)}};
  j["phases"] = Json::array();
  for (const PhaseResult& p : r.phases) {
    j["phases"].push_back({{"name", p.name},
                           {"at_s", number(p.at_s)},
                           {"took_s", number(p.took_s)},
                           {"share_of_rto", number(p.share_of_rto)},
                           {"replications", p.replications}});
  }
  j["critical_path"] = r.critical_path;
  return j;
}

Json expectation(const ExpectationResult& e, const Json& asked) {
  // Nothing observed is an error of the run (exit code 1), not a fourth verdict.
  const measure::Verdict verdict =
      e.verdict == measure::Verdict::no_sample ? measure::Verdict::undecided : e.verdict;
  Json j;
  j["text"] = e.text;
  j.update(asked);
  j["verdict"] = measure::name(verdict);
  j["value"] = number(e.estimate.value);
  j["low"] = number(e.estimate.low);
  j["high"] = number(e.estimate.high);
  j["why"] = e.why;
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

}  // namespace

std::string render_json(const ResultDocument& d) {
  Json j;
  j["twinvoice"] = "result/1";
  j["complete"] = d.complete;
  j["stops"] = d.stops;
  j["errors"] = d.scenario.errors;
  j["warnings"] = d.scenario.warnings;
  j["manifest"] = manifest(d);
  j["replications_done"] = d.replications;
  j["operations"] = Json::object();
  for (const OperationResult& op : d.operations) j["operations"][op.info.name] = operation(op);
  j["components"] = Json::object();
  for (const ComponentResult& c : d.components) j["components"][c.info.name] = component(c);
  j["disruptions"] = Json::array();
  for (const DisruptionResult& r : d.disruptions) j["disruptions"].push_back(disruption(r, d));
  j["expectations"] = Json::array();
  for (std::size_t i = 0; i < d.expectations.size(); ++i) {
    const Json asked = asked_json(d.scenario.expectations[i], d.scenario);
    j["expectations"].push_back(expectation(d.expectations[i], asked));
  }
  j["audit"] = Json::array();
  for (const AuditLine& a : d.audit) {
    j["audit"].push_back({{"at_s", instant(a.at_ns)}, {"procedure", a.procedure}, {"text", a.text}});
  }
  j["engine"] = engine(d.engine);
  j["caveats"] = d.caveats;
  return document_text(j);
}

}  // namespace twinvoice::report
