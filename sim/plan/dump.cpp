// The readable listing of a Plan: every column, one row per line, in the order of the columns. Numbers are
// exact (shortest text that reads back as the same double), so that equal listings mean equal Plans;
// fingerprint() relies on that.
#include <fmt/format.h>

#include <ostream>
#include <string>
#include <type_traits>

#include "sim/base/fingerprint.hpp"
#include "sim/plan/plan.hpp"
#include "sim/plan/words.hpp"

namespace twinvoice::plan {
namespace {

template <class Tag>
std::string text(Id<Tag> id) {
  return id.valid() ? std::to_string(id.value) : "-";
}
std::string text(std::uint32_t index) { return index == Id<void>::kNone ? "-" : std::to_string(index); }
std::string span(Nanos ns) { return ns == kNever ? "never" : fmt::format("{}ns", ns); }
std::string count(std::uint32_t n) { return n == kUnlimited ? "unlimited" : std::to_string(n); }
std::string key(std::uint64_t k) { return fmt::format("{:016x}", k); }

template <class Items, class Format>
std::string list(const Items& items, Format format) {
  std::string out = "[";
  for (const auto& item : items) out += (out.size() > 1 ? " " : "") + format(item);
  return out + "]";
}

/// Writes the listing, section by section.
class Listing {
 public:
  Listing(const Plan& plan, std::ostream& out) : p_(plan), out_(out) {}

  void write() {
    row("plan {} horizon={} warm_up={} follow={} window={} seed={} replications={} max_events={} "
        "max_frames={}",
        p_.name, span(p_.horizon_ns), span(p_.warm_up_ns), span(p_.follow_ns), span(p_.window_ns), p_.seed,
        p_.replications, p_.max_events, p_.max_frames);
    space();
    programs();
    calls();
    resources();
    laws();
    load();
    faults();
    rest();
  }

 private:
  template <class... Args>
  void row(fmt::format_string<Args...> format, Args&&... args) {
    out_ << fmt::format(format, std::forward<Args>(args)...) << '\n';
  }

  void space() {
    const Network& n = p_.network;
    row("network user_timeout={} resend_timeout={} epoch={} crosstraffic={} tcp_gamma={}B max_resends={}",
        span(n.user_timeout_ns), span(n.resend_timeout_ns), span(n.epoch_ns), n.crosstraffic,
        n.tcp_gamma_bytes, n.max_resends);
    for (std::size_t i = 0; i < p_.locations.size(); ++i) {
      const Location& l = p_.locations[i];
      row("location {} {} site={} zone={} region={} lan={} {}B/s", i, l.name, l.site, l.zone, l.region,
          span(l.lan_latency_ns), l.lan_bytes_per_s);
    }
    for (std::size_t i = 0; i < p_.links.size(); ++i) {
      const Link& l = p_.links[i];
      row("link {} {} {}-{} latency={} {}B/s loss={} shared={}", i, l.name, l.site_a, l.site_b,
          span(l.latency_ns), l.bytes_per_s, l.loss, l.shared);
    }
    for (std::size_t i = 0; i < p_.routes.size(); ++i) {
      const Route& r = p_.routes[i];
      if (!r.exists) continue;
      row("route {}>{} latency={} {}B/s links={}", i / p_.locations.size(), i % p_.locations.size(),
          span(r.latency_ns), r.bytes_per_s, list(r.links, [](LinkId id) { return text(id); }));
    }
    for (std::size_t i = 0; i < p_.components.size(); ++i) {
      const Component& c = p_.components[i];
      row("component {} {} model={} instances={}+{} needs={} log={}", i, c.name, c.model, c.first_instance,
          c.replicas, c.needs_at_least, text(c.log));
    }
    for (std::size_t i = 0; i < p_.instances.size(); ++i) {
      const Instance& n2 = p_.instances[i];
      row("instance {} {}#{} location={} weight={} key={}", i, p_.components[n2.component.index()].name,
          n2.ordinal, text(n2.location), n2.weight, key(n2.name_key));
    }
  }

  void programs() {
    for (std::size_t i = 0; i < p_.programs.size(); ++i) {
      const Program& g = p_.programs[i];
      row("program {} {} component={} steps={}+{} reply={}", i, g.name, text(g.component), g.first, g.count,
          g.reply);
      for (std::uint32_t s = g.first; s < g.first + g.count; ++s) step(s);
    }
    row("fork_branches {}", list(p_.fork_branches, [](ProgramId id) { return text(id); }));
  }

