#include "sim/report/load_json.hpp"

namespace twinvoice::report {
namespace {

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

void add_load(Json& j, const LoadResult& load) {
  j["utilisation"] = load.utilisation ? estimate(*load.utilisation) : Json(nullptr);
  j["busy"] = number(load.busy);
  j["queue"] = {{"mean", number(load.queue.value)},
                {"low", number(load.queue.low)},
                {"high", number(load.queue.high)},
                {"max", load.max_queue}};
  j["wait_s"] = {{"mean", number(load.wait_s)}, {"p99", number(load.wait_p99_s)}};
  j["visits"] = load.visits;
  j["rejected"] = load.rejected;
  j["expired"] = load.expired;
  j["blocked"] = load.blocked;
  j["pools"] = Json::object();
  for (const PoolResult& p : load.pools) j["pools"][p.name] = pool(p);
}

Json call_counts(const CallTotals& t, std::uint64_t runs) {
  return {{"attempts", per_run(t.attempts, runs)},
          {"first_attempts", per_run(t.attempts - t.further, runs)},
          {"retries", per_run(t.retries, runs)},
          {"hedges", per_run(t.hedges, runs)},
          {"ejections", per_run(t.ejections, runs)},
          {"breaker_openings", per_run(t.openings, runs)},
          {"breaker_rejections", per_run(t.rejections, runs)},
          {"late_answers", per_run(t.late, runs)}};
}

}  // namespace

Json component_json(const ComponentResult& c) {
  Json j;
  j["model"] = c.info.model;
  j["replicas"] = c.info.replicas;
  add_load(j, c);
  j["down_share"] = number(c.down_share.value);
  j["any_down_share"] = number(c.any_down_share.value);
  j["places"] = Json::array();
  for (const PlaceResult& place : c.places) {
    Json one{{"place", place.name}, {"replicas", place.replicas}};
    add_load(one, place);
    j["places"].push_back(std::move(one));
  }
  return j;
}

Json call_json(const CallResult& c, const ResultDocument& d) {
  Json j{{"caller", c.info.caller.empty() ? Json(nullptr) : Json(c.info.caller)}, {"target", c.info.target}};
  j.update(call_counts(c.measured, d.replications));
  j["amplification"] = estimate(c.amplification);
  j["window_s"] = instant(d.scenario.call_window_ns);
  j["windows"] = Json::array();
  for (std::size_t w = 0; w < c.timeline.size(); ++w) {
    if (!c.timeline[w].eventful()) continue;
    Json window{{"at_s", instant(static_cast<Nanos>(w) * d.scenario.call_window_ns)}};
    window.update(call_counts(c.timeline[w], d.replications));
    j["windows"].push_back(std::move(window));
  }
  return j;
}

}  // namespace twinvoice::report
