#include "tests/differential/coverage.hpp"

#include <initializer_list>
#include <string_view>

#include "sim/plan/words.hpp"

namespace twinvoice::testing {
namespace {

using plan::word;

constexpr const char* kUpdates[] = {"set", "add", "max"};
constexpr const char* kInService[] = {"resume", "restart", "lose"};

/// Collects the features of one Plan.
class Reader {
 public:
  std::set<std::string> read(const plan::Plan& p) {
    for (const plan::Step& step : p.steps) read(step);
    for (const plan::CallSite& call : p.calls) read(call);
    for (const plan::Station& station : p.stations) read(station);
    for (const plan::Pool& pool : p.pools) read(pool);
    for (const plan::Gate& gate : p.gates) {
      note("gate", word(gate.kind));
      note("gate reason", plan::reason_name(gate.reason));
      when(gate.by_request, "gate by_request");
    }
    for (const plan::Cell& cell : p.cells) {
      when(cell.half_life_ns != kNever, "cell decay");
      when(cell.lost_in_kill, "cell lost_in_kill");
    }
    std::set<std::uint32_t> states;
    for (const plan::CallSite& call : p.calls)
      when(!states.insert(call.state_base).second, "call at several places");
    for (const plan::Log& log : p.logs) read(log);
    for (const plan::Source& source : p.sources) read(source);
    for (const plan::Turn& turn : p.turns) read(turn);
    for (const plan::Fault& fault : p.faults) {
      note("fault", fault.kind);
      when(fault.begins.valid(), "fault at a drawn time");
    }
    for (const plan::Life& life : p.lives) read(life);
    for (const plan::Link& link : p.links) {
      when(link.bytes_per_s > 0.0, "link bandwidth");
      when(link.loss > 0.0, "link loss");
      when(link.shared, "link shared");
    }
    for (const plan::Route& route : p.routes) when(route.links.size() > 1, "route over several links");
    for (const plan::Instance& i : p.instances) when(i.weight != 1.0, "weights");
    for (const plan::Operation& o : p.operations) when(o.priority > 0, "priority");
    when(!p.initial.tokens.empty(), "initial tokens");
    when(!p.initial.jobs.empty(), "initial jobs");
    when(!p.initial.positions.empty(), "initial positions");
    return std::move(seen_);
  }

 private:
  void note(std::string_view kind, std::string_view what) {
    seen_.insert(std::string(kind) + " " + std::string(what));
  }
  void when(bool used, const char* what) {
    if (used) seen_.insert(what);
  }

  void read(const plan::Step& s) {
    note("step", word(s.kind));
    if (s.kind == plan::StepKind::kHop) {
      when((s.flags & plan::kToParent) != 0, "step flag to_parent");
      when((s.flags & plan::kEstablish) != 0, "step flag establish");
      when(s.size_bytes != 0, "hop size");
    }
    when((s.flags & plan::kCellScaled) != 0, "step flag cell_scaled");
    when((s.flags & plan::kCancelLosers) != 0, "step flag cancel_losers");
    when((s.flags & plan::kPerRequest) != 0, "step flag per_request");
    if (s.kind == plan::StepKind::kUpdate) note("update", kUpdates[s.arg]);
  }

  void read(const plan::CallSite& c) {
    note("balance", word(c.balance));
    note("on_failure", word(c.on_failure));
    when(c.timeout_ns != kNever, "call timeout");
    when(c.propagate_deadline, "call deadline");
    when(c.cancel_losers, "call cancellation");
    when(c.hedge.max == 1, "hedge");
    when(c.hedge.max > 1, "hedge twice");
    when(c.breaker.consecutive_errors > 0, "breaker");
    when(c.breaker.half_open_requests > 1, "breaker half_open_requests");
    when(c.ejection.consecutive_errors > 0, "ejection");
    when(c.connection_pool.valid(), "call connections");
    when(c.establish.valid(), "call establish");
    const plan::Retries& r = c.retries;
    if (r.attempts == 0) return;
    when(true, "retries");
    when(r.attempts > 1 && r.backoff.valid() && r.multiplier != 1.0, "retries multiplier");
    when(!r.backoff.valid(), "retries at once");
    when(r.max_backoff_ns != kNever, "retries max_backoff");
    when(r.per_try_timeout_ns != kNever, "retries per_try_timeout");
    when(r.budget, "retries budget");
    when(r.avoid_tried, "retries avoid_tried");
    note("retries jitter", word(r.jitter));
    when((r.on & plan::kOnTimeout) != 0, "retries on timeout");
    when((r.on & plan::kOnReset) != 0, "retries on reset");
    when((r.on & plan::kOnRejected) != 0, "retries on rejected");
    when((r.on & plan::kOnError) != 0, "retries on error");
  }

