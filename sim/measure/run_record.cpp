#include "sim/measure/run_record.hpp"

#include <array>

namespace twinvoice::measure {
namespace {

void write_times(wire::Writer& out, const std::vector<Nanos>& times) {
  out.u64(times.size());
  for (const Nanos t : times) out.i64(t);
}

std::vector<Nanos> read_times(wire::Reader& in) {
  std::vector<Nanos> times(in.count(8));
  for (Nanos& t : times) t = in.i64();
  return times;
}

void write(wire::Writer& out, const LedgerLayout& layout) {
  write_times(out, layout.slow_above_ns);
  out.u64(layout.causes);
  out.i64(layout.horizon_ns);
  out.i64(layout.warm_up_ns);
  out.i64(layout.window_ns);
}

LedgerLayout read_layout(wire::Reader& in) {
  LedgerLayout layout;
  layout.slow_above_ns = read_times(in);
  layout.causes = static_cast<std::size_t>(in.u64());
  layout.horizon_ns = in.i64();
  layout.warm_up_ns = in.i64();
  layout.window_ns = in.i64();
  return layout;
}

void write(wire::Writer& out, const StationRecord& s) {
  out.u32(s.id);
  out.u32(s.servers);
  for (const std::uint64_t n :
       {s.arrivals, s.started, s.completions, s.rejected, s.waited, s.expired, s.blocked}) {
    out.u64(n);
  }
  for (const Int128 sum :
       {s.busy_ns, s.crowded_ns, s.missing_ns, s.stuck_ns, s.queued_ns, s.wait_ns, s.slowdown_q32})
    write_int128(out, sum);
  out.u32(s.max_queued);
  out.boolean(s.observed);
  if (s.observed) s.waits.value().serialize(out);
  write_times(out, s.occupancy_ns);
}

StationRecord read_station(wire::Reader& in) {
  StationRecord s;
  s.id = in.u32();
  s.servers = in.u32();
  for (std::uint64_t* n :
       {&s.arrivals, &s.started, &s.completions, &s.rejected, &s.waited, &s.expired, &s.blocked}) {
    *n = in.u64();
  }
  for (Int128* sum :
       {&s.busy_ns, &s.crowded_ns, &s.missing_ns, &s.stuck_ns, &s.queued_ns, &s.wait_ns, &s.slowdown_q32})
    *sum = read_int128(in);
  s.max_queued = in.u32();
  s.observed = in.boolean();
  if (s.observed) s.waits = Histogram::deserialize(in);
  s.occupancy_ns = read_times(in);
  return s;
}

void write(wire::Writer& out, const PoolRecord& p) {
  for (const std::uint32_t n : {p.id, p.size, p.held, p.waiting, p.idle, p.max_held, p.max_waiting})
    out.u32(n);
  for (const std::uint64_t n : {p.acquired, p.waited, p.rejected, p.expired, p.established, p.closed})
    out.u64(n);
  for (const Int128 sum : {p.held_ns, p.waiting_ns, p.wait_ns}) write_int128(out, sum);
}

PoolRecord read_pool(wire::Reader& in) {
  PoolRecord p;
  for (std::uint32_t* n : {&p.id, &p.size, &p.held, &p.waiting, &p.idle, &p.max_held, &p.max_waiting})
    *n = in.u32();
  for (std::uint64_t* n : {&p.acquired, &p.waited, &p.rejected, &p.expired, &p.established, &p.closed})
    *n = in.u64();
  for (Int128* sum : {&p.held_ns, &p.waiting_ns, &p.wait_ns}) *sum = read_int128(in);
  return p;
}

void write(wire::Writer& out, const FaultSpan& f) {
  out.i64(f.begin_ns);
  out.i64(f.end_ns);
}

FaultSpan read_fault_span(wire::Reader& in) {
  FaultSpan f;
  f.begin_ns = in.i64();
  f.end_ns = in.i64();
  return f;
}

void write(wire::Writer& out, const Mark& m) {
  out.i64(m.at_ns);
  out.string(m.procedure);
  out.boolean(m.is_phase);
  out.u8(static_cast<std::uint8_t>(m.phase));
  out.string(m.text);
}

Mark read_mark(wire::Reader& in) {
  Mark m;
  m.at_ns = in.i64();
  m.procedure = in.string();
  m.is_phase = in.boolean();
  const std::uint8_t phase = in.u8();
  if (phase > static_cast<std::uint8_t>(Phase::kAborted)) throw wire::Malformed("record: unknown phase");
  m.phase = static_cast<Phase>(phase);
  m.text = in.string();
  return m;
}

void write(wire::Writer& out, const TurnRecord& t) {
  out.i64(t.at_ns);
  for (const std::uint8_t b : {t.op, t.knob, t.impulse}) out.u8(b);
  for (const std::uint32_t n : {t.target, t.effect, t.location, t.shard}) out.u32(n);
  out.f64(t.value);
  out.i64(t.position);
  out.i64(t.after);
}

TurnRecord read_turn(wire::Reader& in) {
  TurnRecord t;
  t.at_ns = in.i64();
  for (std::uint8_t* b : {&t.op, &t.knob, &t.impulse}) *b = in.u8();
  for (std::uint32_t* n : {&t.target, &t.effect, &t.location, &t.shard}) *n = in.u32();
  t.value = in.f64();
  t.position = in.i64();
  t.after = in.i64();
  return t;
}

template <class Items, class Each>
void write_each(wire::Writer& out, const Items& items, const Each& each) {
  out.u64(items.size());
  for (const auto& item : items) each(item);
}

template <class Items, class Each>
void read_each(wire::Reader& in, Items& items, const Each& each) {
  const std::size_t n = in.count(1);
  for (std::size_t i = 0; i < n; ++i) items.push_back(each());
}

void write(wire::Writer& out, const CallRecord& c) {
  write_counts(out, c.measured);
  write_each(out, c.windows, [&](const CallCounts& counts) { write_counts(out, counts); });
}

CallRecord read_call(wire::Reader& in) {
  CallRecord c;
  c.measured = read_call_counts(in);
  read_each(in, c.windows, [&] { return read_call_counts(in); });
  return c;
}

}  // namespace

std::string phase_name(Phase phase) {
  static constexpr std::array<const char*, 7> kNames{"detected", "decided",     "approved", "acted",
                                                     "verified", "failed back", "aborted"};
  return kNames[static_cast<std::size_t>(phase)];
}

void RunRecord::serialize(wire::Writer& out) const {
  out.u64(replication);
  out.u64(seed);
  out.boolean(complete);
  out.string(stop);
  out.i64(end_ns);
  out.i64(followed_to_ns);
  write(out, layout);
  write_each(out, operations, [&](const OperationBook& book) { book.serialize(out); });
  write_each(out, stations, [&](const StationRecord& s) { write(out, s); });
  write_each(out, pools, [&](const PoolRecord& p) { write(out, p); });
  write_each(out, calls, [&](const CallRecord& c) { write(out, c); });
  commits.serialize(out);
  measure::serialize(out, log_events);
  write_each(out, down_ns, [&](const std::vector<Nanos>& times) { write_times(out, times); });
  write_each(out, faults, [&](const FaultSpan& f) { write(out, f); });
  write_each(out, marks, [&](const Mark& m) { write(out, m); });
  write_each(out, turns, [&](const TurnRecord& t) { write(out, t); });
  write_each(out, breaches, [&](const std::string& text) { out.string(text); });
  for (const std::uint64_t n : {events, hops, frames, orphaned, cancelled, late, resent, commit_steps,
                                duplicates, split_brain, world_syncs, fingerprint}) {
    out.u64(n);
  }
  out.f64(wall_s);
  out.f64(cpu_s);
  out.u64(peak_rss_bytes);
}

RunRecord RunRecord::deserialize(wire::Reader& in) {
  RunRecord r;
  r.replication = in.u64();
  r.seed = in.u64();
  r.complete = in.boolean();
  r.stop = in.string();
  r.end_ns = in.i64();
  r.followed_to_ns = in.i64();
  r.layout = read_layout(in);
  read_each(in, r.operations, [&] { return OperationBook::deserialize(in, r.layout); });
  read_each(in, r.stations, [&] { return read_station(in); });
  read_each(in, r.pools, [&] { return read_pool(in); });
  read_each(in, r.calls, [&] { return read_call(in); });
  r.commits = CommitLog::deserialize(in);
  r.log_events = deserialize_log_events(in);
  read_each(in, r.down_ns, [&] { return read_times(in); });
  read_each(in, r.faults, [&] { return read_fault_span(in); });
  read_each(in, r.marks, [&] { return read_mark(in); });
  read_each(in, r.turns, [&] { return read_turn(in); });
  read_each(in, r.breaches, [&] { return in.string(); });
  for (std::uint64_t* n : {&r.events, &r.hops, &r.frames, &r.orphaned, &r.cancelled, &r.late, &r.resent,
                           &r.commit_steps, &r.duplicates, &r.split_brain, &r.world_syncs, &r.fingerprint}) {
    *n = in.u64();
  }
  r.wall_s = in.f64();
  r.cpu_s = in.f64();
  r.peak_rss_bytes = in.u64();
  return r;
}

}  // namespace twinvoice::measure
