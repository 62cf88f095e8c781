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
}

OperationBook& Ledger::decide(std::size_t operation, Nanos arrived_ns, Nanos now_ns) {
  OperationBook& book = books_[operation];
  advance(book, now_ns);
  --book.in_flight;
  book.sojourn_sum_ns += now_ns - arrived_ns;
  ++book.windows[window_of(now_ns)].decided;
  return book;
}

void Ledger::succeed(std::size_t operation, Nanos arrived_ns, Nanos now_ns) {
  OperationBook& book = decide(operation, arrived_ns, now_ns);
  const Nanos latency_ns = now_ns - arrived_ns;
  ++book.succeeded;
  book.latency_sum_ns += latency_ns;
  if (arrived_ns >= layout_.warm_up_ns) book.batches.succeed(now_ns, latency_ns);
  Window& window = book.windows[static_cast<std::size_t>(arrived_ns / layout_.window_ns)];
  ++window.succeeded;
  window.slow += latency_ns > book.slow_above_ns ? 1U : 0U;
  window.latency_sum_ns += std::min(latency_ns, kNever - window.latency_sum_ns);
  window.latency_max_ns = std::max(window.latency_max_ns, latency_ns);
}

void Ledger::fail(std::size_t operation, Nanos arrived_ns, Nanos now_ns, std::size_t cause,
                  std::size_t first_cause) {
  OperationBook& book = decide(operation, arrived_ns, now_ns);
  ++book.failed;
  ++book.failed_by_cause[cause];
  ++book.first_by_cause[first_cause];
  if (arrived_ns >= layout_.warm_up_ns) book.batches.fail(now_ns);
  ++book.windows[static_cast<std::size_t>(arrived_ns / layout_.window_ns)].failed;
}

void Ledger::close(Nanos end_ns) {
  for (OperationBook& book : books_) advance(book, std::max(end_ns, book.last_ns));
}

void OperationBook::serialize(wire::Writer& out) const {
  out.u64(arrived);
  out.u64(succeeded);
  out.u64(failed);
  out.i64(in_flight);
  out.i64(max_in_flight);
  for (const Int128 sum : {latency_sum_ns, sojourn_sum_ns, in_flight_area, steady_area})
    write_int128(out, sum);
  out.i64(last_ns);
  write_counts(out, failed_by_cause);
  write_counts(out, first_by_cause);
  out.u64(windows.size());
  for (const Window& w : windows) {
    for (const std::uint32_t n : {w.arrived, w.succeeded, w.failed, w.slow, w.decided}) out.u32(n);
    out.i64(w.latency_sum_ns);
    out.i64(w.latency_max_ns);
  }
  batches.serialize(out);
}

OperationBook OperationBook::deserialize(wire::Reader& in, const LedgerLayout& layout) {
  OperationBook book(layout, kNever);
  book.arrived = in.u64();
  book.succeeded = in.u64();
  book.failed = in.u64();
  book.in_flight = in.i64();
  book.max_in_flight = in.i64();
  for (Int128* sum : {&book.latency_sum_ns, &book.sojourn_sum_ns, &book.in_flight_area, &book.steady_area}) {
    *sum = read_int128(in);
  }
  book.last_ns = in.i64();
  book.failed_by_cause = read_counts(in);
  book.first_by_cause = read_counts(in);
  book.windows.assign(in.count(36), Window{});
  for (Window& w : book.windows) {
    for (std::uint32_t* n : {&w.arrived, &w.succeeded, &w.failed, &w.slow, &w.decided}) *n = in.u32();
    w.latency_sum_ns = in.i64();
    w.latency_max_ns = in.i64();
  }
  book.batches = Batches::deserialize(in);
  return book;
}

}  // namespace twinvoice::measure
