// The ledger: what happened to every request and in every window. Every number about requests comes from it.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/base/wire.hpp"
#include "sim/measure/batches.hpp"
#include "sim/measure/request_times.hpp"

namespace twinvoice::measure {

/// One operation in one window of the timeline. Arrivals, successes, failures and slow ones belong to the window in
/// which the request arrived ("of those submitted then, how many got through"); decided counts when it was told.
struct Window {
  std::uint32_t arrived = 0;
  std::uint32_t succeeded = 0;
  std::uint32_t failed = 0;
  std::uint32_t slow = 0;  ///< succeeded, but above the objective's latency
  std::uint32_t decided = 0;
  std::uint32_t undone = 0;        ///< succeeded, but a job that it emitted died
  std::uint32_t unfinished = 0;    ///< succeeded, no job died, and one was open when the run ended
  std::uint32_t late_answers = 0;  ///< that came in it to attempts which nobody waited for any more
  Nanos latency_sum_ns = 0;        ///< of the successes, saturating
  Nanos latency_max_ns = 0;
  friend bool operator==(const Window&, const Window&) = default;
};

struct LedgerLayout {
  std::vector<Nanos> slow_above_ns;  ///< per operation; kNever: no latency objective
  std::size_t causes = 0;            ///< size of the table of causes
  Nanos horizon_ns = 0;
  Nanos warm_up_ns = 0;
  Nanos window_ns = kNanosPerSecond;
};

/// How many requests came, and what became of them.
struct RequestCounts {
  std::uint64_t arrived = 0, succeeded = 0, failed = 0;
  /// Open when the run ended: older than everything that could have ended them, or the run was cut short.
  [[nodiscard]] std::uint64_t unanswered() const { return arrived - succeeded - failed; }
  friend bool operator==(const RequestCounts&, const RequestCounts&) = default;
};

/// Jobs that requests handed over without waiting for them (Emit), and those that these emitted in turn.
struct JobCounts {
  std::uint64_t emitted = 0, completed = 0;
  std::uint64_t dead = 0;  ///< failed, or no replica was there to take it
  /// Under way or waiting when the run ended.
  [[nodiscard]] std::uint64_t open() const { return emitted - completed - dead; }
  friend bool operator==(const JobCounts&, const JobCounts&) = default;
};

/// Books of one operation over one run, of the requests that arrived before the horizon: they are followed to their
/// decision. `measured`, the causes and `batches` are of those that arrived after the warm-up.
struct OperationBook {
  explicit OperationBook(const LedgerLayout& layout, Nanos slow_above);

  RequestCounts all;               ///< those of the warm-up too
  RequestCounts measured;          ///< arrived in [warm-up, horizon)
  JobCounts jobs;                  ///< of `measured`
  std::uint64_t late_answers = 0;  ///< from the warm-up to the horizon, of all its requests
  std::int64_t in_flight = 0, max_in_flight = 0;
  Int128 latency_sum_ns = 0;  ///< of the successes among `all`
  Int128 sojourn_sum_ns = 0;  ///< of those among `all` that were decided before the horizon
  Int128 in_flight_area = 0;  ///< integral of the number in flight up to the horizon, request x ns
  Int128 steady_area = 0;     ///< the same from the warm-up on
  Nanos last_ns = 0;
  Nanos slow_above_ns = kNever;
  std::vector<std::uint64_t> failed_by_cause;  ///< final cause
  std::vector<std::uint64_t> first_by_cause;   ///< first cause among the attempts of failed requests
  std::vector<Window> windows;
  Batches batches;
  RequestTimes times;  ///< of `all`, the open ones too once the run has ended

  void serialize(wire::Writer& out) const;
  [[nodiscard]] static OperationBook deserialize(wire::Reader& in, const LedgerLayout& layout);
};

/// Filled by an engine during a run. Nothing allocates after construction but the chunks of RequestTimes.
class Ledger {
 public:
  /// All requests up to now, those that came after the books were closed too: what sensors show.
  struct Seen {
    RequestCounts all;
    Int128 latency_sum_ns = 0;  ///< of the successes
  };

  explicit Ledger(LedgerLayout layout);

  /// True when the request is one of the books': it arrived before the horizon, and before they were closed.
  bool arrive(std::size_t operation, Nanos now_ns) {
    if (closed_) [[unlikely]]
      return false;
    OperationBook& book = books_[operation];
    advance(book, now_ns);
    ++book.all.arrived;
    if (now_ns >= layout_.warm_up_ns) ++book.measured.arrived;
    ++book.in_flight;
    if (book.in_flight > book.max_in_flight) book.max_in_flight = book.in_flight;
    ++book.windows[window_of(now_ns)].arrived;
    return true;
  }

  /// A request of the books is decided now, before or after they were closed.
  void succeed(std::size_t operation, const TimedRequest& request);
  void fail(std::size_t operation, const TimedRequest& request, std::size_t cause, std::size_t first_cause);
  /// What became of the jobs of a request of the books: once, when nothing of it is left or the run has ended. `succeeded`: its
  /// client has its answer.
  void finish_jobs(std::size_t operation, Nanos arrived_ns, bool succeeded, const JobCounts& jobs);
  /// An attempt within a request ended now, and nobody waited for it any more.
  void late_answer(std::size_t operation, Nanos now_ns) {
    if (closed_) return;
    OperationBook& book = books_[operation];
    if (now_ns >= layout_.warm_up_ns) ++book.late_answers;
    ++book.windows[window_of(now_ns)].late_answers;
  }
  /// A request of the books is open at the end of the run.
  void leave_open(std::size_t operation, const TimedRequest& request);

  /// Requests that are not of the books, for `seen` alone.
  void arrive_later(std::size_t operation) { ++later_[operation].all.arrived; }
  void decide_later(std::size_t operation, bool succeeded, Nanos latency_ns) {
    Seen& later = later_[operation];
    ++(succeeded ? later.all.succeeded : later.all.failed);
    if (succeeded) later.latency_sum_ns += latency_ns;
  }
  [[nodiscard]] Seen seen(std::size_t operation) const;

  /// Ends the time averages and refuses new arrivals: at the horizon, or where the run was cut short.
  void close(Nanos end_ns);

  [[nodiscard]] const LedgerLayout& layout() const { return layout_; }
  [[nodiscard]] const std::vector<OperationBook>& books() const { return books_; }
  [[nodiscard]] std::vector<OperationBook> take_books() { return std::move(books_); }

 private:
  [[nodiscard]] std::size_t window_of(Nanos at_ns) {
    if (at_ns < window_start_ || at_ns >= window_start_ + layout_.window_ns) {
      window_ = static_cast<std::size_t>(at_ns / layout_.window_ns);
      window_start_ = static_cast<Nanos>(window_) * layout_.window_ns;
    }
    return window_;
  }
  /// Before the books are closed.
  void advance(OperationBook& book, Nanos now_ns) const {
    const Int128 present = book.in_flight;
    book.in_flight_area += present * (now_ns - book.last_ns);
    if (now_ns > layout_.warm_up_ns) {
      book.steady_area +=
          present * (now_ns - (book.last_ns > layout_.warm_up_ns ? book.last_ns : layout_.warm_up_ns));
    }
    book.last_ns = now_ns;
  }
  OperationBook& decide(std::size_t operation, const TimedRequest& request);

  LedgerLayout layout_;
  std::vector<OperationBook> books_;
  std::vector<Seen> later_;  ///< by operation
  bool closed_ = false;
  std::size_t window_ = 0;
  Nanos window_start_ = 0;
};

}  // namespace twinvoice::measure
