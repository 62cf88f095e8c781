#include "sim/measure/ledger.hpp"

#include <algorithm>
#include <utility>

#include "sim/base/check.hpp"

namespace twinvoice::measure {
namespace {

std::size_t window_count(const LedgerLayout& layout) {
  return static_cast<std::size_t>((layout.horizon_ns + layout.window_ns - 1) / layout.window_ns);
}

void write_counts(wire::Writer& out, const std::vector<std::uint64_t>& counts) {
  out.u64(counts.size());
  for (const std::uint64_t count : counts) out.u64(count);
}

std::vector<std::uint64_t> read_counts(wire::Reader& in) {
  std::vector<std::uint64_t> counts(in.count(8));
  for (std::uint64_t& count : counts) count = in.u64();
  return counts;
}

}  // namespace

OperationBook::OperationBook(const LedgerLayout& layout, Nanos slow_above)
    : slow_above_ns(slow_above),
      failed_by_cause(layout.causes, 0),
      first_by_cause(layout.causes, 0),
      windows(window_count(layout)),
      batches(layout.warm_up_ns, layout.horizon_ns) {}

Ledger::Ledger(LedgerLayout layout) : layout_(std::move(layout)) {
  ensure(layout_.window_ns > 0 && layout_.horizon_ns > layout_.warm_up_ns, "ledger: empty horizon or window");
  books_.reserve(layout_.slow_above_ns.size());
  for (const Nanos slow_above : layout_.slow_above_ns) books_.emplace_back(layout_, slow_above);
  later_.resize(books_.size());
}

OperationBook& Ledger::decide(std::size_t operation, const TimedRequest& request) {
  OperationBook& book = books_[operation];
  book.times.add(request);
  if (!closed_) {
    advance(book, request.decided_ns);
    book.sojourn_sum_ns += request.decided_ns - request.arrived_ns;
    ++book.windows[window_of(request.decided_ns)].decided;
  }
  --book.in_flight;
  return book;
}

void Ledger::succeed(std::size_t operation, const TimedRequest& request) {
  OperationBook& book = decide(operation, request);
  const Nanos latency_ns = request.decided_ns - request.arrived_ns;
  ++book.all.succeeded;
  book.latency_sum_ns += latency_ns;
  if (request.arrived_ns >= layout_.warm_up_ns) {
    ++book.measured.succeeded;
    book.batches.succeed(request.arrived_ns, latency_ns);
  }
  if (!closed_) book.batches.deliver(request.decided_ns);
  Window& window = book.windows[static_cast<std::size_t>(request.arrived_ns / layout_.window_ns)];
  ++window.succeeded;
  window.slow += latency_ns > book.slow_above_ns ? 1U : 0U;
  window.latency_sum_ns += std::min(latency_ns, kNever - window.latency_sum_ns);
  window.latency_max_ns = std::max(window.latency_max_ns, latency_ns);
}

void Ledger::fail(std::size_t operation, const TimedRequest& request, std::size_t cause,
                  std::size_t first_cause) {
  OperationBook& book = decide(operation, request);
  ++book.all.failed;
  if (request.arrived_ns >= layout_.warm_up_ns) {
    ++book.measured.failed;
    ++book.failed_by_cause[cause];
    ++book.first_by_cause[first_cause];
    book.batches.fail(request.arrived_ns);
  }
  ++book.windows[static_cast<std::size_t>(request.arrived_ns / layout_.window_ns)].failed;
}

void Ledger::finish_jobs(std::size_t operation, Nanos arrived_ns, bool succeeded, const JobCounts& jobs) {
  OperationBook& book = books_[operation];
  if (arrived_ns >= layout_.warm_up_ns) {
    book.jobs.emitted += jobs.emitted;
    book.jobs.completed += jobs.completed;
    book.jobs.dead += jobs.dead;
  }
  if (!succeeded) return;
  Window& window = book.windows[static_cast<std::size_t>(arrived_ns / layout_.window_ns)];
  if (jobs.dead > 0) {
    ++window.undone;
  } else if (jobs.open() > 0) {
    ++window.unfinished;
  }
}

void Ledger::leave_open(std::size_t operation, const TimedRequest& request) {
  books_[operation].times.add(request);
}

Ledger::Seen Ledger::seen(std::size_t operation) const {
  Seen seen = later_[operation];
  const OperationBook& book = books_[operation];
  seen.all.arrived += book.all.arrived;
  seen.all.succeeded += book.all.succeeded;
  seen.all.failed += book.all.failed;
  seen.latency_sum_ns += book.latency_sum_ns;
  return seen;
}

void Ledger::close(Nanos end_ns) {
  if (closed_) return;
  for (OperationBook& book : books_) advance(book, std::max(end_ns, book.last_ns));
  closed_ = true;
}

void OperationBook::serialize(wire::Writer& out) const {
  for (const RequestCounts* counts : {&all, &measured}) {
    for (const std::uint64_t n : {counts->arrived, counts->succeeded, counts->failed}) out.u64(n);
  }
  for (const std::uint64_t n : {jobs.emitted, jobs.completed, jobs.dead, late_answers}) out.u64(n);
  out.i64(in_flight);
  out.i64(max_in_flight);
  for (const Int128 sum : {latency_sum_ns, sojourn_sum_ns, in_flight_area, steady_area})
    write_int128(out, sum);
  out.i64(last_ns);
  write_counts(out, failed_by_cause);
  write_counts(out, first_by_cause);
  out.u64(windows.size());
  for (const Window& w : windows) {
    for (const std::uint32_t n :
         {w.arrived, w.succeeded, w.failed, w.slow, w.decided, w.undone, w.unfinished, w.late_answers})
      out.u32(n);
    out.i64(w.latency_sum_ns);
    out.i64(w.latency_max_ns);
  }
  batches.serialize(out);
  times.serialize(out);
}

OperationBook OperationBook::deserialize(wire::Reader& in, const LedgerLayout& layout) {
  OperationBook book(layout, kNever);
  for (RequestCounts* counts : {&book.all, &book.measured}) {
    for (std::uint64_t* n : {&counts->arrived, &counts->succeeded, &counts->failed}) *n = in.u64();
  }
  for (std::uint64_t* n : {&book.jobs.emitted, &book.jobs.completed, &book.jobs.dead, &book.late_answers})
    *n = in.u64();
  book.in_flight = in.i64();
  book.max_in_flight = in.i64();
  for (Int128* sum : {&book.latency_sum_ns, &book.sojourn_sum_ns, &book.in_flight_area, &book.steady_area}) {
    *sum = read_int128(in);
  }
  book.last_ns = in.i64();
  book.failed_by_cause = read_counts(in);
  book.first_by_cause = read_counts(in);
  book.windows.assign(in.count(48), Window{});
  for (Window& w : book.windows) {
    for (std::uint32_t* n : {&w.arrived, &w.succeeded, &w.failed, &w.slow, &w.decided, &w.undone,
                             &w.unfinished, &w.late_answers})
      *n = in.u32();
    w.latency_sum_ns = in.i64();
    w.latency_max_ns = in.i64();
  }
  book.batches = Batches::deserialize(in);
  book.times = RequestTimes::deserialize(in);
  return book;
}

}  // namespace twinvoice::measure
