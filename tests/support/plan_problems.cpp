#include "tests/support/plan_problems.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tests/support/log_problems.hpp"

namespace twinvoice::testing {
namespace {

class Inspector {
 public:
  explicit Inspector(const plan::Plan& plan) : plan_(plan) {}

  std::vector<std::string> problems() {
    space();
    resources();
    laws();
    calls();
    steps();
    load();
    disturbances();
    run();
    return std::move(problems_);
  }

 private:
  static constexpr std::size_t kMostProblems = 20;

  void expect(bool good, const std::string& what) {
    if (!good && problems_.size() < kMostProblems) problems_.push_back(what);
  }
  void finite(double value, const std::string& what, double low = 0.0, double high = 1e300) {
    expect(std::isfinite(value) && value >= low && value <= high, fmt::format("{} = {}", what, value));
  }
  void time(Nanos ns, const std::string& what, Nanos low = 0) {
    expect(ns >= low && (ns == kNever || ns <= 2 * kLongestSpan), fmt::format("{} = {} ns", what, ns));
  }
  template <class IdType, class Column>
  void index(IdType id, const Column& column, const std::string& what, bool may_be_absent = false) {
    if (may_be_absent && !id.valid()) return;
    expect(id.index() < column.size(), fmt::format("{} names row {} of {}", what, id.value, column.size()));
  }

  void space() {
    for (const plan::Location& l : plan_.locations) {
      time(l.lan_latency_ns, "LAN latency of " + l.name);
      finite(l.lan_bytes_per_s, "LAN bandwidth of " + l.name);
    }
    for (const plan::Link& l : plan_.links) {
      time(l.latency_ns, "latency of " + l.name);
      finite(l.bytes_per_s, "bandwidth of " + l.name);
      finite(l.loss, "loss of " + l.name, 0.0, 1.0);
    }
    const std::size_t n = plan_.locations.size();
    expect(plan_.routes.size() == n * n, "routes are not a square");
    for (const plan::Route& r : plan_.routes) {
      time(r.latency_ns, "latency of a route");
      finite(r.bytes_per_s, "bandwidth of a route");
      for (const plan::LinkId link : r.links) index(link, plan_.links, "a route");
    }
    for (const plan::Component& c : plan_.components)
      expect(std::size_t{c.first_instance} + c.replicas <= plan_.instances.size(), "replicas of " + c.name);
    for (const plan::Instance& i : plan_.instances) {
      index(i.component, plan_.components, "an instance");
      index(i.location, plan_.locations, "an instance");
      finite(i.weight, "weight of an instance");
    }
    time(plan_.network.user_timeout_ns, "user_timeout", 1);
    time(plan_.network.resend_timeout_ns, "resend_timeout", 1);
    time(plan_.network.epoch_ns, "epoch", 1);
    expect(plan_.network.tcp_gamma_bytes >= 0, "tcp_gamma is negative");
  }

  void resources() {
    for (const plan::Station& s : plan_.stations) {
      index(s.instance, plan_.instances, s.name);
      index(s.patience, plan_.laws, "patience of " + s.name, true);
      expect(s.servers > 0, "servers of " + s.name);
      for (const double speed : s.speed_by_load) finite(speed, "speed_by_load of " + s.name, 1e-300);
    }
    for (const plan::Pool& p : plan_.pools) {
      index(p.instance, plan_.instances, p.name);
      index(p.wait, plan_.laws, "wait of " + p.name, true);
      expect(p.size > 0, "size of " + p.name);
      index(p.idle_timeout, plan_.laws, "idle timeout of " + p.name, true);
      index(p.max_age, plan_.laws, "age of " + p.name, true);
    }
    for (const plan::Cell& c : plan_.cells) {
      index(c.instance, plan_.instances, c.name);
      for (const double value : {c.initial, c.low, c.high}) finite(value, "a value of " + c.name);
      time(c.half_life_ns, "half-life of " + c.name, 1);
    }
    for (const plan::Gate& g : plan_.gates) {
      index(g.instance, plan_.instances, g.name);
      finite(g.probability, "probability of " + g.name, 0.0, 1.0);
      finite(g.rate_per_s, "rate of " + g.name);
      finite(g.burst, "burst of " + g.name);
    }
    for (const plan::Log& l : plan_.logs) {
      index(l.component, plan_.components, l.name);
      index(l.leader_location, plan_.locations, l.name);
      for (const plan::LocationId f : l.followers) index(f, plan_.locations, l.name);
      time(l.apply_ns, "apply of " + l.name);
      time(l.fallback_ns, "timeout of " + l.name, 1);
      expect(l.shards > 0 && l.record_bytes > 0 && l.batch_bytes > 0, "sizes of the log " + l.name);
      time(l.batch_every_ns, "batch_every of " + l.name);
    }
    for (const std::string& problem : log_problems(plan_)) expect(false, problem);
  }