  void read(const plan::Station& s) {
    note("station", word(s.discipline));
    if (s.queue_places != plan::kUnlimited) {
      note("on_full", word(s.on_full));
      const bool classes = s.discipline == plan::Discipline::kPriority ||
                           s.discipline == plan::Discipline::kPriorityPreemptive;
      if (classes) note("on_full with priorities", word(s.on_full));
    }
    when(s.servers == plan::kUnlimited, "station unlimited");
    when(s.patience.valid(), "station patience");
    when(!s.speed_by_load.empty(), "station speed_by_load");
  }

  void read(const plan::Pool& p) {
    when(!p.connections, "pool tokens");
    when(p.connections, "pool connections");
    when(p.size == plan::kUnlimited, "pool unlimited");
    when(p.queue_places != plan::kUnlimited, "pool places");
    when(p.wait.valid(), "pool wait");
    when(p.idle_timeout.valid(), "pool idle_timeout");
    when(p.max_age.valid(), "pool max_age");
    when(p.preconnected, "pool preconnected");
  }

  void read(const plan::Log& l) {
    note("commit", word(l.mode));
    when(l.shards > 1, "log shards");
    when(l.idempotent, "log idempotent");
    when(!l.idempotent, "log not idempotent");
  }

  void read(const plan::Source& s) {
    note("source", word(s.kind));
    when(s.batch > 1, "source batch");
    when(s.segments.size() > 1, "source piecewise");
    when(s.segments.size() > 1 && s.period_ns != kNever, "source period");
    when(s.sinusoid, "source sinusoid");
  }

  void read(const plan::Turn& t) {
    note("turn on rung", word(t.rung));
    note("turn", word(t.op));
    if (t.op == plan::TurnOp::kImpulse) {
      note("impulse", word(t.impulse));
    } else {
      note("knob", word(t.knob));
    }
  }

  void read(const plan::Life& l) {
    when(l.is_link, "life of a link");
    when(!l.with.empty(), "life of a group");
    if (!l.is_link) note("life", kInService[static_cast<int>(l.in_service)]);
    when(l.crew != Id<void>::kNone, "life crew");
  }

  std::set<std::string> seen_;
};

}  // namespace

std::set<std::string> features_of(const plan::Plan& plan) { return Reader().read(plan); }

std::set<std::string> all_features(const models::Catalog& catalog) {
  std::set<std::string> all{"step flag to_parent",
                            "step flag establish",
                            "step flag cell_scaled",
                            "step flag cancel_losers",
                            "step flag per_request",
                            "hop size",
                            "retries avoid_tried",
                            "gate by_request",
                            "cell lost_in_kill",
                            "call at several places",
                            "call timeout",
                            "call deadline",
                            "call cancellation",
                            "hedge",
                            "hedge twice",
                            "breaker",
                            "breaker half_open_requests",
                            "ejection",
                            "call connections",
                            "call establish",
                            "retries",
                            "retries at once",
                            "retries multiplier",
                            "retries max_backoff",
                            "retries per_try_timeout",
                            "retries budget",
                            "retries on timeout",
                            "retries on reset",
                            "retries on rejected",
                            "retries on error",
                            "station unlimited",
                            "station patience",
                            "station speed_by_load",
                            "on_full with priorities reject",
                            "on_full with priorities drop_oldest",
                            "pool tokens",
                            "pool connections",
                            "pool unlimited",
                            "pool places",
                            "pool wait",
                            "pool idle_timeout",
                            "pool max_age",
                            "pool preconnected",
                            "gate reason gate",
                            "gate reason error",
                            "cell decay",
                            "log shards",
                            "log idempotent",
                            "log not idempotent",
                            "source batch",
                            "source piecewise",
                            "source period",
                            "source sinusoid",
                            "turn on rung fault",
                            "turn on rung repair",
                            "turn on rung control",
                            "life of a link",
                            "life of a group",
                            "life crew",
                            "link bandwidth",
                            "link loss",
                            "link shared",
                            "route over several links",
                            "weights",
                            "fault at a drawn time",
                            "priority",
                            "initial tokens",
                            "initial jobs",
                            "initial positions"};
  // As far as there are words: an enumerator added at the end is found without a line here.
  const auto each = [&](const std::string& kind, auto value) {
    using Enum = decltype(value);
    for (int i = 0; word(static_cast<Enum>(i)) != "?"; ++i) {
      all.insert(kind + " " + std::string(word(static_cast<Enum>(i))));
    }
  };
  each("step", plan::StepKind{});
  each("balance", plan::Balance{});
  each("on_failure", plan::OnFailure{});
  each("retries jitter", plan::Jitter{});
  each("station", plan::Discipline{});
  each("on_full", plan::OnFull{});
  each("gate", plan::GateKind{});
  each("commit", plan::CommitMode{});
  each("source", plan::SourceKind{});
  each("turn", plan::TurnOp{});
  each("knob", plan::Knob{});
  each("impulse", plan::Impulse{});
  for (const char* what : kUpdates) all.insert(std::string("update ") + what);
  for (const char* what : kInService) all.insert(std::string("life ") + what);
  for (const std::string_view fault : catalog.names(spec::ModelKind::kFault))
    all.insert("fault " + std::string(fault));
  return all;
}

}  // namespace twinvoice::testing