  void step(std::uint32_t index) {
    const Step& s = p_.steps[index];
    const std::string& label = s.label < p_.labels.size() ? p_.labels[s.label] : p_.name;
    row("  {} {} \"{}\" flags={} arg={} target={} law={} jump={} value={} bytes={} key={}", index,
        word(s.kind), label, s.flags, s.arg, text(s.target), text(s.law), s.jump, s.value, s.size_bytes,
        key(s.purpose));
  }

  void calls() {
    for (std::size_t i = 0; i < p_.calls.size(); ++i) {
      const CallSite& c = p_.calls[i];
      row("call {} {} key={} caller={} target={} program={} balance={}/{} timeout={} deadline={} cancel={}",
          i, c.name, key(c.name_key), text(c.caller), text(c.target), text(c.program), word(c.balance),
          key(c.balance_purpose), span(c.timeout_ns), c.propagate_deadline, c.cancel_losers);
      const Retries& r = c.retries;
      row("  retries={} per_try={} backoff={}/{} x{} max={} jitter={}/{} on={} budget={}/{}/{} avoid={}",
          r.attempts, span(r.per_try_timeout_ns), text(r.backoff), key(r.backoff_purpose), r.multiplier,
          span(r.max_backoff_ns), word(r.jitter), key(r.jitter_purpose), r.on, r.budget, r.budget_ratio,
          r.budget_burst, r.avoid_tried);
      row("  hedge={}x{} breaker={}/{}/{} ejection={}/{}/{} on_failure={} fallback={}",
          span(c.hedge.after_ns), c.hedge.max, c.breaker.consecutive_errors, span(c.breaker.open_for_ns),
          c.breaker.half_open_requests, c.ejection.consecutive_errors, span(c.ejection.base_ejection_ns),
          c.ejection.max_fraction, word(c.on_failure), c.fallback);
      row("  pool={} establish={} request={}B response={}B call={} states={} peers={}",
          text(c.connection_pool), text(c.establish), c.request_bytes, c.response_bytes, c.call, c.state_base,
          c.peer_base);
    }
    row("call_states={} peer_states={}", p_.call_states, p_.peer_states);
  }

  void resources() {
    for (std::size_t i = 0; i < p_.stations.size(); ++i) {
      const Station& s = p_.stations[i];
      row("station {} {} instance={} servers={} queue={} {} on_full={} patience={}/{} speeds={} "
          "observe={}{}{}",
          i, s.name, text(s.instance), count(s.servers), count(s.queue_places), word(s.discipline),
          word(s.on_full), text(s.patience), key(s.patience_purpose),
          list(s.speed_by_load, [](double x) { return fmt::format("{}", x); }), s.observe_waits ? "w" : "",
          s.observe_occupancy ? "o" : "", s.spare > 0.0 ? fmt::format(" spare={}", s.spare) : "");
    }
    for (std::size_t i = 0; i < p_.pools.size(); ++i) {
      const Pool& p = p_.pools[i];
      row("pool {} {} instance={} size={} queue={} wait={}/{} connections={} idle={} age={}/{} "
          "preconnected={} observe={}",
          i, p.name, text(p.instance), count(p.size), count(p.queue_places), text(p.wait),
          key(p.wait_purpose), p.connections, text(p.idle_timeout), text(p.max_age), key(p.age_key),
          p.preconnected, p.observe_waits);
    }
    for (std::size_t i = 0; i < p_.cells.size(); ++i) {
      const Cell& c = p_.cells[i];
      row("cell {} {} instance={} initial={} range={}..{} half_life={} lost_in_kill={}", i, c.name,
          text(c.instance), c.initial, c.low, c.high, span(c.half_life_ns), c.lost_in_kill);
    }
    for (std::size_t i = 0; i < p_.gates.size(); ++i) {
      const Gate& g = p_.gates[i];
      row("gate {} {} instance={} {} p={} rate={} burst={} reason={} key={} by_request={}", i, g.name,
          text(g.instance), word(g.kind), g.probability, g.rate_per_s, g.burst, reason_name(g.reason),
          key(g.purpose), g.by_request);
    }
    for (std::size_t i = 0; i < p_.logs.size(); ++i) {
      const Log& l = p_.logs[i];
      row("log {} {} component={} {} shards={} record={}B idempotent={} leader={} followers={} batch={}/{}B "
          "phase={} apply={} waits_applied={} fallback={}",
          i, l.name, text(l.component), word(l.mode), l.shards, l.record_bytes, l.idempotent,
          text(l.leader_location), list(l.followers, [](LocationId id) { return text(id); }),
          span(l.batch_every_ns), l.batch_bytes, span(l.batch_phase_ns), span(l.apply_ns), l.waits_applied,
          span(l.fallback_ns));
    }
  }