  void laws() {
    using random::LawKind;
    for (std::size_t i = 0; i < plan_.laws.size(); ++i) {
      const random::Law& law = plan_.laws[i];
      const std::string name = fmt::format("law {} of kind {}", i, static_cast<int>(law.kind));
      const double low = law.kind == LawKind::kLognormal ? -1e300 : 0.0;
      finite(law.a, name + ": a", low);
      for (const double value : {law.b, law.c, law.d}) finite(value, name, -1e300);
      const double mean = random::mean(law, plan_.law_tables);
      expect(mean >= 0.0, name + ": mean");
      expect(std::size_t{law.first} + law.count <= plan_.law_tables.rows(), name + ": rows");
    }
    for (std::size_t row = 0; row < plan_.law_tables.rows(); ++row) {
      finite(plan_.law_tables.value_s(row), "a value of an empirical law");
      finite(plan_.law_tables.level(row), "a level of an empirical law", 0.0, 1.0);
    }
  }

  void calls() {
    for (const plan::CallSite& c : plan_.calls) {
      index(c.caller, plan_.components, c.name, true);
      index(c.target, plan_.components, c.name);
      index(c.program, plan_.programs, c.name);
      index(c.establish, plan_.programs, c.name, true);
      index(c.connection_pool, plan_.pools, c.name, true);
      index(c.retries.backoff, plan_.laws, c.name, true);
      time(c.timeout_ns, "timeout of " + c.name, 1);
      time(c.retries.per_try_timeout_ns, "per_try_timeout of " + c.name, 1);
      time(c.retries.max_backoff_ns, "max_backoff of " + c.name);
      time(c.hedge.after_ns, "hedge of " + c.name, 1);
      time(c.breaker.open_for_ns, "open_for of " + c.name);
      time(c.ejection.base_ejection_ns, "base_ejection_time of " + c.name);
      finite(c.retries.multiplier, "multiplier of " + c.name, 1.0);
      finite(c.retries.budget_ratio, "budget of " + c.name);
      finite(c.retries.budget_burst, "burst of " + c.name);
      finite(c.ejection.max_fraction, "max_ejection_percent of " + c.name, 0.0, 1.0);
      expect(c.fallback < plan_.steps.size(), "fallback of " + c.name);
    }
  }

  void steps() {
    for (const plan::Program& p : plan_.programs) {
      const std::size_t end = std::size_t{p.first} + p.count;
      expect(p.count > 0 && end <= plan_.steps.size() && p.reply >= p.first && p.reply < end, p.name);
      if (end <= plan_.steps.size() && p.count > 0)
        expect(plan_.steps[end - 1].kind == plan::StepKind::kReturn, p.name + " does not end with Return");
    }
    for (const plan::Step& s : plan_.steps) {
      finite(s.value, "value of a step", -1e300);
      if (s.kind == plan::StepKind::kDelay || s.kind == plan::StepKind::kServe)
        index(s.law, plan_.laws, "a step");
      if (s.kind == plan::StepKind::kServe) expect(s.target < plan_.stations.size(), "station of a step");
      if (s.kind == plan::StepKind::kAcquire) expect(s.target < plan_.pools.size(), "pool of a step");
      if (s.kind == plan::StepKind::kGate) expect(s.target < plan_.gates.size(), "gate of a step");
      if (s.kind == plan::StepKind::kCommit) expect(s.target < plan_.logs.size(), "log of a step");
      if (s.kind == plan::StepKind::kCall || s.kind == plan::StepKind::kEmit)
        expect(s.target < plan_.calls.size(), "call of a step");
      if (s.kind == plan::StepKind::kBranch || s.kind == plan::StepKind::kRepeat)
        expect(s.jump < plan_.steps.size(), "jump of a step");
      if (s.kind == plan::StepKind::kFork)
        expect(std::size_t{s.target} + s.arg <= plan_.fork_branches.size(), "branches of a step");
    }
  }

