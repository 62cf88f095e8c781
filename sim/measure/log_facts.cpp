#include "sim/measure/log_facts.hpp"

#include <iterator>

namespace twinvoice::measure {
namespace {

/// Seven bits a byte, the lowest first; what follows has the top bit set.
void put(wire::Writer& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.u8(static_cast<std::uint8_t>(value | 0x80));
  out.u8(static_cast<std::uint8_t>(value));
}

std::uint64_t take(wire::Reader& in) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const std::uint8_t byte = in.u8();
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  throw wire::Malformed("record: a number that is too long");
}

std::uint32_t take_word(wire::Reader& in) {
  const std::uint64_t value = take(in);
  if (value > ~std::uint32_t{0}) throw wire::Malformed("record: a number that is too large");
  return static_cast<std::uint32_t>(value);
}

/// Differences may have either sign; small ones of both become small numbers. Wraps around, so that all values survive.
void put_step(wire::Writer& out, std::uint64_t from, std::uint64_t to) {
  const std::uint64_t step = to - from;
  put(out, (step << 1) ^ (0 - (step >> 63)));
}

std::uint64_t take_step(wire::Reader& in, std::uint64_t from) {
  const std::uint64_t folded = take(in);
  return from + ((folded >> 1) ^ (0 - (folded & 1)));
}

}  // namespace

void serialize(wire::Writer& out, const std::vector<CommitFact>& commits) {
  out.u64(commits.size());
  CommitFact last;
  for (const CommitFact& c : commits) {
    for (const std::uint32_t n : {c.log, c.place, c.epoch, c.shard, c.operation}) put(out, n);
    put(out, static_cast<std::uint64_t>(c.position));
    put_step(out, last.sequence, c.sequence);
    put_step(out, static_cast<std::uint64_t>(last.commit_ns), static_cast<std::uint64_t>(c.commit_ns));
    put(out, c.returned_ns == kNever ? 0 : static_cast<std::uint64_t>(c.returned_ns - c.commit_ns) + 1);
    last = c;
  }
}

void serialize(wire::Writer& out, const std::vector<LogEvent>& events) {
  out.u64(events.size());
  LogEvent last;
  for (const LogEvent& e : events) {
    put_step(out, static_cast<std::uint64_t>(last.at_ns), static_cast<std::uint64_t>(e.at_ns));
    out.u8(static_cast<std::uint8_t>(e.kind));
    for (const std::uint32_t n : {e.log, e.place, e.shard, e.epoch}) put(out, n);
    put(out, static_cast<std::uint64_t>(e.position));
    last = e;
  }
}

std::vector<CommitFact> deserialize_commits(wire::Reader& in) {
  std::vector<CommitFact> commits(in.count(9));
  CommitFact last;
  for (CommitFact& c : commits) {
    for (std::uint32_t* n : {&c.log, &c.place, &c.epoch, &c.shard, &c.operation}) *n = take_word(in);
    c.position = static_cast<std::int64_t>(take(in));
    c.sequence = take_step(in, last.sequence);
    c.commit_ns = static_cast<Nanos>(take_step(in, static_cast<std::uint64_t>(last.commit_ns)));
    const std::uint64_t waited = take(in);
    if (waited > 0) c.returned_ns = static_cast<Nanos>(static_cast<std::uint64_t>(c.commit_ns) + waited - 1);
    last = c;
  }
  return commits;
}

std::vector<LogEvent> deserialize_log_events(wire::Reader& in) {
  std::vector<LogEvent> events(in.count(7));
  LogEvent last;
  for (LogEvent& e : events) {
    e.at_ns = static_cast<Nanos>(take_step(in, static_cast<std::uint64_t>(last.at_ns)));
    const std::uint8_t kind = in.u8();
    if (kind >= std::size(kLogEventWords)) throw wire::Malformed("record: unknown log event");
    e.kind = static_cast<LogEventKind>(kind);
    for (std::uint32_t* n : {&e.log, &e.place, &e.shard, &e.epoch}) *n = take_word(in);
    e.position = static_cast<std::int64_t>(take(in));
    last = e;
  }
  return events;
}

}  // namespace twinvoice::measure
