// Model: a replicated service that computes, calls others and computes again.
//
// What it models: each replica has `cores` servers and, optionally, a pool of `threads`. A request holds a
//   thread from admission to reply, calls to others included; it holds a core only while it computes. So
//   threads run out when a callee is slow although the cores are idle: that is how exhaustion travels
//   upstream.
// Parameters (each replica):
//   demand        law [s]   required        CPU time of one core before the calls
//   demand_after  law [s]   none            CPU time after the calls
//   cores         n         4               servers; or "unlimited". Assumed: a common size of a container
//   threads       n | pool  no limit        {"max", "wait", "queue"}: as maxThreads, acceptCount of a servlet
//                                           container
//   queue         queue     unbounded FIFO  the line in front of the cores
//   calls         [call]    none            in order; {"parallel": [...]} at once
//   emits         [emit]    none            jobs handed over after the demand, not waited for
//   error_rate    [0, 1]    0               own failures after the demand
//   checks        {id: ...} none            content checks after the demand: {"rejects": share, "by": "invoice"}; the
//                                           cause of a rejection is "component.id"
//   warm_up       n, law    none            {"requests": n, "demand": law}: after a kill so many requests meet something
//                                           that is not loaded or compiled yet and take `demand` more
//   rate_limit    1/s, n    none            token bucket in front of everything else, full at the start
//   speed_by_load [x]       1               rate of each job with 1, 2, 3 ... in service: contention (x < 1
//                                           and falling)
//   endpoints     {id: ...} none            own demand, demand_after, calls, emits, error_rate; what is
//                                           absent is the service's
//   observe       flags     off             keep histograms of waits and of occupancy
// Equations: request message; [gate rate_limit]; [Acquire thread]; [with probability 1 - w Serve warm_up.demand, w += 1/n];
//   Serve demand; [gates of checks]; [gate error_rate]; calls; [Serve demand_after]; emits; [Release]; reply. A check
//   draws its verdict by the key of the request: the same at every attempt and replica. w is 1 at the start unless
//   `initial` says otherwise and 0 after a kill: exactly n requests of a replica pay until it is warm again, and under
//   L requests per second 1 - w falls as exp(-L t / n). Utilisation of the cores rho = lambda (E[demand] +
//   E[demand_after]) / cores; thread occupancy by Little's law N = lambda x (time in the service, waits and
//   calls included).
// Assumptions and limits: demand is CPU time, waiting is never in it; garbage collection and context switches
//   are not modelled but through speed_by_load; one error fails the whole request of this service.
// References: L. Kleinrock, Queueing Systems I, 1975; J. Little, "A proof for the queuing formula L = lambda
//   W", 1961; N. Gunther, "Guerrilla Capacity Planning", 2007 (speed_by_load).
#include <optional>
#include <string>
#include <vector>

#include "sim/compile/part.hpp"

namespace twinvoice::models {
namespace {

/// What an endpoint may have of its own.
struct ServiceEndpoint {
  std::optional<spec::LawSpec> demand;
  std::optional<spec::LawSpec> demand_after;
  std::optional<std::vector<spec::CallItem>> calls;
  std::optional<std::vector<spec::EmitSpec>> emits;
  std::optional<spec::Probability> error_rate;

  void describe(spec::Fields& f) {
    f.optional("demand", demand, "CPU time before the calls; absent: the service's");
    f.optional("demand_after", demand_after, "CPU time after the calls; absent: the service's");
    f.optional("calls", calls, "calls to others; absent: the service's");
    f.optional("emits", emits, "jobs handed over; absent: the service's");
    f.optional("error_rate", error_rate, "own failures; absent: the service's");
  }
};

struct RateLimit {
  spec::Rate rate;
  std::int64_t burst = 1;
  void describe(spec::Fields& f) {
    f.required("rate", rate, "requests per second let through in the long run", spec::kPositive);
    f.required("burst", burst, "requests let through at once after a pause", spec::kCount);
  }
};

/// Whose key a verdict is drawn by.
enum class VerdictBy { kInvoice, kAttempt };

struct Check {
  spec::Probability rejects;
  VerdictBy by = VerdictBy::kInvoice;
  void describe(spec::Fields& f) {
    f.required("rejects", rejects, "share that it turns away");
    f.optional("by", by,
               "invoice: a request gets one verdict, however often it is tried; attempt: each try its own");
  }
};

struct WarmUp {
  std::int64_t requests = 1;
  spec::LawSpec demand;
  void describe(spec::Fields& f) {
    f.required("requests", requests, "how many meet something cold after a kill of the replica",
               spec::kCount);
    f.required("demand", demand, "CPU time that each of them takes more");
  }
};

struct Observe {
  bool waits = false;
  bool occupancy = false;
  void describe(spec::Fields& f) {
    f.optional("waits", waits, "keep a histogram of waiting times");
    f.optional("occupancy", occupancy, "keep the time spent with n jobs present");
  }
};

struct Service {
  spec::LawSpec demand;
  std::optional<spec::LawSpec> demand_after;
  spec::Cores cores;
  std::optional<spec::ThreadsSpec> threads;
  std::optional<spec::QueueSpec> queue;
  std::vector<spec::CallItem> calls;
  std::vector<spec::EmitSpec> emits;
  spec::Probability error_rate;
  std::optional<RateLimit> rate_limit;
  spec::Map<Check> checks;
  std::optional<WarmUp> warm_up;
  std::vector<double> speed_by_load;
  spec::Map<ServiceEndpoint> endpoints;
  Observe observe;

