#include <array>

#include "tests/bench/bare_loop.hpp"
#include "tests/bench/bare_run.hpp"

namespace twinvoice::bench {
namespace {

/// A stack of calls, of which only the innermost moves.
struct Try : BareTry {
  std::array<random::Key, kStations> frames{};
  std::uint32_t depth = 0;
  bool coming_back = false;
};

struct Place {
  std::uint32_t busy = 0;
  std::uint32_t held = 0;
  WaitingLine queue;    ///< for a server
  WaitingLine waiters;  ///< for a slot of the pool
};

class Nested : public BareRun<Nested, Try, true> {
 public:
  explicit Nested(Nanos horizon_ns) : BareRun(System::kW5, horizon_ns) {}

  void begin(std::uint32_t slot, random::Key frame) {
    Try& t = tries_[slot];
    t.frames[0] = frame;
    t.depth = 0;
    t.coming_back = false;
    enter(slot);
  }

  void served(std::uint32_t slot) {
    Try& t = tries_[slot];
    Place& place = places_[t.depth];
    const std::uint32_t waiting = place.queue.take(tries_);
    if (waiting == WaitingLine::kNobody) {
      --place.busy;
    } else {
      serve(waiting, t.depth);
    }
    if (t.coming_back) return answer(slot);
    if (t.depth + 1 == kStations) {
      t.coming_back = true;
      return join(slot);
    }
    ++t.depth;
    t.frames[t.depth] = random::child_frame(t.frames[t.depth - 1], keys_.call[t.depth], 0);
    enter(slot);
  }

 private:
  /// Takes a slot of the pool at its depth, or waits for one.
  void enter(std::uint32_t slot) {
    Place& place = places_[tries_[slot].depth];
    if (place.held < kPoolSlots) {
      ++place.held;
      join(slot);
    } else {
      place.waiters.append(tries_, slot);
    }
  }

  void join(std::uint32_t slot) {
    Try& t = tries_[slot];
    Place& place = places_[t.depth];
    const auto& purpose = t.coming_back ? keys_.back : keys_.demand;
    t.demand_ns = draw(purpose[t.depth], t.frames[t.depth], kMeanDemand_s / 2.0);
    ++figures_.hops;
    if (place.busy < kServers) {
      ++place.busy;
      serve(slot, t.depth);
    } else {
      place.queue.append(tries_, slot);
    }
  }

  /// Gives the slot of the pool back and goes on one level up.
  void answer(std::uint32_t slot) {
    Try& t = tries_[slot];
    Place& place = places_[t.depth];
    const std::uint32_t waiting = place.waiters.take(tries_);
    if (waiting == WaitingLine::kNobody) {
      --place.held;
    } else {
      join(waiting);
    }
    if (t.depth == 0) return end_try(slot);
    --t.depth;
    join(slot);
  }

  std::array<Place, kStations> places_;
};

}  // namespace

Figures run_bare_nested(Nanos horizon_ns) { return Nested(horizon_ns).run(); }

}  // namespace twinvoice::bench
