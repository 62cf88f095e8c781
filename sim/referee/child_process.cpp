// run_in_child: one run in a process of its own, its result through a pipe.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/check.hpp"
#include "sim/base/wire.hpp"
#include "sim/referee/referee.hpp"

namespace twinvoice::referee {
namespace {

/// One list of fields for both directions: `io` writes or reads each.
template <class Io, class Result>
void transfer(Io& io, Result& r) {
  for (auto* number : {&r.arrived, &r.succeeded, &r.failed, &r.in_flight, &r.frames_created, &r.frames_ended,
                       &r.late, &r.events}) {
    io.number(*number);
  }
  io.time(r.ended_ns);
  io.time(r.followed_to_ns);
  io.time(r.first_tie_ns);
  io.real(r.worst_clock_error_ns);
  io.list(r.stations, [&](auto& s) {
    io.number(s.arrivals);
    io.number(s.completions);
    for (auto* time :
         {&s.busy_ns, &s.present_ns, &s.present_busy_ns, &s.full_ns, &s.present_full_ns, &s.whole_ns})
      io.time(*time);
  });
  const auto counts = [&](auto& c) {
    for (auto* word : {&c.attempts, &c.further, &c.retries, &c.hedges, &c.ejections, &c.openings,
                       &c.rejections, &c.late}) {
      io.word(*word);
    }
  };
  io.list(r.calls, [&](auto& c) {
    counts(c.measured);
    io.list(c.windows, counts);
  });
  io.list(r.late_answers, [&](auto& l) {
    io.word(l.operation);
    io.time(l.at_ns);
  });
  io.list(r.faults, [&](auto& f) {
    io.time(f.begin_ns);
    io.time(f.end_ns);
  });
  io.list(r.jobs, [&](auto& j) {
    io.word(j.operation);
    io.time(j.arrived_ns);
    io.flag(j.succeeded);
    for (auto* number : {&j.jobs.emitted, &j.jobs.completed, &j.jobs.dead}) io.number(*number);
  });
  io.list(r.requests, [&](auto& q) {
    io.word(q.source);
    io.number(q.ordinal);
    io.number(q.sequence);
    io.time(q.arrived_ns);
    io.time(q.decided_ns);
    io.flag(q.succeeded);
    io.word(q.cause);
    io.word(q.first_cause);
    io.word(q.attempts);
    io.number(q.path_hash);
  });
}

struct Out {
  wire::Writer w;
  void number(const std::uint64_t& v) { w.u64(v); }
  void word(const std::uint32_t& v) { w.u32(v); }
  void time(const Nanos& v) { w.i64(v); }
  void real(const double& v) { w.f64(v); }
  void flag(const bool& v) { w.boolean(v); }
  template <class Row, class Each>
  void list(const std::vector<Row>& rows, Each each) {
    w.u64(rows.size());
    for (const Row& row : rows) each(row);
  }
};

struct In {
  wire::Reader r;
  void number(std::uint64_t& v) { v = r.u64(); }
  void word(std::uint32_t& v) { v = r.u32(); }
  void time(Nanos& v) { v = r.i64(); }
  void real(double& v) { v = r.f64(); }
  void flag(bool& v) { v = r.boolean(); }
  template <class Row, class Each>
  void list(std::vector<Row>& rows, Each each) {
    rows.resize(r.count(12));
    for (Row& row : rows) each(row);
  }
};

void write_all(int fd, const std::vector<std::byte>& bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const ssize_t n = write(fd, bytes.data() + at, bytes.size() - at);
    if (n < 0 && errno != EINTR) return;
    if (n > 0) at += static_cast<std::size_t>(n);
  }
}

std::vector<std::byte> read_all(int fd) {
  std::vector<std::byte> bytes;
  std::array<std::byte, 65536> part{};
  for (;;) {
    const ssize_t n = read(fd, part.data(), part.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return bytes;
    bytes.insert(bytes.end(), part.begin(), part.begin() + n);
  }
}

/// The child: an error text (empty: none), then the result.
std::vector<std::byte> run_and_encode(const plan::Plan& plan, std::uint64_t replication, const Limits& limits,
                                      const std::vector<plan::Turn>& turns) {
  Out out;
  try {
    const RefereeResult result = run(plan, replication, limits, turns);
    out.w.string("");
    transfer(out, result);
    measure::serialize(out.w, result.commits);
    measure::serialize(out.w, result.log_events);
  } catch (const std::exception& e) {
    out = {};
    out.w.string(e.what());
  }
  return out.w.take();
}

}  // namespace

RefereeResult run_in_child(const plan::Plan& plan, std::uint64_t replication, const Limits& limits,
                           const std::vector<plan::Turn>& recorded_turns) {
  std::array<int, 2> ends{};
  ensure(pipe(ends.data()) == 0, "referee: cannot make a pipe");
  std::fflush(nullptr);
  const pid_t child = ::fork();
  ensure(child >= 0, "referee: cannot fork");
  if (child == 0) {
    close(ends[0]);
    write_all(ends[1], run_and_encode(plan, replication, limits, recorded_turns));
    _exit(0);
  }
  close(ends[1]);
  const std::vector<std::byte> bytes = read_all(ends[0]);
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ensure(!bytes.empty(), "referee: the process of the run died (wait status " + std::to_string(status) + ")");
  RefereeResult result;
  try {
    In in{wire::Reader(bytes)};
    const std::string error = in.r.string();
    ensure(error.empty(), error);
    transfer(in, result);
    result.commits = measure::deserialize_commits(in.r);
    result.log_events = measure::deserialize_log_events(in.r);
  } catch (const wire::Malformed& broken) {
    throw EngineError(std::string("referee: ") + broken.what());
  }
  return result;
}

}  // namespace twinvoice::referee
