#include "tests/bench/bare_loop.hpp"

#include <array>

#include "tests/bench/bare_run.hpp"

namespace twinvoice::bench {
namespace {

struct Try : BareTry {
  random::Key frame = 0;
  std::uint32_t station = 0;
};

struct Station {
  std::uint32_t busy = 0;
  WaitingLine queue;
};

template <bool kLimited>
class Tandem : public BareRun<Tandem<kLimited>, Try, kLimited> {
 public:
  using BareRun<Tandem, Try, kLimited>::BareRun;

  void begin(std::uint32_t slot, random::Key frame) {
    this->tries_[slot].frame = frame;
    this->tries_[slot].station = 0;
    join(slot);
  }

  void served(std::uint32_t slot) {
    Try& t = this->tries_[slot];
    Station& station = stations_[t.station];
    const std::uint32_t waiting = station.queue.take(this->tries_);
    if (waiting == WaitingLine::kNobody) {
      --station.busy;
    } else {
      this->serve(waiting, 0);
    }
    if (++t.station < kStations) return join(slot);
    this->end_try(slot);
  }

 private:
  void join(std::uint32_t slot) {
    Try& t = this->tries_[slot];
    Station& station = stations_[t.station];
    t.demand_ns = this->draw(this->keys_.demand[t.station], t.frame, kMeanDemand_s);
    ++this->figures_.hops;
    if (station.busy < kServers) {
      ++station.busy;
      this->serve(slot, 0);
    } else {
      station.queue.append(this->tries_, slot);
    }
  }

  std::array<Station, kStations> stations_;
};

}  // namespace

Figures run_bare_tandem(System system, Nanos horizon_ns) {
  if (system == System::kW3) return Tandem<true>(system, horizon_ns).run();
  return Tandem<false>(system, horizon_ns).run();
}

}  // namespace twinvoice::bench
