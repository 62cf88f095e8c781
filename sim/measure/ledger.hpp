// The ledger: what happened to every request and in every window. Every number about requests comes from it.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/base/wire.hpp"
#include "sim/measure/batches.hpp"

namespace twinvoice::measure {

/// One operation in one window of the timeline. Arrivals, successes, failures and slow ones belong to the window in
/// which the request arrived ("of those submitted then, how many got through"); decided counts when it was told.
struct Window {
  std::uint32_t arrived = 0;
  std::uint32_t succeeded = 0;
  std::uint32_t failed = 0;
  std::uint32_t slow = 0;  ///< succeeded, but above the objective's latency
  std::uint32_t decided = 0;
  Nanos latency_sum_ns = 0;  ///< of the successes, saturating
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

/// Books of one operation over one run. Totals are of the whole run; `batches` of requests that arrived after warm-up.
struct OperationBook {
  explicit OperationBook(const LedgerLayout& layout, Nanos slow_above);

  std::uint64_t arrived = 0, succeeded = 0, failed = 0;
  std::int64_t in_flight = 0, max_in_flight = 0;
  Int128 latency_sum_ns = 0;  ///< of successes, whole run
  Int128 sojourn_sum_ns = 0;  ///< of all decided requests, whole run
  Int128 in_flight_area = 0;  ///< integral of the number in flight, whole run, request x ns
  Int128 steady_area = 0;     ///< the same from the warm-up on
  Nanos last_ns = 0;
  Nanos slow_above_ns = kNever;
  std::vector<std::uint64_t> failed_by_cause;  ///< final cause
  std::vector<std::uint64_t> first_by_cause;   ///< first cause among the attempts of failed requests
  std::vector<Window> windows;
  Batches batches;

  void serialize(wire::Writer& out) const;
  [[nodiscard]] static OperationBook deserialize(wire::Reader& in, const LedgerLayout& layout);
};

/// Filled by an engine during a run. Nothing allocates after construction.
class Ledger {
 public:
  explicit Ledger(LedgerLayout layout);

  void arrive(std::size_t operation, Nanos now_ns) {
    OperationBook& book = books_[operation];
    advance(book, now_ns);
    ++book.arrived;
    ++book.in_flight;
    if (book.in_flight > book.max_in_flight) book.max_in_flight = book.in_flight;
    ++book.windows[window_of(now_ns)].arrived;
  }

  /// A request that arrived at `arrived_ns` is decided now.
  void succeed(std::size_t operation, Nanos arrived_ns, Nanos now_ns);
  void fail(std::size_t operation, Nanos arrived_ns, Nanos now_ns, std::size_t cause,
            std::size_t first_cause);

  /// Ends the time averages; nothing may be recorded afterwards.
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
  void advance(OperationBook& book, Nanos now_ns) const {
    const Int128 present = book.in_flight;
    book.in_flight_area += present * (now_ns - book.last_ns);
    if (now_ns > layout_.warm_up_ns) {
      book.steady_area +=
          present * (now_ns - (book.last_ns > layout_.warm_up_ns ? book.last_ns : layout_.warm_up_ns));
    }
    book.last_ns = now_ns;
  }
  OperationBook& decide(std::size_t operation, Nanos arrived_ns, Nanos now_ns);

  LedgerLayout layout_;
  std::vector<OperationBook> books_;
  std::size_t window_ = 0;
  Nanos window_start_ = 0;
};

}  // namespace twinvoice::measure