  void laws() {
    for (std::size_t i = 0; i < p_.laws.size(); ++i) {
      const random::Law& l = p_.laws[i];
      row("law {} kind={} rows={}+{} a={} b={} c={} d={}", i, static_cast<int>(l.kind), l.first, l.count, l.a,
          l.b, l.c, l.d);
    }
    for (std::size_t i = 0; i < p_.law_tables.rows(); ++i) {
      row("law_row {} value={} level={}", i, p_.law_tables.value_s(i), p_.law_tables.level(i));
    }
  }

  void load() {
    for (std::size_t i = 0; i < p_.operations.size(); ++i) {
      const Operation& o = p_.operations[i];
      row("operation {} {} key={} program={} from={} priority={} objective={} availability={} p99={} "
          "on_completion={} patience={} client_wait={}",
          i, o.name, key(o.name_key), text(o.program), text(o.from), o.priority, o.objective.stated,
          o.objective.availability, span(o.objective.p99_ns), o.objective.on_completion, span(o.patience_ns),
          span(o.client_wait_ns));
    }
    for (std::size_t i = 0; i < p_.sources.size(); ++i) {
      const Source& s = p_.sources[i];
      row("source {} {} key={} operation={} {} batch={} period={} sinusoid={} mean={} amplitude={} peak={}",
          i, s.name, key(s.name_key), text(s.operation), word(s.kind), s.batch, span(s.period_ns), s.sinusoid,
          s.mean_per_s, s.amplitude, span(s.peak_ns));
      row("  interval={} first_at={} count={} users={} think={} segments={} times={}", span(s.interval_ns),
          span(s.first_at_ns), s.count, s.users, text(s.think),
          list(s.segments, [](const RateSegment& g) { return fmt::format("{}:{}", g.from_ns, g.per_s); }),
          times(s.times_ns));
    }
  }

  /// A trace may hold millions of arrivals: their number and hash.
  static std::string times(const std::vector<Nanos>& times_ns) {
    Fingerprint hash;
    for (const Nanos t : times_ns) hash.add(static_cast<std::uint64_t>(t));
    return fmt::format("{}/{}", times_ns.size(), key(hash.value()));
  }

  void faults() {
    for (std::size_t i = 0; i < p_.faults.size(); ++i) {
      const Fault& f = p_.faults[i];
      row("fault {} {} kind={} at={} until={} begins={}", i, f.name, f.kind, span(f.at_ns), span(f.until_ns),
          text(f.begins));
      if (f.variant) row("  variant={}/{} of={}", *f.variant, p_.variants, f.declared);
    }
    for (std::size_t i = 0; i < p_.turns.size(); ++i) {
      const Turn& t = p_.turns[i];
      row("turn {} at={} {} {} {} target={} effect={} value={} location={} position={}/{} after={}", i,
          span(t.at_ns), word(t.rung), word(t.op), t.op == TurnOp::kImpulse ? word(t.impulse) : word(t.knob),
          t.target, t.effect, t.value, text(t.location), t.position, t.shard, t.after);
    }
    for (std::size_t i = 0; i < p_.lives.size(); ++i) {
      const Life& l = p_.lives[i];
      row("life {} {}={} fails={} repairs={} crew={} in_service={} key={}", i,
          l.is_link ? "link" : "instance", l.target, text(l.fails), text(l.repairs), text(l.crew),
          static_cast<int>(l.in_service), key(l.name_key));
      for (const LifeTarget& t : l.with)
        row("  with {}={} in_service={}", t.is_link ? "link" : "instance", t.target,
            static_cast<int>(t.in_service));
    }
    for (std::size_t i = 0; i < p_.crews.size(); ++i)
      row("crew {} {} size={}", i, p_.crews[i].name, p_.crews[i].size);
  }

  void rest() {
    for (std::size_t i = 0; i < p_.procedures.size(); ++i) {
      const Procedure& p = p_.procedures[i];
      row("procedure {} {} model={} at={} subject={} implied={} laws={}", i, p.name, p.model, text(p.at),
          p.subject, p.implied,
          list(p.laws, [](const ProcedureLaw& l) { return l.quantity + "=" + text(l.law); }));
    }
    for (const InitialTokens& t : p_.initial.tokens) row("initial pool={} held={}", text(t.pool), t.held);
    for (const InitialJobs& j : p_.initial.jobs) {
      row("initial station={} jobs={} law={} key={}", text(j.station), j.jobs, text(j.law), key(j.purpose));
    }
    for (const InitialPosition& q : p_.initial.positions) {
      row("initial log={} shard={} location={} position={}", text(q.log), q.shard, text(q.location),
          q.position);
    }
  }

  const Plan& p_;
  std::ostream& out_;
};

}  // namespace

void dump(const Plan& plan, std::ostream& out) { Listing(plan, out).write(); }

}  // namespace twinvoice::plan