  void describe(spec::Fields& f) {
    f.required("demand", demand, "CPU time of one core before the calls");
    f.optional("demand_after", demand_after, "CPU time after the calls; absent: none");
    f.optional("cores", cores, "servers of each replica", spec::kPositive,
               spec::Origin{"assumed: a common container size"});
    f.optional("threads", threads, "tokens held from admission to reply; absent: no limit");
    f.optional("queue", queue, "line in front of the cores; absent: unbounded, first come first served");
    f.optional("calls", calls, "calls to others, in order");
    f.optional("emits", emits, "jobs handed over and not waited for");
    f.optional("error_rate", error_rate, "own failures, after the demand");
    f.optional("rate_limit", rate_limit, "token bucket in front of the service; absent: none");
    f.optional("checks", checks, "content checks after the demand, by the names of their causes");
    f.rule("checks", checks.find("error") == nullptr && checks.find("rate_limit") == nullptr,
           "\"error\" and \"rate_limit\" are causes of their own");
    f.optional("warm_up", warm_up, "what a killed replica costs until it is warm again; absent: nothing");
    f.optional("speed_by_load", speed_by_load,
               "rate of each job with 1, 2, 3, ... in service; the last one holds beyond", spec::kPositive);
    f.optional("endpoints", endpoints, "endpoints beside \"default\", each with what differs");
    f.optional("observe", observe, "what to record beside the usual");
  }

  void lower(compile::ProgramBuilder& b) const {
    static const ServiceEndpoint kNothingOwn;
    const ServiceEndpoint* own = endpoints.find(b.endpoint());
    if (own == nullptr && b.endpoint() != "default") {
      std::vector<std::string> known{"default"};
      for (const auto& e : endpoints) known.push_back(e.id);
      b.unknown_endpoint(known);
      return;
    }
    if (own == nullptr) own = &kNothingOwn;
    write(b, *own);
  }

 private:
  void write(compile::ProgramBuilder& b, const ServiceEndpoint& own) const {
    const auto station = b.station("cores", {cores, queue, speed_by_load, observe.waits, observe.occupancy});
    std::optional<plan::PoolId> pool;
    if (threads) pool = b.admission("threads", *threads);

    b.hop_in();
    if (rate_limit) pass_rate_limit(b);
    if (pool) b.acquire(*pool);
    if (warm_up) meet_cold(b, station);
    b.serve(station, own.demand.value_or(demand), "demand");
    for (const auto& check : checks) pass_check(b, check);
    pass_errors(b, own.error_rate.value_or(error_rate).value);
    b.calls(own.calls ? *own.calls : calls);
    if (const auto& after = own.demand_after ? own.demand_after : demand_after)
      b.serve(station, *after, "demand_after");
    for (const spec::EmitSpec& emit : own.emits ? *own.emits : emits) b.emit(emit);
    if (pool) b.release(*pool);
    b.reply();
  }

  void meet_cold(compile::ProgramBuilder& b, plan::StationId station) const {
    plan::Cell cell;
    cell.initial = 1.0;
    cell.lost_in_kill = true;
    const auto warmth = b.cell("warmth", cell);
    const auto warm = b.branch(warmth, 1.0, "warm");
    b.update(warmth, plan::UpdateOp::kAdd, 1.0 / static_cast<double>(warm_up->requests));
    b.serve(station, warm_up->demand, "warm_up");
    b.land(warm);
  }

  static void pass_check(compile::ProgramBuilder& b, const spec::Named<Check>& check) {
    plan::Gate gate;
    gate.probability = check.value.rejects.value;
    gate.by_request = check.value.by == VerdictBy::kInvoice;
    b.pass(b.gate(check.id, gate));
  }

  void pass_rate_limit(compile::ProgramBuilder& b) const {
    plan::Gate gate;
    gate.kind = plan::GateKind::kRateLimit;
    gate.rate_per_s = rate_limit->rate.per_s;
    gate.burst = static_cast<double>(rate_limit->burst);
    b.pass(b.gate("rate_limit", gate));
  }

  static void pass_errors(compile::ProgramBuilder& b, double probability) {
    if (probability == 0.0) return;
    plan::Gate gate;
    gate.probability = probability;
    gate.reason = plan::Reason::kError;
    b.pass(b.gate(b.endpoint() == "default" ? "error" : "error/" + b.endpoint(), gate));
  }
};

}  // namespace
}  // namespace twinvoice::models

template <>
struct twinvoice::spec::Words<twinvoice::models::VerdictBy> {
  static const std::vector<std::pair<std::string_view, models::VerdictBy>>& table() {
    static const std::vector<std::pair<std::string_view, models::VerdictBy>> words{
        {"invoice", models::VerdictBy::kInvoice}, {"attempt", models::VerdictBy::kAttempt}};
    return words;
  }
};

namespace twinvoice::models {

compile::PartModel make_service() {
  return compile::part<Service>("service", "replicated service: cores, threads, calls to others");
}

}  // namespace twinvoice::models