  void load() {
    for (const plan::Operation& o : plan_.operations) {
      index(o.program, plan_.programs, o.name);
      index(o.from, plan_.locations, o.name);
      finite(o.objective.availability, "availability of " + o.name, 0.0, 1.0);
      time(o.objective.p99_ns, "p99 of " + o.name, 1);
    }
    for (const plan::Source& s : plan_.sources) {
      index(s.operation, plan_.operations, s.name);
      index(s.think, plan_.laws, s.name, true);
      expect(s.batch > 0, "batch of " + s.name);
      for (const plan::RateSegment& r : s.segments) {
        time(r.from_ns, "a rate of " + s.name);
        finite(r.per_s, "a rate of " + s.name);
      }
      time(s.period_ns, "period of " + s.name, 1);
      finite(s.mean_per_s, "mean of " + s.name);
      finite(s.amplitude, "amplitude of " + s.name, 0.0, 1.0);
      if (s.kind == plan::SourceKind::kDeterministic) time(s.interval_ns, "interval of " + s.name, 1);
      if (s.kind == plan::SourceKind::kClosed) expect(s.users > 0, "users of " + s.name);
      expect(std::is_sorted(s.times_ns.begin(), s.times_ns.end()), "trace of " + s.name);
      for (const Nanos ns : s.times_ns) time(ns, "trace of " + s.name);
    }
  }

  void disturbances() {
    for (const plan::Fault& f : plan_.faults) {
      time(f.at_ns, "fault " + f.name);
      time(f.until_ns, "end of the fault " + f.name);
    }
    for (const plan::Turn& t : plan_.turns) {
      time(t.at_ns, "a turn");
      finite(t.value, "value of a turn");
      if (t.op == plan::TurnOp::kImpulse && t.impulse == plan::Impulse::kDestroy)
        index(t.location, plan_.locations, "a destruction");
    }
    for (const plan::Life& l : plan_.lives) {
      index(l.fails, plan_.laws, "a life");
      index(l.repairs, plan_.laws, "a life");
      plan::each_target(l, [&](const plan::LifeTarget& t) {
        expect(t.target < (t.is_link ? plan_.links.size() : plan_.instances.size()), "target of a life");
      });
      expect(l.crew == Id<void>::kNone || l.crew < plan_.crews.size(), "crew of a life");
    }
    for (const plan::Crew& c : plan_.crews) expect(c.size > 0, "crew " + c.name);
    for (const plan::Procedure& p : plan_.procedures) {
      index(p.at, plan_.locations, p.name);
      for (const plan::ProcedureLaw& l : p.laws) index(l.law, plan_.laws, p.name + "." + l.quantity, true);
    }
  }

  void run() {
    for (const plan::InitialTokens& t : plan_.initial.tokens) index(t.pool, plan_.pools, "initial tokens");
    for (const plan::InitialJobs& j : plan_.initial.jobs) {
      index(j.station, plan_.stations, "initial jobs");
      index(j.law, plan_.laws, "initial jobs");
    }
    for (const plan::InitialPosition& p : plan_.initial.positions) {
      index(p.log, plan_.logs, "an initial position");
      index(p.location, plan_.locations, "an initial position");
      expect(p.position >= 0, "an initial position is negative");
    }
    time(plan_.horizon_ns, "horizon", 1);
    time(plan_.warm_up_ns, "warm-up");
    time(plan_.window_ns, "window", 1);
    expect(plan_.warm_up_ns < plan_.horizon_ns, "the warm-up does not end before the horizon");
    expect(plan_.replications > 0 && plan_.max_events > 0 && plan_.max_frames > 0, "a budget is 0");
  }

  const plan::Plan& plan_;
  std::vector<std::string> problems_;
};

}  // namespace

std::vector<std::string> plan_problems(const plan::Plan& plan) { return Inspector(plan).problems(); }

}  // namespace twinvoice::testing
